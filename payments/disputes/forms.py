"""What the forms about disputes send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from payments.disputes.states import PHASES, REASONS


class DisputeFormRefused(AppError):
    """The form cannot be understood."""

    code = "dispute_form_refused"
    status = 422
    detail = "{reason}"
    money = "Nothing was recorded."


@dataclass(frozen=True, slots=True)
class LetterForm:
    """A dispute that came by letter, as it was typed."""

    amount_minor: int
    reason: str
    phase: str
    due_at: datetime | None
    external_id: str


def read_letter(fields: Mapping[str, Any], *, currency: str, zone: str) -> LetterForm:
    """
    Return the dispute a person recorded; the deadline is local time of `zone`.

    :raises DisputeFormRefused: for an amount, reason or day that cannot be understood.
    """
    reason, phase = fields.get("reason", ""), fields.get("phase", "chargeback")
    if reason not in REASONS or phase not in PHASES:
        raise DisputeFormRefused(reason=_("Choose a reason."))
    return LetterForm(
        amount_minor=read_amount(fields.get("amount", ""), currency),
        reason=reason,
        phase=phase,
        due_at=_moment(fields.get("due", ""), zone),
        external_id=str(fields.get("external_id", "")).strip()[:80],
    )


def read_amount(text: str, currency: str) -> int:
    """Return a typed amount in minor units. :raises DisputeFormRefused: for anything else."""
    try:
        return Money.parse(str(text).strip().replace(",", "."), currency).minor
    except (AmountMalformed, AmountPrecision):
        raise DisputeFormRefused(reason=_("Write the amount like 12.50.")) from None


def _moment(text: str, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise DisputeFormRefused(reason=_("Write the deadline as a day and a time.")) from None
