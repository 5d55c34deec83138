"""Which files correct an earlier one: a period that is opened, changed and closed again is handed out anew, and says what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.models import QuerySet

from payments.accounting.models import JournalExport
from payments.accounting.queries import DayChange, DayTotals, changes_between, last_like
from reports.exports.book_stream import BookStream
from reports.exports.formats.books import Head
from reports.exports.models import ExportFile, ExportSchedule


@dataclass(frozen=True, slots=True)
class Standing:
    """Which revision a file is, and the file it corrects (None: none). The same content has the same number."""

    revision: int
    corrects: ExportFile | None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a journal file holds that the one it corrects did not. `plan_before` is the version of account numbers of that one, None if it is the same."""

    corrected: ExportFile
    days: Sequence[DayChange]
    plan_before: int | None


def standing_of_books(export: ExportFile, stream: BookStream) -> Standing:
    """
    Return which revision a journal file is that was just written: one more than the newest of the same days and format, if its content differs.

    It corrects that one; what a schedule sends corrects what the same schedule sent before.
    """
    earlier = _last_like(stream.head, stream.format.kind)
    if earlier is None:
        return Standing(1, None)
    file = ExportFile.objects.select_related("corrects").get(id=earlier.id)
    is_same = _is_same(earlier, days=stream.days, plan_number=stream.head.plan_number)
    revision, corrects = (file.revision, file.corrects) if is_same else (file.revision + 1, file)
    sent = _files_of_period(export).exclude(revision=revision).first()
    return Standing(revision, sent or corrects)


def standing_of_rows(export: ExportFile, sha256: str) -> Standing:
    """Return which revision the rows of a list are that a schedule asks for again, once the days are closed again. Files asked for by hand are no revisions."""
    earlier = _files_of_period(export).first()
    if earlier is None:
        return Standing(1, None)
    return (
        Standing(earlier.revision, earlier.corrects)
        if earlier.sha256 == sha256
        else Standing(earlier.revision + 1, earlier)
    )


def is_news(export: ExportFile) -> bool:
    """Say whether a schedule brings this file: not if the same content went out for the same period before."""
    same = _files_of_period(export).filter(revision=export.revision, delivered_at__isnull=False)
    return export.schedule_id is not None and not same.exists()


def find_correction(export: ExportFile) -> Correction | None:
    """Return what a journal file corrects, None if it corrects nothing or is no journal file."""
    before = export.corrects
    rows = {row.id: row for row in JournalExport.objects.filter(id__in=[export.id, export.corrects_id])}
    was, made = rows.get(export.corrects_id), rows.get(export.id)
    if before is None or was is None or made is None:
        return None
    plan_before = was.plan_number if was.plan_number != made.plan_number else None
    return Correction(before, changes_between(was.days, made.days), plan_before)


def closed_again(schedule: ExportSchedule, locks: Sequence[tuple[int, date]], *, at_most: int) -> list[date]:
    """Return the ends of periods whose newest file is of an earlier closing, the first `at_most` of them. `locks` are every (number, closed up to), in their order."""
    # Without a reopening there is nothing to look for, which is nearly always.
    opened_to = [later for (_n, earlier), (_m, later) in pairwise(locks) if later < earlier]
    if not opened_to:
        return []
    files = schedule.files.filter(closing__isnull=False, period_end__gt=min(opened_to))
    newest = files.order_by("period_end", "-closing").distinct("period_end").values_list("period_end", "closing")
    made = [(end, closing) for end, closing in newest if end is not None and closing is not None]
    return reopened_ends(made, locks)[:at_most]


def reopened_ends(files: Sequence[tuple[date, int]], closings: Sequence[tuple[int, date]]) -> list[date]:
    """
    Return the ends of periods that are closed again after they were opened: what was handed out of them may not hold any more.

    `files` are the (end, closing) of a schedule's newest files, `closings` every (number, closed up to), in the order of their numbers.
    """
    in_force = closings[-1][1] if closings else None
    return [
        end
        for end, closing in files
        if in_force is not None
        and end <= in_force
        and any(number > closing and locked_until < end for number, locked_until in closings)
    ]


def _files_of_period(export: ExportFile) -> QuerySet[ExportFile]:
    """Return the finished files that were asked for earlier by the same schedule for the same period, the newest first."""
    files: QuerySet[ExportFile] = ExportFile.objects.filter(
        schedule_id=export.schedule_id, schedule__isnull=False, period_end=export.period_end, finished_at__isnull=False
    )
    return files.filter(id__lt=export.id).select_related("corrects").order_by("-id")


def _last_like(head: Head, format_: str) -> JournalExport | None:
    return last_like(
        format_=format_, date_from=head.date_from, date_to=head.date_to, detail=head.detail, head__layout=head.layout
    )


def _is_same(row: JournalExport, *, days: DayTotals, plan_number: int) -> bool:
    return row.plan_number == plan_number and not changes_between(row.days, days)
