"""Sample pages of accounting."""

from __future__ import annotations

from datetime import UTC, date, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, EmptyState, Fact, FilterBar, Link, ListFrame, Notice, Pager
from payments.accounting.charts import CHARTS
from payments.accounting.pages import NumberRow, PeriodListPage, PeriodRow, PlanPage
from payments.accounting.words import account_in_words
from reports.exports.formats.registry import BOOK_FORMATS
from reports.exports.pages import AccountingPage, ChangeRow, ExportRow, JournalFilePage

MADE = datetime(2026, 12, 2, 9, 30, tzinfo=UTC)
BACK = Link("Accounting", "/accounting/")


def accounting(*, is_refused: bool = False) -> AccountingPage:
    rows = tuple(
        ExportRow(
            id=str(number), what="Journal", period="2026-11-01 – 2026-11-30", format=title, asked_at=MADE, asked_by="Mara Keller",
            status=status, size_text=size, rows_text="48,210 rows" if size else "", download_url="#" if size else "",
            detail_url="/accounting/files/1/" if size else "", problem=problem,
        )
        for number, (title, status, size, problem) in enumerate(
            [
                ("DATEV Buchungsstapel", "running", "", ""),
                ("DATEV Buchungsstapel", "done", "4,310 kB", ""),
                ("SIE 4I, vouchers", "refused", "", "The period was opened again while the file waited to be made."),
            ]
        )
    )  # fmt: skip
    return AccountingPage(
        list=ListFrame(
            bar=FilterBar("/accounting/"), pager=Pager(shown=3), empty=EmptyState("hand-coins", "No journals yet"), title="Accounting"
        ),
        facts=(
            Fact("Closed up to", date(2026, 10, 31), "/accounting/periods/"),
            Fact("Account numbers", "SKR03 (Germany)", "/accounting/accounts/", note="version 3"),
            Fact("Last file", "DATEV Buchungsstapel, 2026-11-01 – 2026-11-30", "/accounting/files/1/", note="Mara Keller"),
        ),
        actions=(Action("Account numbers", "/accounting/accounts/"), Action("Periods", "/accounting/periods/", "lock")),
        rows=rows,
        can_export=True,
        idempotency_key="sample",
        formats=tuple((format_.kind, format_.title) for format_ in BOOK_FORMATS.values()),
        details=(("journals", "Every fact"), ("days", "One voucher a day")),
        layouts=(("full", "All columns"), ("xero", "Xero")),
        zone="Europe/Berlin",
        chosen={"date_from": "2026-11-01", "date_to": "2026-11-30", "format": "datev"},
        errors=("These accounts have no number yet: Sales at 5.5 %. Give them a number under Accounting, Account numbers, then ask again.",)
        if is_refused
        else (),
    )  # fmt: skip


def journal_file() -> JournalFilePage:
    return JournalFilePage(
        "DATEV Buchungsstapel, 2026-11-01 – 2026-11-30",
        BACK,
        (
            Fact("Made by", "Mara Keller"),
            Fact("Made at", MADE),
            Fact("Journals", "18,204", note="48,210 postings"),
            Fact("Debits and credits", Money(184_220_50, "EUR"), note="each"),
            Fact("Revision", "2, corrects revision 1", "#"),
            Fact("SHA-256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", is_identifier=True),
        ),
        (ChangeRow(date(2026, 11, 28), 2, Money(12_50, "EUR")), ChangeRow(date(2026, 11, 29), 1, Money(4_90, "EUR"))),
        Notice("warn", "Facts were booked on these days since.", "Make the file again to have them."),
        (ChangeRow(date(2026, 11, 27), 1, Money(33_80, "EUR")),),
    )


def plan() -> PlanPage:
    rows = [
        NumberRow(
            f"{line.kind}|{line.subject}", account_in_words(line.kind, line.subject), line.number, line.name, "",
            line.kind.startswith("sales"), line.is_automatic,
        )
        for line in CHARTS["skr03"].lines
    ]  # fmt: skip
    rows.insert(2, NumberRow("cash_register|1", "Cash in the register: T1", "", "", "1000", False, False))
    rows.insert(3, NumberRow("sales|550", "Sales at 5.5 %", "", "", "", True, False))
    return PlanPage(BACK, "SKR03 (Germany)", 3, tuple(rows), True, "sample", "Mara Keller", MADE)


def period_list() -> PeriodListPage:
    actions = (Action("Reopen", "#", "undo-2"), Action("Close a period", "#", "lock", tone="primary"))
    frame = ListFrame(
        title="Periods", bar=FilterBar("/accounting/periods/"), pager=Pager(shown=2), empty=EmptyState("lock", "Nothing"), actions=actions
    )  # fmt: skip
    rows = (
        PeriodRow(2, "Reopened", date(2026, 9, 30), MADE, "Mara Keller, Jonas Lind", "a fee of October was missing"),
        PeriodRow(1, "Closed", date(2026, 10, 31), MADE, "Mara Keller", ""),
    )
    return PeriodListPage(frame, rows, date(2026, 9, 30), BACK, actions)


PAGES = {
    "accounting": ("reports/exports/accounting.html", "accounting", accounting),
    "accounting-refused": ("reports/exports/accounting.html", "accounting", lambda: accounting(is_refused=True)),
    "accounting-file": ("reports/exports/journal_file.html", "accounting", journal_file),
    "accounting-plan": ("payments/accounting/plan.html", "accounting", plan),
    "accounting-periods": ("payments/accounting/periods.html", "accounting", period_list),
}
