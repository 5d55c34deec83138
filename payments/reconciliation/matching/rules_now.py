"""The rules as the passes read them: what holds for each gateway account now, in a table of the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching.models import MatchRules


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What holds for one gateway account. The defaults are the cautious beginning of every merchant: a sale is settled within a week of its day, a payout is in the
    bank a weekend and a holiday after it was announced, and no difference is too small for a person.
    """

    card_window_days: int = 7
    payout_window_days: int = 7
    rounding_max_minor: int = 0
    rounding_account: str = "cash_rounding"


def current_rules(gateway_account_id: UUID | None = None) -> tuple[Rules, MatchRules | None]:
    """Return what holds for a gateway account (None: for all that have no rules of their own), and the version it is from."""
    rows = MatchRules.objects.order_by("-version")
    own = rows.filter(gateway_account_id=gateway_account_id).first() if gateway_account_id else None
    held = own or rows.filter(gateway_account=None).first()
    return (read_row(held) if held else Rules(), held)


def read_row(row: MatchRules) -> Rules:
    """Return what one version says."""
    return Rules(row.card_window_days, row.payout_window_days, row.rounding_max_minor, row.rounding_account)


# What holds for every gateway account of the merchant, in one reading.
_NOW = """
AS SELECT g.id AS gateway_account_id, coalesce(own.card_window_days, whole.card_window_days, %(card)s) AS card_days,
    coalesce(own.payout_window_days, whole.payout_window_days, %(payout)s) AS payout_days,
    coalesce(own.rounding_max_minor, whole.rounding_max_minor, %(rounding)s) AS rounding_max_minor,
    coalesce(own.rounding_account, whole.rounding_account, %(account)s) AS rounding_account
FROM gateway_account g
LEFT JOIN LATERAL (SELECT * FROM recon_rules r WHERE r.merchant_id = g.merchant_id AND r.gateway_account_id = g.id ORDER BY version DESC LIMIT 1) own ON true
LEFT JOIN LATERAL (SELECT * FROM recon_rules r WHERE r.merchant_id = g.merchant_id AND r.gateway_account_id IS NULL ORDER BY version DESC LIMIT 1) whole ON true
WHERE g.merchant_id = %(merchant)s
"""
# The windows of the account `gateway_account_id` of whatever is named `o` (an operation) or `p` (a payout), on the table that `lay_out` makes.
CARD_DAYS = "(SELECT held.card_days FROM rules_now held WHERE held.gateway_account_id = o.gateway_account_id)"
PAYOUT_DAYS = "(SELECT held.payout_days FROM rules_now held WHERE held.gateway_account_id = p.gateway_account_id)"


def lay_out() -> None:
    """Make the temporary table `rules_now` for the passes of this transaction."""
    plain = Rules()
    parameters: dict[str, Any] = {
        "merchant": current_merchant_id(), "card": plain.card_window_days, "payout": plain.payout_window_days, "rounding": plain.rounding_max_minor,
        "account": plain.rounding_account,
    }  # fmt: skip
    db.temporary_table("rules_now", _NOW, parameters)
