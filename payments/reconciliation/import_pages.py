"""Imported files drawn for staff: settlement reports and bank statements, how far they are, what does not add up and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from merchant.core.jobs.models import Job
from merchant.core.money import CurrencyUnknown, Money
from merchant.core.pages.display import day_text, money_text
from merchant.core.pages.parts import Action, Fact, Notice, Stat
from merchant.core.pages.shell import current_locale
from payments.reconciliation.formats.registry import FORMATS as STATEMENT_FORMATS
from payments.reconciliation.models import StatementFile
from payments.settlement.formats.registry import FORMATS as REPORT_FORMATS
from payments.settlement.models import ReportFile
from payments.settlement.pages import BankLineRow, ImportDetailPage, ImportRow, RefusedLine
from payments.settlement.queries import cells_of

REPORT_LABELS = {report_format.code: report_format.label for report_format in REPORT_FORMATS}
_REFUSED_SHOWN = 50
# A file is read as far as here to show what stands in its cells: a moment. Further down the message has to do.
_LINES_READ_MAX = 20_000
_CELL_CHARS_MAX = 120
File = ReportFile | StatementFile


def import_row(file: File, received_by: str = "") -> ImportRow:
    """Return a file as lists show it. Its account is loaded by the caller."""
    is_report = isinstance(file, ReportFile)
    totals = _totals(file)
    return ImportRow(
        id=str(file.id),
        url=address_of(file),
        file_name=_name_of(file),
        kind=f"{kind_words(file)}, {file.gateway_account.name if is_report else file.bank_account.name}",  # type: ignore[union-attr]
        received_at=file.received_at,
        received_by=received_by,
        status="repeated" if _brings_nothing(file) else file.status,
        rows=_rows(file),
        total=totals[0] if len(totals) == 1 and not _brings_nothing(file) else None,
        refused_rows=len(file.summary.get("row_failures", ())),
    )


def address_of(file: File) -> str:
    """Return the page of a file."""
    return f"/imports/{file.id}/" if isinstance(file, ReportFile) else f"/imports/statements/{file.id}/"


def kind_words(file: File) -> str:
    """Return what kind of file it is, in words."""
    if isinstance(file, ReportFile):
        return REPORT_LABELS.get(file.format, file.format or _("Settlement report"))
    return _("Bank statement {format}").format(format=file.format).strip()


def import_page(
    file: File,
    job: Job | None,
    *,
    locale: str,
    back: str = "/imports/",
    is_repeat: bool = False,
    bank_lines: Sequence[dict[str, Any]] = (),
) -> ImportDetailPage:
    """Return one file with everything that was found in it."""
    failures = file.summary.get("row_failures", [])
    cells = _cells(file, failures[:_REFUSED_SHOWN])
    return ImportDetailPage(
        id=str(file.id),
        file_name=_name_of(file),
        status="repeated" if is_repeat or _brings_nothing(file) else file.status,
        lines=tuple(_bank_line(row) for row in bank_lines),
        facts=_facts(file, locale),
        stats=_stats(file),
        refused=tuple(_refused(failure, cells) for failure in failures[:_REFUSED_SHOWN]),
        refused_more=max(0, len(failures) - _REFUSED_SHOWN),
        done_rows=job.progress_done if job else 0,
        total_rows=(job.progress_total or 0) if job else 0,
        progress_url=f"{address_of(file)}progress/",
        original_url=address_of(file) if is_repeat else "",
        notice=_notice(file, job, locale),
        actions=_actions(file),
        back_url=back,
    )


def _name_of(file: File) -> str:
    """Return the file's name; a statement that was fetched has only its day, which says too little alone."""
    try:
        day = date.fromisoformat(file.name)
    except ValueError:
        return file.name
    shape = "short" if day.year == file.received_at.year else "dated"
    return _("Statement of {day}").format(day=day_text(day, shape=shape, locale=current_locale()))


