"""
What other rules would have done: the passes run on the rows of some days in a transaction that is rolled back.

Matches that the windows decide are taken apart first, so that a narrower window loses them and a wider one may find them ambiguous. Bank lines are matched only
where they are open; which of their matches a narrower window would not have made is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import current_merchant_id
from payments.gateways.models import GatewayAccount
from payments.reconciliation.desk import rounding, rules
from payments.reconciliation.matching import stages
from payments.reconciliation.matching.rules_now import Rules

JOB = "reconciliation.dry_run"
# What the answer lists; the counts are of all.
ROWS_SHOWN = 50
# Matches that a window decided.
WINDOW_RULES = ("amount_day_and_card", "amount_day_and_code", "amount_and_day")


class _TakenBack(Exception):
    """Ends the transaction of a dry run."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Rules to try, on which gateway account (None: all) and on the business days from `first` to `last`."""

    rules: Rules
    gateway_account_id: UUID | None
    first: date
    last: date


def request_dry_run(trial: Trial) -> Job:
    """
    Put a dry run in the queue and return its job.

    :raises NotFound: for another merchant's account. :raises Invalid: for rules that cannot be.
    """
    rules.check(trial.rules)
    if trial.gateway_account_id and not GatewayAccount.objects.filter(id=trial.gateway_account_id).exists():
        raise NotFound()
    payload = {
        "rules": asdict(trial.rules),
        "gateway_account_id": str(trial.gateway_account_id) if trial.gateway_account_id else None,
        "first": trial.first.isoformat(),
        "last": trial.last.isoformat(),
    }
    return jobs.enqueue(JOB, dedup_key=f"{JOB}:{new_id()}", payload=payload)


def trial_of(payload: dict[str, Any]) -> Trial:
    """Return the trial a job was asked for."""
    account = payload["gateway_account_id"]
    first, last = date.fromisoformat(payload["first"]), date.fromisoformat(payload["last"])
    return Trial(Rules(**payload["rules"]), UUID(account) if account else None, first, last)


def get_dry_run(job_id: UUID | str) -> Job:
    """Return one dry run. :raises NotFound: if the merchant has none with that id."""
    found: Job | None = Job.objects.filter(kind=JOB, id=job_id).first()
    if found is None:
        raise NotFound()
    return found


_PAIRS = """
SELECT m.settlement_line_id, m.operation_id, m.amount_minor, m.currency, o.reference FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id
JOIN settlement_line l ON l.id = m.settlement_line_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND (%(account)s::uuid IS NULL OR l.gateway_account_id = %(account)s)
    AND coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date) BETWEEN %(first)s AND %(last)s
"""
_EXCEPTIONS = (
    "SELECT kind, count(*)::int FROM recon_exception WHERE merchant_id = %(merchant)s AND status = 'open' GROUP BY kind"
)
_REPORTS = """
UPDATE settlement_report r SET lines_open = NULL WHERE r.merchant_id = %(merchant)s AND r.status = 'posted' AND r.id IN (
    SELECT l.report_id FROM settlement_line l WHERE l.merchant_id = %(merchant)s AND (%(account)s::uuid IS NULL OR l.gateway_account_id = %(account)s)
        AND coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date) BETWEEN %(first)s AND %(last)s)
"""
_TAKE_APART = """
UPDATE recon_match m SET undone_at = %(now)s, id = new_uuid7() FROM settlement_line l
WHERE l.id = m.settlement_line_id AND m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.rule = ANY(%(rules)s)
    AND (%(account)s::uuid IS NULL OR l.gateway_account_id = %(account)s)
    AND coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date) BETWEEN %(first)s AND %(last)s
"""
_PAYOUTS_LOST = """
SELECT count(*)::int, coalesce(sum(m.amount_minor), 0)::bigint FROM recon_match m JOIN settlement_payout p ON p.id = m.payout_id
JOIN bank_statement_line b ON b.id = m.statement_line_id JOIN rules_now held ON held.gateway_account_id = p.gateway_account_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.rule = 'amount_and_day' AND b.booked_on BETWEEN %(first)s AND %(last)s
    AND (%(account)s::uuid IS NULL OR p.gateway_account_id = %(account)s) AND b.booked_on > p.expected_on + held.payout_days
"""

Passes = Callable[[datetime], dict[str, int]]


def try_rules(trial: Trial, *, passes: Passes, today: date, now: datetime) -> dict[str, Any]:
    """
    Run `passes` under other rules and return what would differ: matches gained and lost with their money, exceptions by kind, differences within tolerance.

    Nothing of it stays. Holds the reconciliation lock as a run does.
    """
    told: dict[str, Any] = {}
    try:
        with transaction.atomic():
            stages.lock()
            told = _try(trial, passes=passes, today=today, now=now)
            raise _TakenBack
    except _TakenBack:
        return told


def _try(trial: Trial, *, passes: Passes, today: date, now: datetime) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "merchant": current_merchant_id(), "account": trial.gateway_account_id, "first": trial.first, "last": trial.last, "now": now, "rules": list(WINDOW_RULES),
    }  # fmt: skip
    before, exceptions = _pairs(parameters), dict(db.rows(_EXCEPTIONS, parameters))
    rules.save_rules(gateway_account_id=trial.gateway_account_id, rules=trial.rules, now=now)
    db.execute(_TAKE_APART, parameters)
    db.execute(_REPORTS, parameters)
    counts = passes(now)
    rounded = rounding.book_small_differences(today=today, now=now)
    after, exceptions_after = _pairs(parameters), dict(db.rows(_EXCEPTIONS, parameters))
    [(payouts_lost, payouts_lost_minor)] = db.rows(_PAYOUTS_LOST, parameters)
    gained, lost = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    return {
        "matches_before": len(before),
        "matches_after": len(after),
        "gained": _told([after[key] for key in gained]),
        "lost": _told([before[key] for key in lost]),
        "payouts_gained": counts.get("payouts_matched", 0),
        "payouts_lost": payouts_lost,
        "payouts_lost_minor": int(payouts_lost_minor),
        "within_tolerance": rounded,
        "exceptions": {
            kind: [exceptions.get(kind, 0), exceptions_after.get(kind, 0)]
            for kind in sorted(exceptions.keys() | exceptions_after.keys())
            if exceptions.get(kind, 0) != exceptions_after.get(kind, 0)
        },
    }


def _pairs(parameters: dict[str, Any]) -> dict[tuple[str, str], tuple[str, int, str]]:
    return {
        (str(line), str(operation)): (reference, int(minor), currency)
        for line, operation, minor, currency, reference in db.rows(_PAIRS, parameters)
    }


def _told(pairs: list[tuple[str, int, str]]) -> dict[str, Any]:
    sums: Counter[str] = Counter()
    for _reference, minor, currency in pairs:
        sums[currency] += minor
    rows = [
        {"reference": reference, "amount_minor": minor, "currency": currency}
        for reference, minor, currency in pairs[:ROWS_SHOWN]
    ]
    return {"number": len(pairs), "minor": dict(sums), "rows": rows}
