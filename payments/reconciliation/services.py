"""Bring books, reports and bank together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from merchant.core.clock import business_date
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from payments.reconciliation import proofs
from payments.reconciliation.desk import dry_run, overtaken, rounding
from payments.reconciliation.desk.dry_run import Trial
from payments.reconciliation.matching import bank_lines as banking
from payments.reconciliation.matching import (
    deposits,
    differences,
    dispute_rows,
    expectations,
    reissued,
    stages,
    transfers,
)
from payments.reconciliation.matching import report_lines as matching
from payments.reconciliation.queries import RUN_KIND

RUN_JOB = RUN_KIND


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run changed. All zero when nothing is new."""

    outcomes_learned: int
    lines_matched: int
    payouts_matched: int
    exceptions_changed: int
    payments_moved: int
    # With a default: a run that began before deposits were looked for has not counted any.
    deposits_matched: int = 0
    transfers_taken: int = 0
    within_tolerance: int = 0
    decisions_taken_back: int = 0


def request_run(*, key: str = "") -> Job:
    """Put a reconciliation in the queue and return its job. The same `key` asks for the same run; without one it is a new run."""
    return jobs.enqueue(RUN_JOB, dedup_key=f"{RUN_JOB}:{key or new_id()}")


def reconcile(*, now: datetime) -> RunResult:
    """
    Bring operations, settlement lines, payouts and bank lines of the merchant in scope together, and name every difference.

    Each pass is its own transaction under the merchant's reconciliation lock, so two runs at once are harmless. A run with nothing new changes nothing.
    """
    counts: dict[str, int] = {}
    for _name, step in steps(now=now):
        with transaction.atomic():
            for key, count in step().items():
                counts[key] = counts.get(key, 0) + count
    return RunResult(**counts)


def steps(*, now: datetime) -> Iterator[tuple[str, Callable[[], dict[str, int]]]]:
    """Yield the passes of a run in their order. Each is to be called in a transaction of its own and returns what it counted."""
    today = _today(now)
    yield "outcomes", lambda: _locked(lambda: {"outcomes_learned": proofs.learn_outcomes(now=now)})
    yield "lines", lambda: _locked(lambda: _match_lines(today, now))
    yield "deposits", lambda: _locked(lambda: {"deposits_matched": deposits.match_deposits(today=today, now=now)})
    yield "transfers", lambda: _locked(lambda: {"transfers_taken": transfers.match_transfers(today=today, now=now)})
    yield "payouts", lambda: _locked(lambda: _match_payouts(today, now))
    yield "overtaken", lambda: _locked(lambda: {"decisions_taken_back": overtaken.take_back(now=now)})
    yield "stages", lambda: _locked(lambda: {"payments_moved": stages.tell_stages()})


def _locked(step: Callable[[], dict[str, int]]) -> dict[str, int]:
    stages.lock()
    return step()


def _match_payouts(today: date, now: datetime) -> dict[str, int]:
    matched = banking.match_payouts(today=today, now=now)
    return {
        "payouts_matched": matched,
        "within_tolerance": rounding.book_small_differences(today=today, now=now),
    }


def try_rules(trial: Trial, *, now: datetime) -> dict[str, Any]:
    """Return what a run under other rules would change on the days of `trial`. Nothing of it stays; see `desk.dry_run`."""
    today = _today(now)

    def passes(moment: datetime) -> dict[str, int]:
        lines = _match_lines(today, moment)
        return {**lines, "payouts_matched": banking.match_payouts(today=today, now=moment)}

    return dry_run.try_rules(trial, passes=passes, today=today, now=now)


def _match_lines(today: date, now: datetime) -> dict[str, int]:
    reissued.undo_replaced(today=today, now=now)
    matched = matching.match_lines(now=now)
    matched += dispute_rows.match_disputes(now=now)
    expectations.explain_adjustments(today=today, now=now)
    changed = differences.name_line_differences(today=today, now=now)
    expectations.prove_overrides(now=now)
    return {"lines_matched": matched, "exceptions_changed": changed}


def _today(now: datetime) -> date:
    merchant = merchants.get_merchant(current_merchant_id())
    return business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)


def result_of(result: RunResult) -> dict[str, int]:
    """Return a run's result as it is stored and shown."""
    return asdict(result)
