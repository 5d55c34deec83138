"""Imported files drawn for staff: settlement reports and bank statements, how far they are, what does not add up and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.jobs.models import Job
from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, Stat
from merchant.core.telling import count_words
from payments.reconciliation.imports import imported
from payments.reconciliation.imports import notices as import_notices
from payments.reconciliation.imports.imported import ImportedFile
from payments.reconciliation.statements.problems import problem_words
from payments.settlement import mapping_queries
from payments.settlement.models import ReportFile
from payments.settlement.pages import (
    BankLineRow,
    BookedRow,
    ChangedRow,
    GoneRow,
    ImportDetailPage,
    ImportRow,
    LeftOutRow,
    RefusedLine,
    done_text,
)
from payments.settlement.queries import cells_of

_REFUSED_SHOWN = 50
# A file is read as far as here to show what stands in its cells: a moment. Further down the message has to do.
_LINES_READ_MAX = 20_000
_CELL_CHARS_MAX = 120


def import_row(file: ImportedFile, received_by: str = "", job: Job | None = None) -> ImportRow:
    """Return a file as lists show it. Its account, and the job of one that is being read, are loaded by the caller."""
    is_report = isinstance(file, ReportFile)
    totals = imported.totals_of(file)
    return ImportRow(
        id=str(file.id),
        url=imported.address_of(file),
        file_name=imported.name_of(file),
        kind=f"{imported.kind_words(file)}, {file.gateway_account.name if is_report else file.bank_account.name}",  # type: ignore[union-attr]
        received_at=file.received_at,
        received_by=received_by,
        status=imported.status_of(file),
        rows=imported.rows_of(file),
        total=totals[0] if len(totals) == 1 and not file.brings_nothing else None,
        refused_rows=len(file.summary.get("row_failures", ())),
        difference=imported.difference_of(file),
        family="report" if is_report else "statement",
        waits_text=import_notices.waits_words(file),
        done_text=done_text(job.progress_done, job.progress_total or 0) if job and file.status == "reading" else "",
    )


def import_page(
    file: ImportedFile,
    job: Job | None,
    *,
    locale: str,
    back: str = "/imports/",
    is_repeat: bool = False,
    bank_lines: Sequence[dict[str, Any]] = (),
    history: FileHistory | None = None,
) -> ImportDetailPage:
    """Return one file with everything that was found in it."""
    history = history or FileHistory()
    failures = file.summary.get("row_failures", [])
    cells = _cells(file, failures[:_REFUSED_SHOWN])
    return ImportDetailPage(
        id=str(file.id),
        file_name=imported.name_of(file),
        status="repeated" if is_repeat else imported.status_of(file),
        lines=tuple(_bank_line(row) for row in bank_lines),
        facts=_facts(file, locale),
        stats=_stats(file),
        refused=tuple(_refused(failure, cells) for failure in failures[:_REFUSED_SHOWN]),
        refused_more=max(0, len(failures) - _REFUSED_SHOWN),
        done_rows=job.progress_done if job else 0,
        total_rows=(job.progress_total or 0) if job else 0,
        progress_url=f"{imported.address_of(file)}progress/",
        original_url=imported.address_of(file) if is_repeat else "",
        notice=import_notices.notice_of(file, job, locale),
        actions=_actions(file, job, history),
        back_url=back,
        phase=_phase(job),
        changes=tuple(_changed(row) for row in history.changes),
        changes_more=max(0, imported.rows_changed_of(file) - len(history.changes)),
        gone=tuple(_gone_row(row) for row in imported.gone_of(file).get("rows", ())),
        gone_more=max(0, imported.gone_of(file).get("number", 0) - len(imported.gone_of(file).get("rows", ()))),
        booked=tuple(_booked(row) for row in history.booked),
        notes=(*import_notices.not_taken_notes(file, job), *import_notices.notes_of(file, history.changed_by)),
        left_out=tuple(LeftOutRow(one["name"], problem_words(one["reason"])) for one in imported.left_out_of(file)),
        family="report" if isinstance(file, ReportFile) else "statement",
    )


@dataclass(frozen=True, slots=True)
class FileHistory:
    """What the books and other files know of one: rows it changed, reports that changed its rows, what it booked, who may take and retry it."""

    changes: Sequence[dict[str, Any]] = ()
    changed_by: Sequence[dict[str, Any]] = ()
    booked: Sequence[dict[str, Any]] = ()
    may_import: bool = False
    retry_key: str = ""


_PHASES = {
    "": gettext_lazy("waiting for a worker"),
    "reading": gettext_lazy("reading"),
    "read": gettext_lazy("storing lines"),
    "lines": gettext_lazy("storing lines"),
    "stored": gettext_lazy("booking"),
}


def _phase(job: Job | None) -> str:
    """Return what is being done with a file, "" if nothing any more."""
    if job is None or job.status not in ("queued", "running"):
        return ""
    # A step is noted when it ends: what has a worker and no step yet is in its first.
    step = "reading" if job.status == "running" and not job.step else job.step
    return str(_PHASES.get(step, _("working")))


def _changed(row: dict[str, Any]) -> ChangedRow:
    return ChangedRow(
        line=row["line"],
        kind=row["type_text"],
        reference=row["reference"] or row["line_key"],
        was=Money(row["was_gross_minor"], row["was_currency"]),
        now=Money(row["is_gross_minor"], row["is_currency"]),
        fee_was=Money(row["was_fee_minor"], row["was_currency"]),
        fee_now=Money(row["is_fee_minor"], row["is_currency"]),
        earlier=row["earlier_name"],
        earlier_url=f"/imports/{row['earlier_id']}/",
    )


def _gone_row(row: dict[str, Any]) -> GoneRow:
    return GoneRow(row["line_key"], row["type_text"], row["batch"], Money(row["net_minor"], row["currency"]))


def _booked(row: dict[str, Any]) -> BookedRow:
    return BookedRow(row["kind"].replace("_", " ").capitalize(), Money(row["minor"], row["currency"]))


def _bank_line(row: dict[str, Any]) -> BankLineRow:
    return BankLineRow(
        booked_on=row["booked_on"],
        amount=Money(row["amount_minor"], row["currency"]),
        text=row["text"],
        payout=row["payout_reference"] or "",
        payout_url=f"/payouts/{row['payout_id']}/" if row["payout_id"] else "",
        url=f"/bank-lines/{row['id']}/",
    )


def _facts(file: ImportedFile, locale: str) -> tuple[Fact, ...]:
    facts = [Fact(_("Kind"), imported.kind_words(file)), Fact(_("Received"), file.received_at)]
    if isinstance(file, ReportFile):
        facts.append(Fact(_("Gateway account"), file.gateway_account.name))
        if file.posted_at and not (file.brings_nothing or file.is_empty):
            facts.append(Fact(_("Booked"), file.posted_at))
    else:
        facts.append(Fact(_("Bank account"), file.bank_account.name, note=f"…{file.bank_account.hint}"))
    if (mapping := mapping_queries.find_saved(file.format)) is not None:
        facts.append(Fact(_("Column mapping"), mapping.label))
    if (taken := file.summary.get("taken")) is not None:
        facts.append(Fact(_("Taken as it is"), datetime.fromisoformat(taken["at"]), note=taken["by"]))
    if (refused_at := file.refusal.get("at")) is not None:
        facts.append(Fact(_("Refused"), datetime.fromisoformat(refused_at)))
    if file.covers_until:
        facts.append(Fact(_("Covers until"), file.covers_until))
    facts += [
        _part_fact(file, part, locale)
        for part in (*file.summary.get("batches", ()), *file.summary.get("statements", ()))[:20]
    ]
    facts += [Fact(_("Check"), problem_words(check["text"])) for check in file.summary.get("checks", ())]
    return (
        *facts,
        Fact(_("Size"), imported.size_text(file.size_bytes)),
        Fact("SHA-256", file.sha256, is_identifier=True),
    )


def _pages_words(pages: dict[str, Any]) -> str:
    first, last = pages["first"], pages["last"]
    if first == last:
        return _("page {number}").format(number=first)
    return _("pages {first} to {last}").format(first=first, last=last)


def _part_fact(file: ImportedFile, part: dict[str, Any], locale: str) -> Fact:
    """A batch of a report or one statement of a file: what it comes to, and by how much it does not add up."""
    name = part.get("reference") or part.get("number") or part.get("account") or "1"
    minor = part["net_minor"] if "net_minor" in part else part["sum_minor"]
    difference = part.get("difference_minor")
    pages = file.summary.get("pages")
    if pages and file.status == "waiting":
        return Fact(
            _("Statement {name}").format(name=name),
            imported.amount_of(minor, part["currency"]),
            note=_pages_words(pages),
        )
    words = {
        "balanced": _("adds up"),
        "open": _("names no payout"),
        "unproven": _("has no balances to prove it"),
        "of_another_account": _("is of another account: left out"),
    }
    note = words.get(part["status"], part["status"].replace("_", " "))
    if file.summary.get("row_failures") and part["status"] == "balanced":
        # Its sum is that of rows some of which cannot be trusted: that proves nothing.
        note = _("its sum agrees, lines of the file do not")
    if difference and part["status"] == "balanced":
        note = _("differs by {amount}, as the checks below explain").format(
            amount=imported.amount_text(difference, part["currency"], locale)
        )
    elif difference:
        note = _("does not add up: {amount}").format(amount=imported.amount_text(difference, part["currency"], locale))
    label = _("Batch {name}").format(name=name) if "net_minor" in part else _("Statement {name}").format(name=name)
    return Fact(label, imported.amount_of(minor, part["currency"]), note=note)


def _stats(file: ImportedFile) -> tuple[Stat, ...]:
    failures = len(file.summary.get("row_failures", ()))
    stats = [
        Stat(_("Lines"), count_words(imported.rows_of(file))),
        Stat(_("Refused"), count_words(failures), tone="bad" if failures else ""),
    ]
    if file.rows_known:
        stats.append(Stat(_("Known before"), count_words(file.rows_known)))
    if not file.brings_nothing:
        stats += [Stat(_("Net"), amount) for amount in imported.totals_of(file)]
    if isinstance(file, ReportFile) and file.lines_open is not None:
        stats.append(
            Stat(
                _("Not matched"),
                count_words(file.lines_open),
                f"/reconciliation/?batch={file.id}",
                "warn" if file.lines_open else "",
            )
        )
    return tuple(stats)


def _cells(file: ImportedFile, failures: Sequence[dict[str, Any]]) -> dict[tuple[int, str], str]:
    """What stands in the cells that failed; of a bank statement the message says it."""
    if not isinstance(file, ReportFile) or file.status == "refused" or not failures:
        return {}
    places = [(failure.get("line") or 0, failure.get("column") or "") for failure in failures]
    return cells_of(file, places, lines_max=_LINES_READ_MAX)


def _refused(failure: dict[str, Any], cells: dict[tuple[int, str], str]) -> RefusedLine:
    line, column = failure.get("line") or 0, failure.get("column") or ""
    content = cells.get((line, column), "")
    cut = content if len(content) <= _CELL_CHARS_MAX else content[:_CELL_CHARS_MAX] + "…"
    return RefusedLine(line, column, problem_words(failure.get("message", "")), cut)


def _actions(file: ImportedFile, job: Job | None, history: FileHistory) -> tuple[Action, ...]:
    actions = []
    if history.may_import:
        if job is not None and job.status in ("dead", "refused") and file.status != "waiting":
            url = f"{imported.address_of(file)}retry/"
            actions.append(Action(_("Try again"), url, "refresh-cw", "post", "primary", history.retry_key))
        if file.status == "waiting" and not _phase(job):
            url = f"{imported.address_of(file)}complete/"
            actions.append(Action(_("Take what is there"), url, "layers", "post", "primary", history.retry_key))
        actions.append(Action(_("Download the file"), f"{imported.address_of(file)}file/", "download"))
    if isinstance(file, ReportFile) and file.status == "posted":
        actions.append(Action(_("Reconcile"), f"/reconciliation/?batch={file.id}", "shuffle"))
    return tuple(actions)
