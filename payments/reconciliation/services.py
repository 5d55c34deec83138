"""Take bank statements in, bring books, reports and bank together, and settle what is left by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db, files
from merchant.core.audit import services as audit
from merchant.core.card_numbers import mask, mask_pieces
from merchant.core.clock import business_date
from merchant.core.errors import AppError, NotFound
from merchant.core.files import KeptFile
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg
from merchant.merchants import queries as merchants
from payments.gateways.base import Outcome
from payments.gateways.models import GatewayAccount
from payments.reconciliation import (
    banking,
    deposits,
    differences,
    dispute_rows,
    expectations,
    matching,
    override_rows,
    ownership,
    reading,
    stages,
)
from payments.reconciliation.formats.base import NotAStatement, StatementSummary
from payments.reconciliation.formats.registry import is_swift, open_statement
from payments.reconciliation.models import BankAccount, Deviation, StatementFile
from payments.reconciliation.queries import RUN_KIND
from payments.reconciliation.states import EXCEPTION, STATEMENT
from payments.records import services as records
from payments.settlement.formats.base import place_words

IMPORT_JOB = "reconciliation.import_statement"
FETCH_JOB = "reconciliation.fetch_statements"
RUN_JOB = RUN_KIND
_WAIT_SECONDS_MAX = 280.0
_LOOK_SECONDS = 0.1
# What one run learns from reports about operations with an open outcome; the next run goes on.
_EVIDENCE_MAX = 1000


class StatementRefused(AppError):
    """The file is no bank statement we know, or one of another account or currency."""

    code = "not_a_statement"
    status = 422
    detail = "This file was not taken: {reason} ({place})"
    money = "Nothing was stored and nothing was booked."
    next_step = "Download the statement from the bank again and send it unchanged."


class StatementNotFinished(AppError):
    """The import of a statement did not end."""

    code = "statement_not_finished"
    status = 503
    detail = "The statement {statement} is still being read, or could not be read to its end: {error}"
    money = "Nothing of an unfinished statement is used."
    next_step = "Look at the statement again later; sending the same file again resumes it."


@dataclass(frozen=True, slots=True)
class StatementOutcome:
    """A statement file as it was taken in. `duplicate_of` is the id of the earlier import of the same bytes, and the file then that one."""

    file: StatementFile
    duplicate_of: UUID | None


def import_statement(*, path: Path, account_id: UUID | str, name: str, now: datetime) -> StatementOutcome:
    """
    Take the file at `path` in for a bank account and wait until it is read. The same bytes again change nothing.

    :raises StatementRefused: if it is no statement; nothing is stored.
    :raises NotFound: if the account is not the merchant's.
    :raises StatementNotFinished: if reading did not end.
    """
    outcome = receive_statement(path=path, account_id=account_id, name=name, now=now)
    job = Job.objects.get(id=outcome.file.job_id)
    deadline = time.monotonic() + _WAIT_SECONDS_MAX
    while job.status in ("queued", "running") and time.monotonic() < deadline:
        if not jobs.run(job.id):
            time.sleep(_LOOK_SECONDS)
        job.refresh_from_db()
    outcome.file.refresh_from_db()
    if job.status != "done":
        raise StatementNotFinished(statement=outcome.file.id, error=job.last_error)
    return outcome


def receive_statement(*, path: Path, account_id: UUID | str, name: str, now: datetime) -> StatementOutcome:
    """
    Keep the file at `path`, card numbers masked, and put its import in the queue.

    :raises StatementRefused: if it is no statement, or of another account or currency; nothing is stored.
    :raises NotFound: if the account is not the merchant's.
    """
    account = BankAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    try:
        with path.open("rb") as stream:
            statement_format = open_statement(stream).code
            ownership.demand_own_file(account, path)
            stream.seek(0)
            kept = files.keep_pieces(mask_pieces(files.pieces(stream), is_swift=is_swift(statement_format)))
    except NotAStatement as reason:
        raise StatementRefused(
            reason=reason.message,
            place=place_words(reason.line, reason.column),
            line=reason.line,
            column=reason.column,
            problem=reason.code,
        ) from reason
    return _store(account, kept, name=name, statement_format=statement_format, now=now)


@transaction.atomic
def _store(
    account: BankAccount, kept: KeptFile, *, name: str, statement_format: str, now: datetime
) -> StatementOutcome:
    file, is_new = StatementFile.objects.get_or_create(
        bank_account=account, sha256=kept.sha256,
        defaults={"name": mask(name[:200]), "size_bytes": kept.size_bytes, "format": statement_format, "received_at": now},
    )  # fmt: skip
    if not is_new:
        jobs.retry(Job.objects.get(id=file.job_id))
        return StatementOutcome(file, file.id)
    job = jobs.enqueue(IMPORT_JOB, dedup_key=f"{IMPORT_JOB}:{file.id}", payload={"statement_id": str(file.id)})
    file.job_id = job.id
    file.save(update_fields=["job_id"])
    audit.record(
        "statement.received", subject=f"statement:{file.id}", now=now, data={"name": file.name, "sha256": file.sha256}
    )
    return StatementOutcome(file, None)


def read_statement(file: StatementFile, *, now: datetime) -> None:
    """
    Read a received file in the caller's transaction, keep its lines and publish `statement.imported`.

    A file that breaks further down is refused whole: nothing of it stays. A repeat does nothing.
    """
    if file.status != "received":
        return
    try:
        with transaction.atomic(), files.path_of(file.sha256).open("rb") as stream:
            summary = reading.read(stream, file)
    except NotAStatement as reason:
        refusal = {"code": reason.code, "message": reason.message, "line": reason.line, "column": reason.column}
        move(file, STATEMENT, "refused", refusal=refusal, summary=StatementSummary.refused(reason).as_json())
        return
    until = reading.covers_until(summary)
    move(file, STATEMENT, summary.status, summary=summary.as_json(), covers_until=until, format=summary.format or "")
    audit.record(
        "statement.imported", subject=f"statement:{file.id}", now=now, data={"name": file.name, "status": file.status}
    )
    outbox.publish("statement.imported", f"statement:{file.id}", {"statement_id": str(file.id), "status": file.status})


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


def request_fetch(*, account_id: UUID | str) -> Job:
    """
    Put the fetching of bank statements behind a gateway account in the queue and return its job.

    :raises NotFound: if the account is not the merchant's.
    """
    if not GatewayAccount.objects.filter(id=account_id).exists():
        raise NotFound()
    payload = {"gateway_account_id": str(account_id)}
    return jobs.enqueue(FETCH_JOB, dedup_key=f"{FETCH_JOB}:asked:{new_id()}", payload=payload)


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
    yield "outcomes", lambda: _locked(lambda: {"outcomes_learned": _learn_outcomes(now)})
    yield "lines", lambda: _locked(lambda: _match_lines(today, now))
    yield "deposits", lambda: _locked(lambda: {"deposits_matched": deposits.match_deposits(today=today, now=now)})
    yield "payouts", lambda: _locked(lambda: {"payouts_matched": banking.match_payouts(today=today, now=now)})
    yield "stages", lambda: _locked(lambda: {"payments_moved": stages.tell_stages()})


def _locked(step: Callable[[], dict[str, int]]) -> dict[str, int]:
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconciliation:{current_merchant_id()}"])
    return step()


def _match_lines(today: date, now: datetime) -> dict[str, int]:
    matched = matching.match_lines(now=now)
    matched += dispute_rows.match_disputes(now=now)
    expectations.explain_adjustments(today=today, now=now)
    changed = differences.name_line_differences(today=today, now=now)
    expectations.prove_overrides(now=now)
    return {"lines_matched": matched, "exceptions_changed": changed}


# A report row is proof that the money moved, whatever we believed so far.
_PROOF = """
SELECT o.id, abs(coalesce(l.original_gross_minor, l.gross_minor)), l.processor_reference, l.id::text, l.report_id::text
FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id JOIN payment_operation o ON o.reference = l.operation_reference
WHERE r.merchant_id = %s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0 AND l.kind IN ('sale', 'refund') AND o.merchant_id = r.merchant_id
    AND o.status <> 'succeeded' AND CASE WHEN l.kind = 'refund' THEN o.kind = 'refund' ELSE o.kind IN ('authorise', 'capture') END
