"""What a person is told about an imported file: why it is blocked, and what a report that was issued again changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.jobs.models import Job
from merchant.core.pages.parts import Action, Notice
from merchant.core.telling import count_words
from payments.reconciliation.imports import imported
from payments.reconciliation.imports.imported import ImportedFile
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import completing
from payments.reconciliation.statements.problems import problem_words
from payments.settlement.models import ReportFile
from payments.settlement.refusing import next_step_words, place_words


def notes_of(file: ImportedFile, changed_by: Sequence[dict[str, Any]]) -> tuple[Notice, ...]:
    """Return what a report that was issued again changed, and what later ones (`changed_by`: report and number of rows) changed in this one."""
    notes = []
    if changed := imported.rows_changed_of(file):
        title = ngettext(
            "{number} row changed since an earlier report.", "{number} rows changed since an earlier report.", changed
        )
        text = _("What was booked is reversed and booked anew; matches are made again.")
        notes.append(Notice("info", title.format(number=count_words(changed)), text, "refresh-cw"))
    if gone := imported.gone_of(file).get("number", 0):
        title = ngettext(
            "{number} row of its batches is not in this file any more.",
            "{number} rows of its batches are not in this file any more.",
            gone,
        )
        notes.append(
            Notice(
                "warn",
                title.format(number=count_words(gone)),
                _("They stay in the books until you decide."),
                "triangle-alert",
            )
        )
    for later in changed_by:
        title = ngettext(
            "{number} row was changed by a later report.",
            "{number} rows were changed by a later report.",
            later["number"],
        )
        action = Action(later["report__name"], f"/imports/{later['report_id']}/", "refresh-cw")
        notes.append(Notice("info", title.format(number=count_words(later["number"])), "", "refresh-cw", action))
    if (taken := file.summary.get("taken")) is not None:
        notes.append(_taken_note(taken))
    if (late_to := file.summary.get("late_to")) is not None:
        notes.append(_late_note(file, late_to))
    if (holder := file.summary.get("page_of")) is not None:
        text = _("All pages were read as one statement; its lines stand there.")
        action = Action(_("Show the statement"), f"/imports/statements/{holder}/", "layers")
        notes.append(Notice("info", _("This file is a page of a statement."), text, "layers", action))
    return tuple(notes)


def notice_of(file: ImportedFile, job: Job | None, locale: str) -> Notice | None:
    """Return the one thing a person has to know first of a file: why nothing of it is booked, or that it brought nothing new."""
    if job is not None and job.status in ("dead", "refused") and file.status in ("received", "reading", "balanced"):
        problem = job.last_error.splitlines()[0] if job.last_error else ""
        return Notice(
            "bad",
            _("Reading this file stopped."),
            _("Nothing of it is booked. Import it again to resume. {problem}").format(problem=problem),
            "triangle-alert",
        )
    if file.status == "refused":
        return _refusal_notice(file, locale)
    if file.status == "out_of_balance":
        return _gap_notice(file, locale)
    if isinstance(file, ReportFile) and file.is_empty:
        text = _(
            "Nothing was booked. Processors send such reports of days without payments; if there were some, fetch the report again."
        )
        return Notice("info", _("This report has no rows."), text, "file-text")
    if file.rows_known and (isinstance(file, ReportFile) or file.brings_nothing):
        return _known_notice(file)
    if file.status == "waiting":
        return _waiting_notice(file)
    if file.status == "unproven":
        return Notice(
            "warn",
            _("The file states no balances."),
            _("Its lines are taken, but nothing proves that none is missing."),
            "circle-question-mark",
        )
    if file.rows_known:
        return _known_notice(file)
    return None


def not_taken_notes(file: ImportedFile, job: Job | None) -> tuple[Notice, ...]:
    """Return that the pages of a waiting statement were asked to be taken as they are and were not, and why."""
    if file.status != "waiting" or job is None or job.status not in ("dead", "refused"):
        return ()
    problem = completing.refusal_words(job)
    return (Notice("bad", _("The pages were not taken as the whole statement."), problem, "triangle-alert"),)


def waits_words(file: ImportedFile) -> str:
    """Return what a page waits for, "" if it does not."""
    if file.status != "waiting":
        return ""
    if (number := file.summary.get("disputed")) is not None:
        return _("page {number} came twice").format(number=number)
    if (number := file.summary.get("waits_for")) is not None:
        return _("for page {number}").format(number=number)
    return _("for a decision")


def _waiting_notice(file: ImportedFile) -> Notice:
    way_out = _(
        "If it does not come: ask the bank for it, or press Take what is there, which books only what the balances prove."
    )
    if (number := file.summary.get("disputed")) is not None:
        title = _("Page {number} of this statement came twice with different content.").format(number=number)
        text = _(
            "Nothing of it is used. Open the file that is right and press Take what is there; if it adds up, the other one is refused."
        )
    elif (number := file.summary.get("waits_for")) is not None:
        title = _("Waiting for page {number} of this statement.").format(number=number)
        text = _(
            "The bank sent its pages as files of their own. Nothing of this one is used until all of them are there."
        )
        text = f"{text} {way_out}"
    else:
        title = _("All pages are there, but they do not prove that they are of one statement.")
        text = _("Take what is there reads them as one all the same.")
    return Notice("warn", title, text, "clock-fading")


def _pages_text(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _taken_note(taken: dict[str, Any]) -> Notice:
    title = _("{who} took the pages that were there as the whole statement.").format(who=taken["by"])
    text = _("Pages {pages}.").format(pages=_pages_text(taken["pages"]))
    if taken["missing"]:
        text = _("Pages {pages}; without {missing}.").format(
            pages=_pages_text(taken["pages"]), missing=_pages_text(taken["missing"])
        )
    return Notice("info", title, text, "layers")


def _late_note(file: ImportedFile, late_to: dict[str, Any]) -> Notice:
    if file.status == "out_of_balance":
        text = _("With it the statement does not add up, so nothing of it is booked; ask the bank which is right.")
    else:
        text = _("With it the statement adds up; only what was not booked before was added.")
    action = Action(_("Show the statement"), f"/imports/statements/{late_to['statement']}/", "layers")
    title = _("This page came after {who} had taken the statement without it.").format(who=late_to["by"])
    return Notice("info", title, text, "clock-fading", action)


def _known_notice(file: ImportedFile) -> Notice:
    if not isinstance(file, ReportFile):
        return _known_lines_notice(file)
    if file.brings_nothing:
        text = _("This file says what was imported before. Nothing was booked and nothing was changed.")
        return Notice("info", _("Every row was known from an earlier report."), text, "copy")
    text = _("{known} of {rows} rows; they were not booked again.").format(
        known=count_words(file.rows_known), rows=count_words(file.summary["rows"])
    )
    return Notice("info", _("Some rows were known from an earlier report."), text, "copy")


def _known_lines_notice(file: StatementFile) -> Notice:
    """What is known of a bank statement: an overlapping one says again what another brought."""
    if file.brings_nothing:
        text = _("This file says what was imported before. No line was taken and nothing was changed.")
        return Notice("info", _("Every line was known from an earlier file."), text, "copy")
    text = _("{known} of {rows} lines; they were not taken again.").format(
        known=count_words(file.rows_known), rows=count_words(file.summary["lines"]["read"])
    )
    return Notice("info", _("Some lines were known from an earlier file."), text, "copy")


def _refusal_notice(file: ImportedFile, locale: str) -> Notice:
    problem = problem_words(str(file.refusal.get("message", ""))).removesuffix(".")
    place = place_words(file.refusal.get("line"), file.refusal.get("column"))
    # Some reasons say where they are themselves.
    said = f"{problem} ({place})." if place and place not in problem else f"{problem}."
    said = f"{said[:1].upper()}{said[1:]}"
    title = _("This file was refused as a whole.")
    if (taken_from := file.refusal.get("taken_from")) is None:
        return Notice("bad", title, f"{said} {next_step_words(str(file.refusal.get('code', '')))}", "octagon-x")
    action = Action(_("Show the file it was taken from"), f"/imports/statements/{taken_from}/", "layers")
    text = f"{said} {_corrected_words(file.refusal.get('not_booked'), locale)}"
    return Notice("bad", title, text, "octagon-x", action)


def _corrected_words(not_booked: dict[str, Any] | None, locale: str) -> str:
    """Return how a page that the bank corrected after it was booked gets into the books."""
    way = _(
        "What is booked stays. If the bank has corrected the page, ask it for the whole statement in one file: what is new in it is booked beside the rest, and an entry that is gone from it is decided among the exceptions."
    )
    if not not_booked or not not_booked["entries"]:
        return way
    words = ngettext(
        "{number} entry of this file is not booked: {amount}.",
        "{number} entries of this file are not booked, together {amount}.",
        not_booked["entries"],
    )
    amount = imported.amount_text(not_booked["amount_minor"], not_booked["currency"], locale)
    return f"{words.format(number=count_words(not_booked['entries']), amount=amount)} {way}"


def _gap_notice(file: ImportedFile, locale: str) -> Notice:
    parts = [*file.summary.get("batches", ()), *file.summary.get("statements", ())]
    gaps = [
        imported.amount_text(part["difference_minor"], part["currency"], locale)
        for part in parts
        if part.get("difference_minor")
    ]
    text = _("Nothing of it is booked.")
    if gaps:
        text = _("The difference is {amounts}. Nothing of it is booked.").format(amounts=", ".join(gaps))
    return Notice("bad", _("This file does not add up."), f"{text} {_way_on(file)}", "equal-not")


def _way_on(file: ImportedFile) -> str:
    missing = (file.summary.get("taken") or {}).get("missing")
    if missing:
        return _("Import page {pages} when it comes: the statement is booked once it adds up.").format(
            pages=_pages_text(missing)
        )
    return _("Fetch it again where it comes from; if it is the same, ask there for a corrected file and import that.")
