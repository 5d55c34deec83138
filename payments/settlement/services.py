"""Take a processor's report in: keep the file, read it, check it, book it. Once, however often it comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from merchant.core import db, files
from merchant.core.audit import services as audit
from merchant.core.card_numbers import mask, mask_pieces
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError, NotFound
from merchant.core.files import KeptFile
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from payments.gateways.models import GatewayAccount
from payments.settlement import ownership
from payments.settlement.formats.base import NotAReport
from payments.settlement.models import ReportFile
from payments.settlement.opening import open_file
from payments.settlement.problems import problem_words
from payments.settlement.refusing import FileRefused

IMPORT_JOB = "settlement.import_report"
FETCH_JOB = "settlement.fetch_reports"
# 280 s: what a task may take; beyond it the caller looks at the report's own page.
_WAIT_SECONDS_MAX = 280.0


class ReportRefused(FileRefused):
    """The file is no settlement report we know, lacks a column it cannot do without, or is about another account."""

    code = "not_a_report"
    next_step = "Download the report from the processor again and send it unchanged."


class ReportNotFinished(AppError):
    """The import of a report did not end."""

    code = "report_not_finished"
    status = 503
    detail = "The report {report} is still being read, or could not be read to its end: {error}"
    money = "Nothing of an unfinished report is booked."
    next_step = "Look at the report again later; sending the same file again resumes it."


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """A report as it was taken in. `duplicate_of` is the id of the earlier import of the same bytes, and the report then that one."""

    report: ReportFile
    duplicate_of: UUID | None


def import_report(*, path: Path, account_id: UUID | str, name: str, now: datetime) -> ImportOutcome:
    """
    Take the file at `path` in for a gateway account, and wait until it is read and, if it ties, booked.

    The same bytes again change nothing: the outcome names the import that is there, and one that was broken off is resumed.

    :raises ReportRefused: if it is no report; nothing is stored.
    :raises NotFound: if the account is not the merchant's.
    :raises ReportNotFinished: if reading did not end.
    """
    outcome = receive_report(path=path, account_id=account_id, name=name, now=now)
    report = outcome.report
    job = jobs.see_through(report.job_id, seconds_max=_WAIT_SECONDS_MAX)
    report.refresh_from_db()
    if job.status != "done":
        raise ReportNotFinished(report=report.id, error=job.last_error)
    return ImportOutcome(report, outcome.duplicate_of)


def receive_report(*, path: Path, account_id: UUID | str, name: str, now: datetime) -> ImportOutcome:
    """
    Keep the file at `path`, card numbers masked, and put its import in the queue. A job reads it; see `import_report` for waiting.

    :raises ReportRefused: if it is no report, or one of another account; nothing is stored.
    :raises NotFound: if the account is not the merchant's.
    """
    account = GatewayAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    try:
        with path.open("rb") as stream:
            opened = open_file(stream, account=account)
            ownership.demand_own_beginning(account, opened)
            report_format = opened.format.code
            stream.seek(0)
            kept = files.keep_pieces(mask_pieces(files.pieces(stream)))
    except NotAReport as reason:
        raise ReportRefused(
            reason=problem_words(reason.message),
            line=reason.line,
            column=reason.column,
            problem=reason.code,
        ) from reason
    crash_point("R1")
    return _store(account, kept, name=name, report_format=report_format, now=now)


@transaction.atomic
def _store(account: GatewayAccount, kept: KeptFile, *, name: str, report_format: str, now: datetime) -> ImportOutcome:
    # A report is about one account: bytes that are booked for another one were sent with the wrong account this time.
    booked = ReportFile.objects.filter(sha256=kept.sha256, status="posted").exclude(gateway_account=account).first()
    if booked is not None:
        return ImportOutcome(booked, booked.id)
    report, is_new = ReportFile.objects.get_or_create(
        gateway_account=account, sha256=kept.sha256,
        defaults={"name": mask(name[:200]), "size_bytes": kept.size_bytes, "format": report_format, "received_at": now},
    )  # fmt: skip
    if not is_new:
        jobs.retry(Job.objects.get(id=report.job_id))
        return ImportOutcome(report, report.id)
    job = jobs.enqueue(IMPORT_JOB, dedup_key=f"{IMPORT_JOB}:{report.id}", payload={"report_id": str(report.id)})
    report.job_id = job.id
    report.save(update_fields=["job_id"])
    audit.record(
        "report.received", subject=f"report:{report.id}", now=now, data={"name": report.name, "sha256": report.sha256}
    )
    return ImportOutcome(report, None)


# Fewer rows change no plan.
_MANY_ROWS = 10_000


def note_many_rows(count: int) -> None:
    """Let PostgreSQL look at lines and matches again, in the caller's transaction if there is one, when `count` new ones may have made its statistics wrong."""
    if count >= _MANY_ROWS:
        db.rows("SELECT analyze_settling()")


def request_fetch(*, account_id: UUID | str) -> Job:
    """
    Put the fetching of a gateway account's reports in the queue and return its job.

    :raises NotFound: if the account is not the merchant's.
    """
    if not GatewayAccount.objects.filter(id=account_id).exists():
        raise NotFound()
    return jobs.enqueue(
        FETCH_JOB, dedup_key=f"{FETCH_JOB}:asked:{new_id()}", payload={"gateway_account_id": str(account_id)}
    )