ORDER BY o.id, l.id LIMIT %s
"""


# A row that takes an amount of ours back says so as well as a webhook does.
_UNDONE = """
SELECT o.id, l.processor_reference, l.id::text, l.report_id::text
FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id JOIN payment_operation o ON o.reference = l.operation_reference
WHERE r.merchant_id = %s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0 AND l.kind = 'adjustment' AND o.merchant_id = r.merchant_id
    AND o.status = 'succeeded' AND o.kind IN ('authorise', 'capture', 'refund')
    AND coalesce(l.original_gross_minor, l.gross_minor) = CASE WHEN o.kind = 'refund' THEN o.result_minor ELSE -o.result_minor END
    AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back')
ORDER BY o.id, l.id LIMIT %s
"""


def _learn_outcomes(now: datetime) -> int:
    undone = db.rows(_UNDONE, [current_merchant_id(), _EVIDENCE_MAX])
    for operation_id, processor_reference, line_id, report_id in undone:
        outcome = Outcome(
            status="failed", is_taken_back=True, gateway_reference=processor_reference,
            data={"settlement_line_id": line_id, "report_id": report_id},
        )  # fmt: skip
        records.apply_result(operation_id=operation_id, outcome=outcome, source="report", now=now)
    return len(undone) + _learn_successes(now)


def _learn_successes(now: datetime) -> int:
    proofs = db.rows(_PROOF, [current_merchant_id(), _EVIDENCE_MAX])
    for operation_id, minor, processor_reference, line_id, report_id in proofs:
        outcome = Outcome(
            status="succeeded", amount_minor=minor, is_captured=True, gateway_reference=processor_reference,
            data={"settlement_line_id": line_id, "report_id": report_id},
        )  # fmt: skip
        records.apply_result(operation_id=operation_id, outcome=outcome, source="report", now=now)
    return len(proofs)


class ExceptionNotOpen(AppError):
    """The exception was resolved or explained meanwhile."""

    code = "exception_not_open"
    detail = "This exception is {state} and needs nothing."


class NothingToWriteOff(AppError):
    """The difference stands on no account, so there is nothing to write off."""

    code = "nothing_to_write_off"
    detail = "A difference of the kind '{kind}' is not in the books; close it with a note."
    next_step = "Resolve it with a note instead."


# On which account the amount of an exception stands until somebody decides.
STANDS_ON = {
    "amount": "clearing", "missing_in_report": "clearing", "not_ours": "clearing", "refund_not_ours": "clearing", "duplicate": "clearing",
    "unclassified": "suspense", "short_payout": "payouts_in_transit", "missing_payout": "payouts_in_transit",
    "short_deposit": "cash_in_transit", "missing_deposit": "cash_in_transit", "override_contradicted": "clearing", "override_unproven": "clearing",
}  # fmt: skip


def stands_on(found: Deviation) -> str | None:
    """Return the account on which the amount of an exception stands, None if it stands on none."""
    if found.kind in override_rows.KINDS and not override_rows.stands_on_clearing(
        kind=found.kind, expected_minor=found.expected_minor
    ):
        return None
    account = STANDS_ON.get(found.kind)
    return "payouts_in_transit" if account == "clearing" and found.payout_id else account


@transaction.atomic
def resolve_exception(*, exception_id: UUID | str, note: str, writes_off: bool, now: datetime) -> Deviation:
    """
    Close an exception with a note, and if asked for write its amount off the account it stands on.

    Locks the exception. A later run leaves it closed as long as its amount stays the same.

    :raises NotFound: if it is not the merchant's.
    :raises ExceptionNotOpen: if somebody was faster.
    :raises NothingToWriteOff: if its amount stands on no account.
    """
    found = Deviation.objects.select_for_update().filter(id=exception_id).first()
    if found is None:
        raise NotFound()
    if found.status != "open":
        raise ExceptionNotOpen(state=found.status)
    if writes_off:
        _write_off(found, now=now)
    move(found, EXCEPTION, "resolved", resolution=note[:200], resolved_at=now)
    data: dict[str, Any] = {
        "kind": found.kind,
        "amount_minor": found.amount_minor,
        "writes_off": writes_off,
        "note": note[:200],
    }
    audit.record("exception.resolved", subject=f"exception:{found.id}", now=now, data=data)
    return found


def _write_off(found: Deviation, *, now: datetime) -> None:
    account = stands_on(found)
    if account is None:
        raise NothingToWriteOff(kind=found.kind)
    legs = [
        Leg("write_off", "", -found.amount_minor, found.currency),
        Leg(account, str(found.gateway_account_id or ""), found.amount_minor, found.currency),
    ]
    # The amount is part of the source: an exception that comes back with another amount can be written off again for the rest.
    ledger.post(
        recipe="write_off", source=f"exception:{found.id}:{found.amount_minor}", about=f"exception:{found.id}", legs=legs,
        business_date=_today(now), now=now, text=found.cause[:200],
    )  # fmt: skip


def _today(now: datetime) -> date:
    merchant = merchants.get_merchant(current_merchant_id())
    return business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)


def result_of(result: RunResult) -> dict[str, int]:
    """Return a run's result as it is stored and shown."""
    return asdict(result)
