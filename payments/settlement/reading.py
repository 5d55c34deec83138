"""From a stored file to settlement lines: read it, add it up, and keep its rows if everything ties."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.db import DataError, IntegrityError, transaction

from merchant.core import db, files
from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.crash_points import crash_point
from merchant.core.jobs.services import JobRun
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from payments.settlement import copying, ownership, staging
from payments.settlement.formats.base import NotAReport, ReportRow, ReportSummary
from payments.settlement.formats.sets import RowSet
from payments.settlement.formats.sniff import OpenReport
from payments.settlement.formats.tally import Tally
from payments.settlement.live import progress_of, tell_changed
from payments.settlement.models import ReportFile
from payments.settlement.opening import open_file
from payments.settlement.plausible import PlausibleDays
from payments.settlement.states import REPORT

# About a million rows: reading those again after a crash takes ten seconds. A longer file is staged, so that less is lost.
AT_ONCE_BYTES_MAX = 256 << 20
# Some hundred rows say how long a row is.
_HEAD_BYTES = 1 << 16


def read(run: JobRun, report: ReportFile) -> None:
    """
    Read the file of `report`, settle whether it ties, and keep its rows: as lines in one transaction where that goes, else in staging.

    A broken-off reading begins again, a long one behind the last chunk that was committed.
    """
    if run.step not in ("", "reading"):
        return
    with files.path_of(report.sha256).open("rb") as stream:
        try:
            file = open_file(stream, account=report.gateway_account, format_code=report.format)
            if not run.cursor.get("rows"):
                _begin(run, report, file)
            if (
                not run.cursor.get("rows")
                and (report.size_bytes <= AT_ONCE_BYTES_MAX or file.format.is_check_only)
                and _store_at_once(run, report, file)
            ):
                return
            summary = staging.stage(run, report, file)
        except NotAReport as reason:
            _refuse(run, report, reason)
            return
    _conclude(run, report, summary)


def _begin(run: JobRun, report: ReportFile, file: OpenReport) -> None:
    total = expected_rows(file.stream, report.size_bytes)
    with run.checkpoint("reading", cursor={"rows": 0}, total=total, message="reading"):
        report.format = file.format.code
        report.save(update_fields=["format"])
        move(report, REPORT, "reading")
    tell_changed(merchant_id=report.merchant_id, file_id=report.id)


def expected_rows(stream: BinaryIO, size_bytes: int) -> int:
    """Return about how many lines a file has, by its first ones. Leaves `stream` at its beginning."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    return max(1, head.count(b"\n")) * size_bytes // max(1, len(head))


class _DoesNotTie(Exception):
    """What was copied has to go."""


def _store_at_once(run: JobRun, report: ReportFile, file: OpenReport) -> bool:
    """
    Copy the rows straight into the lines; return False, and leave nothing, if one of them is there already, is twice in the file or is longer than its column.

    Of a file that does not tie no line stays; of one that is only a check there is none.
    """
    tally = file.tally()
    run.counter = lambda: tally.rows
    try:
        with run.checkpoint("stored", message="read") as note:
            try:
                with transaction.atomic():
                    sound = _sound(file, report, tally)
                    if file.format.is_check_only:
                        deque(sound, maxlen=0)
                    else:
                        db.copy_text_in(copying.LINE_COPY, map(copying.LineText(report).of, sound))
                    ownership.demand_own(report.gateway_account, tally.accounts())
                    summary = tally.summary()
                    if summary.status != "balanced":
                        raise _DoesNotTie
                    crash_point("R8")
            except _DoesNotTie:
                pass
            note.done = note.total = summary.rows
            _settle(report, summary)
    except (IntegrityError, DataError):
        return False
    finally:
        run.counter = None
    return True


def _sound(file: OpenReport, report: ReportFile, tally: Tally) -> Iterator[RowSet | ReportRow]:
    """Add every row up and pass on those without failures; with the others the report does not tie."""
    days, progress = PlausibleDays(received_at=report.received_at), progress_of(report, file)
    for found in file.sets():
        if isinstance(found, RowSet) and days.hold(found):
            tally.add_set(found)
            yield found
        else:
            for row in map(days.checked, found.rows() if isinstance(found, RowSet) else [found]):
                tally.add(row)
                if not row.failures:
                    yield row
        progress.tell(tally.rows)


def _conclude(run: JobRun, report: ReportFile, summary: ReportSummary) -> None:
    with run.checkpoint("read", done=summary.rows, total=summary.rows, message="adding up"):
        _settle(report, summary)
        if summary.status != "balanced":
            staging.clear(report.id)


def _settle(report: ReportFile, summary: ReportSummary) -> None:
    """Write whether the rows tie. A report that does not is blocked, which leaves an audit row and the event `report.out_of_balance`."""
    move(report, REPORT, summary.status, summary=summary.as_json())
    if summary.status == "out_of_balance":
        _tell_blocked(report, rows=summary.rows)


def _tell_blocked(report: ReportFile, **data: Any) -> None:
    act, subject = f"report.{report.status}", f"report:{report.id}"
    audit.record(act, subject=subject, now=business_now(report.merchant_id), data={"name": report.name, **data})
    outbox.publish(act, subject, {"report_id": str(report.id), "gateway_account_id": str(report.gateway_account_id)})


def _refuse(run: JobRun, report: ReportFile, reason: NotAReport) -> None:
    refusal = {"code": reason.code, "message": reason.message, "line": reason.line, "column": reason.column}
    with run.checkpoint("refused", message=reason.message):
        staging.clear(report.id)
        report.refresh_from_db(fields=["status"])
        move(report, REPORT, "refused", refusal=refusal, summary=ReportSummary.refused(reason).as_json())
        _tell_blocked(report, code=reason.code, reason=reason.message)