def _bank_line(row: dict[str, Any]) -> BankLineRow:
    return BankLineRow(
        booked_on=row["booked_on"],
        amount=Money(row["amount_minor"], row["currency"]),
        text=row["text"],
        payout=row["payout_reference"] or "",
        payout_url=f"/payouts/{row['payout_id']}/" if row["payout_id"] else "",
    )


def _totals(file: File) -> list[Money]:
    if isinstance(file, ReportFile):
        return [Money(total["net_minor"], currency) for currency, total in file.summary.get("totals", {}).items()]
    sums: dict[str, int] = {}
    for statement in file.summary.get("statements", []):
        sums[statement["currency"]] = sums.get(statement["currency"], 0) + statement["sum_minor"]
    return [Money(minor, currency) for currency, minor in sums.items() if currency]


def _rows(file: File) -> int:
    if isinstance(file, ReportFile):
        return int(file.summary.get("rows", 0))
    return sum(
        int(statement.get("entries", statement.get("entry_count", 0)))
        for statement in file.summary.get("statements", [])
    )


def _facts(file: File, locale: str) -> tuple[Fact, ...]:
    facts = [Fact(_("Kind"), kind_words(file)), Fact(_("Received"), file.received_at)]
    if isinstance(file, ReportFile):
        facts.append(Fact(_("Gateway account"), file.gateway_account.name))
        if file.posted_at and not file.brings_nothing:
            facts.append(Fact(_("Booked"), file.posted_at))
    else:
        facts.append(Fact(_("Bank account"), file.bank_account.name, note=f"…{file.bank_account.hint}"))
    if file.covers_until:
        facts.append(Fact(_("Covers until"), file.covers_until))
    facts += [
        _part_fact(part, locale, has_failures=bool(file.summary.get("row_failures")))
        for part in (*file.summary.get("batches", ()), *file.summary.get("statements", ()))[:20]
    ]
    return (*facts, Fact(_("Size"), size_text(file.size_bytes)), Fact("SHA-256", file.sha256, is_identifier=True))


def _part_fact(part: dict[str, Any], locale: str, *, has_failures: bool) -> Fact:
    """A batch of a report or one statement of a file: what it comes to, and by how much it does not add up."""
    name = part.get("reference") or part.get("number") or part.get("account") or "1"
    minor = part["net_minor"] if "net_minor" in part else part["sum_minor"]
    difference = part.get("difference_minor")
    words = {"balanced": _("adds up"), "open": _("names no payout"), "unproven": _("has no balances to prove it")}
    note = words.get(part["status"], part["status"].replace("_", " "))
    if has_failures and part["status"] == "balanced":
        # Its sum is that of rows some of which cannot be trusted: that proves nothing.
        note = _("its sum agrees, lines of the file do not")
    if difference:
        note = _("does not add up: {amount}").format(amount=_amount_text(difference, part["currency"], locale))
    label = _("Batch {name}").format(name=name) if "net_minor" in part else _("Statement {name}").format(name=name)
    return Fact(label, _amount(minor, part["currency"]), note=note)


def _amount(minor: int, currency: str) -> Money | str:
    try:
        return Money(minor, currency)
    except CurrencyUnknown:
        return f"{minor} {currency}"


def _amount_text(minor: int, currency: str, locale: str) -> str:
    amount = _amount(minor, currency)
    return money_text(amount, locale=locale, with_plus=True) if isinstance(amount, Money) else amount


def _stats(file: File) -> tuple[Stat, ...]:
    failures = len(file.summary.get("row_failures", ()))
    stats = [Stat(_("Lines"), str(_rows(file))), Stat(_("Refused"), str(failures), tone="bad" if failures else "")]
    if isinstance(file, ReportFile) and file.rows_known:
        stats.append(Stat(_("Known before"), str(file.rows_known)))
    if not _brings_nothing(file):
        stats += [Stat(_("Net"), amount) for amount in _totals(file)]
    if isinstance(file, ReportFile) and file.lines_open is not None:
        stats.append(
            Stat(
                _("Not matched"),
                str(file.lines_open),
                f"/reconciliation/?batch={file.id}",
                "warn" if file.lines_open else "",
            )
        )
    return tuple(stats)


