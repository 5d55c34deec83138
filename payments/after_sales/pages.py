"""The dialog in which an order's money goes back over its tenders, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.money import Money, exponent
from payments.records.pages import RefundLine


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
    """The refund of an order. `version` and `idempotency_key` travel with the form; `errors` are sentences."""

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

    @property
    def can_restock(self) -> bool:
        """Whether pieces that come back may go on the shelf: an order's always may."""
        return True

    @property
    def digits(self) -> int:
        """How many decimals the currency has."""
        return exponent(self.amount_max.currency)


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
