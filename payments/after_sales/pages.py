"""The dialog in which an order's money goes back over its tenders, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from merchant.core.money import Money, exponent
from merchant.core.pages.display import money_text
from payments.records.pages import RefundLine
from payments.vouchers.standing import GiftCardIsMoney


@dataclass(frozen=True, slots=True)
class TenderField:
    """One tender and how much of it is to go back. `entered` is what is proposed, or was typed; `why` says why it cannot give all of its money."""

    payment_id: str
    name: str
    most: Money
    entered: str
    why: str


@dataclass(frozen=True, slots=True)
class OrderRefundPage:
    """The refund of an order. `version` and `idempotency_key` travel with the form; `errors` are sentences, `fees_lost` what it costs."""

    action_url: str
    order_number: str
    amount_max: Money
    amount_max_text: str
    entered_amount: str
    tenders: tuple[TenderField, ...]
    lines: tuple[RefundLine, ...]
    reasons: tuple[tuple[str, str], ...]
    version: str
    idempotency_key: str
    limit: Money | None = None
    entered_reason: str = ""
    entered_note: str = ""
    errors: tuple[str, ...] = ()
    fees_lost: str = ""

    @property
    def can_restock(self) -> bool:
        """Whether pieces that come back may go on the shelf: an order's always may."""
        return True

    @property
    def digits(self) -> int:
        """How many decimals the currency has."""
        return exponent(self.amount_max.currency)


@dataclass(frozen=True, slots=True)
class CardBackRow:
    """A gift card by the end of its code: what of it comes back, or `why` nothing does."""

    id: str
    hint: str
    amount: Money
    amount_text: str
    why: str


@dataclass(frozen=True, slots=True)
class CardReturnPage:
    """The gift cards that an order sold, each with the button that takes it back for the amount it shows."""

    action_url: str
    back_url: str
    order_number: str
    cards: tuple[CardBackRow, ...]
    reasons: tuple[tuple[str, str], ...]
    idempotency_key: str
    entered_reason: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelPage:
    """Where the cash of an order that is cancelled goes: `routes` are (value, words), tills with an open shift and store credit. Nothing is chosen beforehand."""

    title: str
    action_url: str
    back_url: str
    order_number: str
    cash: Money
    routes: tuple[tuple[str, str], ...]
    has_drawers: bool
    idempotency_key: str
    errors: tuple[str, ...] = ()


def standing_text(error: GiftCardIsMoney, *, locale: str) -> str:
    """Return the sentence for money that stands on gift cards, with amounts as the reader writes them."""
    currency = error.data["currency"]
    text = _("{standing} of it stands on gift card {cards}. At most {left} can be refunded. Nothing was refunded now.")
    return text.format(
        standing=money_text(Money(error.data["standing_minor"], currency), locale=locale),
        cards=error.data["cards"],
        left=money_text(Money(error.data["left_minor"], currency), locale=locale),
    )