def _cells(file: File, failures: Sequence[dict[str, Any]]) -> dict[tuple[int, str], str]:
    """What stands in the cells that failed; of a bank statement the message says it."""
    if not isinstance(file, ReportFile) or file.status == "refused" or not failures:
        return {}
    places = [(failure.get("line") or 0, failure.get("column") or "") for failure in failures]
    return cells_of(file, places, lines_max=_LINES_READ_MAX)


def _refused(failure: dict[str, Any], cells: dict[tuple[int, str], str]) -> RefusedLine:
    line, column = failure.get("line") or 0, failure.get("column") or ""
    content = cells.get((line, column), "")
    cut = content if len(content) <= _CELL_CHARS_MAX else content[:_CELL_CHARS_MAX] + "…"
    return RefusedLine(line, column, failure.get("message", ""), cut)


def _notice(file: File, job: Job | None, locale: str) -> Notice | None:
    if job is not None and job.status in ("dead", "refused") and file.status in ("received", "reading", "balanced"):
        problem = job.last_error.splitlines()[0] if job.last_error else ""
        return Notice(
            "bad",
            _("Reading this file stopped."),
            _("Nothing of it is booked. Import it again to resume. {problem}").format(problem=problem),
            "triangle-alert",
        )
    if file.status == "refused":
        place = _("Line {line}: ").format(line=file.refusal.get("line"))
        if column := file.refusal.get("column"):
            place = _("Line {line}, column {column}: ").format(line=file.refusal.get("line"), column=column)
        return Notice(
            "bad", _("This file was refused as a whole."), place + str(file.refusal.get("message", "")), "octagon-x"
        )
    if file.status == "out_of_balance":
        parts = [*file.summary.get("batches", ()), *file.summary.get("statements", ())]
        gaps = [
            _amount_text(part["difference_minor"], part["currency"], locale)
            for part in parts
            if part.get("difference_minor")
        ]
        text = _("Nothing of it is booked.")
        if gaps:
            text = _("The difference is {amounts}. Nothing of it is booked.").format(amounts=", ".join(gaps))
        return Notice("bad", _("This file does not add up."), text, "equal-not")
    if isinstance(file, ReportFile) and file.rows_known:
        return _known_notice(file)
    if file.status == "unproven":
        return Notice(
            "warn",
            _("The file states no balances."),
            _("Its lines are taken, but nothing proves that none is missing."),
            "circle-question-mark",
        )
    return None


def _known_notice(report: ReportFile) -> Notice:
    if report.brings_nothing:
        text = _("This file says what was imported before. Nothing was booked and nothing was changed.")
        return Notice("info", _("Every row was known from an earlier report."), text, "copy")
    text = _("{known} of {rows} rows; they were not booked again.").format(
        known=report.rows_known, rows=report.summary["rows"]
    )
    return Notice("info", _("Some rows were known from an earlier report."), text, "copy")


def _brings_nothing(file: File) -> bool:
    return isinstance(file, ReportFile) and file.brings_nothing


def _actions(file: File) -> tuple[Action, ...]:
    if isinstance(file, ReportFile) and file.status == "posted":
        return (Action(_("Reconcile"), f"/reconciliation/?batch={file.id}", "shuffle"),)
    return ()


def size_text(size_bytes: int) -> str:
    """Return a size as people read it."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    return (
        f"{size_bytes / 1024:.{0 if size_bytes > 10_000 else 1}f} kB"
        if size_bytes < 10_000_000
        else f"{size_bytes / 1024**2:.0f} MB"
    )


def formats_text() -> str:
    """Return what may be imported, in words."""
    return ", ".join([*REPORT_LABELS.values(), *(statement_format.label for statement_format in STATEMENT_FORMATS)])
