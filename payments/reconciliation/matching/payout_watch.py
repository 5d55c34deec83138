"""
What each gateway account should pay out on which day: what it announced, and what was taken and is in no report yet; and the alarm when it does not come.

A payout is due on the day it was announced for; money that no report has brought yet is due when a report may bring it (`report_lag_days` after its business day)
plus what the account's payouts take (`payout_days`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching.dispute_rows import REPORT_LAG_DAYS, SANDBOX_LAG_DAYS
from payments.reconciliation.matching.expected import EXPECTED
from payments.settlement.posting import PAYOUT_DAYS

# How long after its due day an account whose reports stopped is waited for: a weekend and a holiday.
OVERDUE_AFTER_DAYS = 4
ALARMS = {"missing_payout": "payout.missing", "short_payout": "payout.short"}

LAG = f"""
coalesce((g.config->>'report_lag_days')::int, CASE WHEN g.gateway = 'sandbox' THEN {SANDBOX_LAG_DAYS} ELSE {REPORT_LAG_DAYS} END)
"""
_DAYS = f"coalesce((g.config->>'payout_days')::int, {PAYOUT_DAYS})"

# In the columns of `differences.COLUMNS`, on the tables of `matching.match_lines`: an account that used to report and stopped.
OVERDUE = f"""
SELECT 'missing_in_report', 'report_due:' || o.gateway_account_id || ':' || o.currency || ':' || o.business_date, left(g.name, 60) || ' ' || o.business_date,
    -sum(o.minor)::bigint, o.currency, sum(o.minor)::bigint, 0, 'No report and no payout has come for what was taken on this day.', o.gateway_account_id, NULL::uuid,
    NULL::uuid, NULL::uuid, NULL::uuid, o.business_date
FROM operation_left o JOIN gateway_account g ON g.id = o.gateway_account_id
JOIN (SELECT gateway_account_id, max(covers_until) AS until FROM seen_report GROUP BY 1) covered ON covered.gateway_account_id = o.gateway_account_id
WHERE covered.until < o.business_date AND o.business_date + {LAG} + {_DAYS} + {OVERDUE_AFTER_DAYS} < %(today)s AND o.kind <> 'adjustment'
GROUP BY o.gateway_account_id, o.currency, o.business_date, g.name HAVING sum(o.minor) <> 0
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class DuePayout:
    """
    What one account owes for one day, in minor units: announced, arrived of that, and taken but in no report yet, before fees.

    `state`: `in_bank`, `short`, `missing` (a payout the bank's statements should have and do not), `late` (its day has passed and not all is there), `decided`
    (somebody decided about all that is not there), `announced`, or `expected`. `payout_id` is the payout of the day where there is exactly one.
    """

    due_on: date
    gateway_account_id: UUID
    account_name: str
    currency: str
    announced_minor: int
    arrived_minor: int
    unreported_minor: int
    payout_id: UUID | None
    state: str


# How each day stands, the most pressing first.
STATES = ("missing", "short", "late", "decided", "announced", "expected", "in_bank")
_OF_MISSING = "SELECT FROM recon_exception e WHERE e.merchant_id = {payout}.merchant_id AND e.dedup_key = 'payout_missing:' || {payout}.id"
_DECIDED = """
({payout}.status IN ('expected', 'in_transit') AND EXISTS (
    {of_missing} AND e.status = 'resolved' AND {payout}.arrived_minor - {payout}.amount_minor = (
        SELECT sum(d.amount_minor) FROM recon_decision d
        WHERE d.deviation_id = e.id AND d.undone_at IS NULL AND d.journal_id IS NOT NULL AND d.currency = {payout}.currency)))
"""


def is_decided(payout: str) -> str:
    """Return SQL: the row of `settlement_payout` that goes by this name never came, and what somebody decided about it books all of it. A note books nothing."""
    return _DECIDED.format(payout=payout, of_missing=_OF_MISSING.format(payout=payout))


def is_put_off(payout: str) -> str:
    """Return SQL: somebody waits for this missing payout until a day after `%(today)s`."""
    return f"EXISTS ({_OF_MISSING.format(payout=payout)} AND e.status = 'open' AND e.snoozed_until > %(today)s)"


# One row an account, day and currency.
DUE = f"""
WITH due AS (
    SELECT p.expected_on AS due_on, p.gateway_account_id, p.currency, p.amount_minor AS announced, p.arrived_minor AS arrived, 0::bigint AS unreported,
        p.status = 'short' AS is_short, p.id AS payout_id,
        p.status <> 'in_bank' AND EXISTS (SELECT FROM recon_exception e WHERE e.merchant_id = p.merchant_id AND e.payout_id = p.id
            AND e.kind = 'missing_payout' AND e.status = 'open') AS is_missing,
        {is_decided("p")} AS is_decided
    FROM settlement_payout p WHERE p.merchant_id = %(merchant)s AND p.status <> 'returned' AND p.expected_on BETWEEN %(from)s AND %(until)s
    UNION ALL
    SELECT o.business_date + {LAG} + {_DAYS}, o.gateway_account_id, o.currency, 0, 0,
        CASE WHEN o.kind = 'refund' OR o.kind = 'take_back' AND o.reason <> 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor), false,
        NULL, false, false
    FROM payment_operation o JOIN gateway_account g ON g.id = o.gateway_account_id
    WHERE {EXPECTED} AND o.business_date + {LAG} + {_DAYS} BETWEEN %(from)s AND %(until)s
        AND NOT EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL)
)
SELECT due_on, gateway_account_id, g.name AS account_name, due.currency, sum(announced)::bigint AS announced_minor, sum(arrived)::bigint AS arrived_minor,
    sum(unreported)::bigint AS unreported_minor, CASE WHEN count(payout_id) = 1 THEN min(payout_id::text)::uuid END AS payout_id,
    CASE WHEN bool_or(is_missing) THEN 'missing'
        WHEN due_on < %(today)s AND (sum(arrived) <> sum(CASE WHEN is_decided THEN arrived ELSE announced END) OR sum(unreported) <> 0)
            THEN CASE WHEN bool_or(is_short) THEN 'short' ELSE 'late' END
        WHEN bool_or(is_decided) THEN 'decided'
        WHEN sum(announced) <> 0 AND sum(arrived) = sum(announced) THEN 'in_bank' WHEN sum(announced) <> 0 THEN 'announced' ELSE 'expected' END AS state
FROM due JOIN gateway_account g ON g.id = due.gateway_account_id GROUP BY 1, 2, 3, 4
"""  # noqa: S608


def list_due_payouts(*, from_day: date, until_day: date, today: date) -> list[DuePayout]:
    """Return what is due from each account on each day of a span, by day and account, with one statement."""
    parameters: dict[str, Any] = {
        "merchant": current_merchant_id(),
        "from": from_day,
        "until": until_day,
        "today": today,
    }
    return [DuePayout(**row) for row in db.dict_rows(f"{DUE} ORDER BY 1, 3, 4", parameters)]


def raise_alarms(found: Iterable[dict[str, Any]]) -> None:
    """Publish an event for each payout that was just found missing or short, in the caller's transaction."""
    for one in found:
        if one["kind"] in ALARMS and one["payout_id"]:
            data = {name: one[name] for name in ("payout_id", "reference", "amount_minor", "currency")}
            outbox.publish(ALARMS[one["kind"]], f"payout:{one['payout_id']}", data)
