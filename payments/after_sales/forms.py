"""What the refund dialog sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from merchant.core.errors import AppError
from merchant.core.money import AmountMalformed, AmountPrecision, Money

REASONS = (
    ("returned", _("Returned goods")),
    ("damaged", _("Damaged or faulty")),
    ("wrong_item", _("Wrong item")),
    ("not_received", _("Not received")),
    ("goodwill", _("Goodwill")),
    ("duplicate", _("Charged twice")),
    ("mistake", _("Mistake at the till")),
)
_NOTE_LENGTH_MAX = 80


class RefundFormRefused(AppError):
    """The form cannot be understood."""

    code = "refund_form_refused"
    status = 422
    detail = "{reason}"
    money = "Nothing was refunded."


class DrawnBefore(AppError):
    """The payment has moved since the form was drawn."""

    code = "payment_changed_meanwhile"
    status = 409
    detail = "This payment changed while the form was open. The amount that can still be refunded is now shown."
    money = "Nothing was refunded."
    next_step = "Look at the amount and send the form again."


@dataclass(frozen=True, slots=True)
class RefundForm:
    """What was typed. `quantities` are pieces per order line that come back."""

    amount: Money
    reason: str
    quantities: Mapping[UUID, int] = field(default_factory=dict)
    is_restocked: bool = False
    as_credit: bool = False


def read_refund(fields: Mapping[str, str], *, currency: str) -> RefundForm:
    """
    Return the refund a person asked for.

    :raises RefundFormRefused: for an amount, reason or number of pieces that cannot be understood.
    """
    reason, note = fields.get("reason", ""), fields.get("note", "").strip()[:_NOTE_LENGTH_MAX]
    if reason not in dict(REASONS):
        raise RefundFormRefused(reason=_("Choose a reason."))
    text = f"{reason}: {note}" if note else reason
    return RefundForm(
        read_amount(fields.get("amount", ""), currency), text, _quantities(fields), fields.get("restock") == "on", fields.get("as_credit") == "on"
    )  # fmt: skip


def read_amount(text: str, currency: str) -> Money:
    """
    Return the amount somebody typed, with a point or a comma.

    :raises RefundFormRefused: if it is none, or nothing.
    """
    try:
        amount = Money.parse(text.strip().replace(",", "."), currency)
    except (AmountMalformed, AmountPrecision):
        raise RefundFormRefused(reason=_("Write the amount like 12.50.")) from None
    if amount.minor <= 0:
        raise RefundFormRefused(reason=_("The amount must be more than nothing."))
    return amount


def _quantities(fields: Mapping[str, str]) -> dict[UUID, int]:
    found = {}
    for name, text in fields.items():
        if name.startswith("quantity_") and text not in ("", "0"):
            try:
                found[UUID(name.removeprefix("quantity_"))] = int(text)
            except ValueError:
                raise RefundFormRefused(reason=_("Write pieces as whole numbers.")) from None
    if any(quantity < 0 for quantity in found.values()):
        raise RefundFormRefused(reason=_("Write pieces as whole numbers."))
    return found
