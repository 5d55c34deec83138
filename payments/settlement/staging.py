"""The longer way of a report: rows are staged chunk by chunk, and become lines set by set, so that rows of earlier reports are recognised."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.crash_points import crash_point
from merchant.core.ids import id_series
from merchant.core.jobs.services import JobRun
from merchant.core.states import move
from payments.settlement import changes, copying, ownership
from payments.settlement.formats.base import ReportRow, ReportSummary
from payments.settlement.formats.sniff import OpenReport
from payments.settlement.formats.tally import Tally
from payments.settlement.live import progress_of
from payments.settlement.models import ReportFile
from payments.settlement.plausible import PlausibleDays
from payments.settlement.states import REPORT

# 50,000 rows are copied in about a second: a killed worker repeats no more than that.
CHUNK_ROWS = 50_000
# Rows become lines in larger steps; PostgreSQL does that alone.
LINES_AT_ONCE = 200_000


def stage(run: JobRun, report: ReportFile, file: OpenReport) -> ReportSummary:
    """
    Copy the rows of `report` to staging, a chunk in each step, and return what they add up to.

    Resumes behind the last chunk that was committed: earlier rows are read and added up again and not copied again.

    :raises NotAReport: if a row is about another account.
    """
    tally, done = file.tally(), 0
    known = run.cursor.get("rows", 0) if run.step == "reading" else 0
    if _staged(report.id) != known:
        clear(report.id)
        known = 0
    rows = _added(file, report, tally)
    for _row in islice(rows, known):
        done += 1
    while True:
        with run.checkpoint("reading") as note:
            copied = db.copy_text_in(copying.STAGING_COPY, copying.staged_text(islice(rows, CHUNK_ROWS), report))
            done += copied
            crash_point("R2")
            note.cursor, note.done, note.message = {"rows": done}, done, f"{done:,} rows read"
        if copied < CHUNK_ROWS:
            ownership.demand_own(report.gateway_account, tally.accounts())
            return tally.summary()


def _added(file: OpenReport, report: ReportFile, tally: Tally) -> Iterator[ReportRow]:
    days, progress = PlausibleDays(received_at=report.received_at), progress_of(report, file)
    for row in map(days.checked, file.rows()):
        tally.add(row)
        progress.tell(tally.rows)
        yield row


def store_lines(run: JobRun, report: ReportFile) -> None:
    """
    Turn staged rows into settlement lines, a step at a time. A row that an earlier report brought already is not added again.

    A row that comes back with other amounts replaces the one that is known; see `changes`.

    :raises EarlierReportNotBooked: if such a row is of a report that is not booked yet.
    """
    if run.step not in ("read", "lines"):
        return
    if _staged(report.id) != report.summary["rows"]:
        _demand_reading(run, report)
    if _has_repeated_keys(report):
        _store_all(run, report)
    else:
        _store_in_steps(run, report)
    with run.checkpoint("stored"):
        _note_what_it_is(report)
        clear(report.id)


_OWN_DAYS = """
SELECT max(coalesce(booked_on, (occurred_at AT TIME ZONE 'UTC')::date)) FROM settlement_staging WHERE report_id = %(report)s
"""
_NEW_LINES = "SELECT count(*) FROM settlement_line WHERE merchant_id = %(merchant)s AND report_id = %(report)s"
_CHANGES = "SELECT count(*) FROM settlement_change WHERE merchant_id = %(merchant)s AND report_id = %(report)s"


def _note_what_it_is(report: ReportFile) -> None:
    """Note how many rows were known, changed or are gone and the last day of all, while the staged rows are there: known rows have no line under this report."""
    values = {"report": report.id, "merchant": report.merchant_id}
    report.covers_until = db.rows(_OWN_DAYS, values)[0][0]
    report.rows_changed = int(db.rows(_CHANGES, values)[0][0])
    # A changed row has two lines here: the opposite of what it was, and what it is.
    report.rows_known = report.summary["rows"] - int(db.rows(_NEW_LINES, values)[0][0]) + report.rows_changed
    if report.rows_known or report.rows_changed:
        report.rows_gone = changes.note_gone(report)
    report.save(update_fields=["covers_until", "rows_known", "rows_changed", "rows_gone"])


_REPEATED = """
SELECT EXISTS (SELECT FROM settlement_staging WHERE report_id = %s GROUP BY row_key HAVING count(*) > 1)
"""


def _has_repeated_keys(report: ReportFile) -> bool:
    return bool(db.rows(_REPEATED, [report.id])[0][0])


# Equal rows of one file are told apart by a counter.
_KEYED = """
WITH keyed AS (
    SELECT s.*, row_key AS base FROM settlement_staging s WHERE report_id = %(report)s
), numbered AS (SELECT k.*, row_number() OVER (PARTITION BY base ORDER BY line) AS copy FROM keyed k)
SELECT n.*, CASE WHEN copy = 1 THEN base ELSE base || '~' || copy END AS line_key FROM numbered n
"""
_PLAIN = """
SELECT s.*, row_key AS line_key FROM settlement_staging s WHERE report_id = %(report)s AND line > %(after)s AND line <= %(until)s
"""
_INSERT = """
INSERT INTO settlement_line (id, merchant_id, report_id, gateway_account_id, line, line_key, kind, type_text, processor_reference, operation_reference,
    merchant_reference, batch, payout_reference, currency, gross_minor, fee_minor, net_minor, original_currency, original_gross_minor,
    occurred_at, booked_on, store, terminal, last4, auth_code)
