"""What is said of one imported file, be it a settlement report or a bank statement: name, kind, address, sums."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from merchant.core.money import CurrencyUnknown, Money
from merchant.core.pages.display import day_text, money_text
from merchant.core.pages.shell import current_locale
from payments.reconciliation.models import StatementFile
from payments.settlement.formats.mapping import CODE_PREFIX
from payments.settlement.formats.registry import FORMATS as REPORT_FORMATS
from payments.settlement.models import ReportFile

REPORT_LABELS = {report_format.code: report_format.label for report_format in REPORT_FORMATS}
ImportedFile = ReportFile | StatementFile


def address_of(file: ImportedFile) -> str:
    """Return the page of a file."""
    return f"/imports/{file.id}/" if isinstance(file, ReportFile) else f"/imports/statements/{file.id}/"


def kind_words(file: ImportedFile) -> str:
    """Return what kind of file it is, in words."""
    if file.format.startswith(CODE_PREFIX):
        return _("Settlement report by columns") if isinstance(file, ReportFile) else _("Bank statement by columns")
    if isinstance(file, ReportFile):
        return REPORT_LABELS.get(file.format, file.format or _("Settlement report"))
    return _("Bank statement {format}").format(format=file.format).strip()


def name_of(file: ImportedFile) -> str:
    """Return the file's name as people read it."""
    return name_words(file.name, received_at=file.received_at)


def name_words(name: str, *, received_at: datetime) -> str:
    """Return a file's name; a statement that was fetched has only its day, which says too little alone."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return name
    shape = "short" if day.year == received_at.year else "dated"
    return _("Statement of {day}").format(day=day_text(day, shape=shape, locale=current_locale()))


def totals_of(file: ImportedFile) -> list[Money]:
    """Return what the rows of a file come to, one amount a currency."""
    if isinstance(file, ReportFile):
        return [Money(total["net_minor"], currency) for currency, total in file.summary.get("totals", {}).items()]
    sums: dict[str, int] = {}
    for statement in file.summary.get("statements", []):
        sums[statement["currency"]] = sums.get(statement["currency"], 0) + statement["sum_minor"]
    return [Money(minor, currency) for currency, minor in sums.items() if currency]


def rows_of(file: ImportedFile) -> int:
    """Return how many rows were read."""
    if isinstance(file, ReportFile):
        return int(file.summary.get("rows", 0))
    return sum(
        int(statement.get("entries", statement.get("entry_count", 0)))
        for statement in file.summary.get("statements", [])
    )


def difference_of(file: ImportedFile) -> Money | None:
    """Return by how much a file does not tie, if that is in one currency. Of a page that waits for others nothing has to tie yet."""
    if file.status == "waiting":
        return None
    sums: dict[str, int] = {}
    for part in (*file.summary.get("batches", ()), *file.summary.get("statements", ())):
        sums[part["currency"]] = sums.get(part["currency"], 0) + (part.get("difference_minor") or 0)
    found = [amount_of(minor, currency) for currency, minor in sums.items() if minor]
    return found[0] if len(found) == 1 and isinstance(found[0], Money) else None


def status_of(file: ImportedFile) -> str:
    """Return how a file stands for people: what brought nothing new, or has no row, was not booked."""
    if file.brings_nothing:
        return "repeated"
    return "empty" if isinstance(file, ReportFile) and file.is_empty else file.status


def gone_of(file: ImportedFile) -> dict[str, Any]:
    """Return what earlier reports had of the same batches and this one has not: `number` and the first `rows`."""
    return file.rows_gone if isinstance(file, ReportFile) else {}


def left_out_of(file: ImportedFile) -> list[dict[str, str]]:
    """Return what of the zip a statement came in was not taken: each file's `name` and the stored `reason`."""
    return [] if isinstance(file, ReportFile) else list(file.left_out)


def rows_changed_of(file: ImportedFile) -> int:
    """Return how many rows say something else than an earlier report."""
    return file.rows_changed if isinstance(file, ReportFile) else 0


def amount_of(minor: int, currency: str) -> Money | str:
    """Return an amount, or its words where the file names no currency we know."""
    try:
        return Money(minor, currency)
    except CurrencyUnknown:
        return f"{minor} {currency}"


def amount_text(minor: int, currency: str, locale: str) -> str:
    """Return an amount in words, its sign shown."""
    amount = amount_of(minor, currency)
    return money_text(amount, locale=locale, with_plus=True) if isinstance(amount, Money) else amount


def size_text(size_bytes: int) -> str:
    """Return a size as people read it."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    return (
        f"{size_bytes / 1024:.{0 if size_bytes > 10_000 else 1}f} kB"
        if size_bytes < 10_000_000
        else f"{size_bytes / 1024**2:.0f} MB"
    )
