"""What was left on a gift card when a payment took its part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from payments.records.models import Operation, Payment


@dataclass(frozen=True, slots=True)
class CardLeft:
    """A card by the end of its code, and what was on it right after a payment, in minor units of the payment's currency."""

    hint: str
    left_minor: int

    def as_instrument(self) -> dict[str, str]:
        """Return it as the payment's operation keeps it."""
        return {"card_hint": self.hint, "card_left_minor": str(self.left_minor)}


def left_on_cards(payments: Sequence[Payment]) -> dict[UUID, CardLeft]:
    """
    Return by payment what its gift card had left then, with one statement, and none where no gift card paid.

    Payments of earlier versions and cards that were taken without a line are left out: nobody noted it, or knew.
    """
    asked = [payment.id for payment in payments if payment.method == "gift_card"]
    if not asked:
        return {}
    rows = Operation.objects.filter(payment_id__in=asked, kind="authorise", instrument__has_key="card_left_minor")
    return {
        payment_id: CardLeft(instrument["card_hint"], int(instrument["card_left_minor"]))
        for payment_id, instrument in rows.values_list("payment_id", "instrument")
    }