SELECT (%(series)s::text || lpad(to_hex(row_number() OVER (ORDER BY line)), 8, '0'))::uuid, %(merchant)s, report_id, %(account)s, line, line_key,
    kind, left(type_text, 60), left(processor_reference, 80), left(operation_reference, 80), left(merchant_reference, 80), left(batch, 80), left(payout_reference, 80), currency, gross_minor, fee_minor,
    net_minor, original_currency, original_gross_minor, occurred_at, booked_on, left(store, 60), left(terminal, 60), left(last4, 4),
    left(auth_code, 12)
FROM ({rows}) staged ORDER BY line
ON CONFLICT (gateway_account_id, line_key) DO NOTHING
"""


def _demand_reading(run: JobRun, report: ReportFile) -> None:
    """Staged rows are lost, as after a crash of PostgreSQL: go back to the file."""
    with run.checkpoint("reading", cursor={"rows": 0}, message="reading the file again"):
        move(report, REPORT, "reading")
    raise RuntimeError(f"the staged rows of report {report.id} are gone; the file is read again")


def _store_all(run: JobRun, report: ReportFile) -> None:
    parameters = _parameters(report)
    with run.checkpoint("lines", message="storing lines"):
        stored = db.execute(_INSERT.format(rows=_KEYED), parameters)
        if stored < _staged(report.id):
            changes.replace_changed(rows=_KEYED, insert=_INSERT, parameters=parameters)


def _store_in_steps(run: JobRun, report: ReportFile) -> None:
    after, last = run.cursor.get("line", 0), _last_line(report.id)
    while after < last:
        until = after + LINES_AT_ONCE
        parameters = _parameters(report, after=after, until=until)
        with run.checkpoint(
            "lines", cursor={"line": until}, done=min(until, last), total=last, message="storing lines"
        ):
            stored = db.execute(_INSERT.format(rows=_PLAIN), parameters)
            if stored < _staged(report.id, after=after, until=until):
                changes.replace_changed(rows=_PLAIN, insert=_INSERT, parameters=parameters)
        after = until


def _parameters(report: ReportFile, *, after: int = 0, until: int = 0) -> dict[str, Any]:
    return {
        "report": report.id,
        "merchant": report.merchant_id,
        "account": report.gateway_account_id,
        "after": after,
        "until": until,
        "series": id_series(),
    }


def _staged(report_id: UUID, *, after: int = 0, until: int = 2**31 - 1) -> int:
    sql = "SELECT count(*) FROM settlement_staging WHERE report_id = %s AND line > %s AND line <= %s"
    return int(db.rows(sql, [report_id, after, until])[0][0])


def _last_line(report_id: UUID) -> int:
    return int(db.rows("SELECT coalesce(max(line), 0) FROM settlement_staging WHERE report_id = %s", [report_id])[0][0])


def clear(report_id: UUID) -> None:
    """Forget the staged rows of a report."""
    db.execute("DELETE FROM settlement_staging WHERE report_id = %s", [report_id])
