"""Take bank statements in: keep the file, read it, check it. Once, however often it comes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from merchant.core import files
from merchant.core.audit import services as audit
from merchant.core.card_numbers import mask, mask_pieces
from merchant.core.errors import AppError, NotFound
from merchant.core.files import KeptFile
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from payments.gateways.models import GatewayAccount
from payments.reconciliation.formats import unpacking
from payments.reconciliation.formats.base import NotAStatement
from payments.reconciliation.formats.registry import is_notice, is_swift
from payments.reconciliation.formats.unpacking import LeftOut, Member
from payments.reconciliation.models import BankAccount, StatementFile
from payments.reconciliation.statements import joining, ownership, paging, reading
from payments.reconciliation.statements.opening import open_file
from payments.reconciliation.statements.problems import problem_words
from payments.settlement.refusing import FileRefused

IMPORT_JOB = "reconciliation.import_statement"
FETCH_JOB = "reconciliation.fetch_statements"
_WAIT_SECONDS_MAX = 280.0


class StatementRefused(FileRefused):
    """The file is no bank statement we know, or one of another account or currency."""

    code = "not_a_statement"
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
    """
    A statement file as it was taken in. `duplicate_of` is the id of the earlier import of the same bytes, and the file then that one.

    `others` are the further files of a zip; the first is then one that is new, if any is. `left_out` are those of its files that are of other accounts or no statements.
    """

    file: StatementFile
    duplicate_of: UUID | None
    others: tuple[StatementFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def files(self) -> tuple[StatementFile, ...]:
        """Every file that was taken in."""
        return (self.file, *self.others)


@dataclass(frozen=True, slots=True)
class _Received:
    """One file that is kept, before there is a row of it."""

    kept: KeptFile
    name: str
    statement_format: str


def import_statement(*, path: Path, account_id: UUID | str, name: str, now: datetime) -> StatementOutcome:
    """
    Take the file at `path` in for a bank account and wait until it is read. The same bytes again change nothing.

    :raises StatementRefused: if it is no statement; nothing is stored.
    :raises NotFound: if the account is not the merchant's.
    :raises StatementNotFinished: if reading did not end.
    """
    outcome = receive_statement(path=path, account_id=account_id, name=name, now=now)
    for file in outcome.files:
        _wait(file)
    return outcome


def _wait(file: StatementFile) -> None:
    job = jobs.see_through(file.job_id, seconds_max=_WAIT_SECONDS_MAX)
    file.refresh_from_db()
    if job.status != "done":
        raise StatementNotFinished(statement=file.id, error=job.last_error)


def receive_statement(*, path: Path, account_id: UUID | str, name: str, now: datetime) -> StatementOutcome:
    """
    Keep the file at `path`, card numbers masked, and put its import in the queue.

    A zip is unpacked, and each of its files is one of its own; those of other accounts in it, and what is no statement at all, are left out and named. Of the
    account's statements all are taken or none.

    :raises StatementRefused: if it is no statement, or of another account or currency; nothing is stored.
    :raises NotFound: if the account is not the merchant's.
    """
    account = BankAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    try:
        with unpacking.unpacked(path, name) as members:
            received, left_out = _keep_own(account, members)
    except NotAStatement as reason:
        raise StatementRefused(
            reason=problem_words(reason.message),
            line=reason.line,
            column=reason.column,
            problem=reason.code,
        ) from reason
    return _store_all(account, received, left_out, now=now)


def _keep_own(account: BankAccount, members: list[Member]) -> tuple[list[_Received], list[LeftOut]]:
    """
    Keep the files of the account; return them and what of a zip is of another account or no statement.

    :raises NotAStatement: if a statement is broken, or none is of the account.
    """
    received, foreign = [], []
    strange = [(member, reason) for member in members if (reason := _why_no_statement(account, member)) is not None]
    statements = [member for member in members if member not in {one for one, _reason in strange}]
    if not statements:
        raise _told_of(*strange[0], of=len(members))
    for member in statements:
        try:
            received.append(_keep(account, member))
        except NotAStatement as reason:
            if reason.code not in (ownership.FOREIGN_ACCOUNT, ownership.FOREIGN_CURRENCY):
                raise _told_of(member, reason, of=len(members)) from reason
            foreign.append((member, reason))
    if not received:
        raise foreign[0][1]
    return received, [LeftOut(mask(member.name[:200]), reason.message) for member, reason in (*foreign, *strange)]


def _why_no_statement(account: BankAccount, member: Member) -> NotAStatement | None:
    with member.path.open("rb") as stream:
        try:
            open_file(stream, account=account)
        except NotAStatement as reason:
            return reason
    return None


def _told_of(member: Member, reason: NotAStatement, *, of: int) -> NotAStatement:
    message = reason.message if of == 1 else f"{member.name}: {reason.message}"
    return NotAStatement(message, line=reason.line, column=reason.column, code=reason.code)


def _keep(account: BankAccount, member: Member) -> _Received:
    with member.path.open("rb") as stream:
        opened = open_file(stream, account=account)
        ownership.demand_own_file(account, opened, size_bytes=member.path.stat().st_size)
        stream.seek(0)
        kept = files.keep_pieces(mask_pieces(files.pieces(stream), is_swift=is_swift(opened.code)))
    return _Received(kept, member.name, opened.code)


@transaction.atomic
def _store_all(
    account: BankAccount, received: list[_Received], left_out: list[LeftOut], *, now: datetime
) -> StatementOutcome:
    outcomes = [
        _store(account, one.kept, name=one.name, statement_format=one.statement_format, now=now) for one in received
    ]
    first = next((outcome for outcome in outcomes if outcome.duplicate_of is None), outcomes[0])
    if left_out:
        _note_left_out(first.file, left_out)
    others = tuple(outcome.file for outcome in outcomes if outcome is not first)
    return replace(first, others=others, left_out=tuple(left_out))


def _note_left_out(file: StatementFile, left_out: list[LeftOut]) -> None:
    """Keep with the import that the zip leads to what of the zip was not taken. A zip that is sent again, also with something else in it, adds what is not noted."""
    file = StatementFile.objects.select_for_update(no_key=True).get(id=file.id)
    new = [noted for one in left_out if (noted := asdict(one)) not in file.left_out]
    if new:
        file.left_out = [*file.left_out, *new]
        file.save(update_fields=["left_out"])


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

    A file that breaks further down is refused whole: nothing of it stays. A page of a statement whose other pages are in files that have not come waits for
    them, with nothing taken; the page that makes it whole has all of them read as one statement. A repeat does nothing.
    """
    if file.status != "received":
        return
    try:
        with transaction.atomic(), files.path_of(file.sha256).open("rb") as stream:
            summary = reading.read(stream, file)
            if (piece := paging.piece_of(summary)) is not None:
                joining.take_page(file, piece, summary, now=now)
                return
            if (piece := paging.proven_piece_of(summary)) is not None:
                take = joining.take_notice_page if is_notice(file.format) else joining.take_proven_page
                take(file, piece, summary, now=now)
                return
            kept = reading.keep(file, summary) if summary.status in paging.TAKEN else {}
    except NotAStatement as reason:
        joining.refuse(file, reason, now=now)
        return
    joining.conclude(file, summary, summary.status, now=now, **kept)


def request_fetch(*, account_id: UUID | str) -> Job:
    """
    Put the fetching of bank statements behind a gateway account in the queue and return its job.

    :raises NotFound: if the account is not the merchant's.
    """
    if not GatewayAccount.objects.filter(id=account_id).exists():
        raise NotFound()
    payload = {"gateway_account_id": str(account_id)}
    return jobs.enqueue(FETCH_JOB, dedup_key=f"{FETCH_JOB}:asked:{new_id()}", payload=payload)
