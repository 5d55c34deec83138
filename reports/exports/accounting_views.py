"""`/accounting/`: journals for the accountant's program: which days, which format, what was handed out and what came since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.clock import business_now, business_today
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.pages.forms import error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, FilterBar, Link, ListFrame, Notice
from merchant.core.staff_pages import StaffPageView
from merchant.ledger import periods
from payments.accounting import queries as accounting
from payments.accounting.charts import CHARTS
from payments.accounting.models import JournalExport
from payments.accounting.pages import ACCOUNTING
from payments.accounting.plans import plan_in_force
from payments.accounting.queries import DayChange
from reports.exports import queries, revisions, services
from reports.exports.api import order_of
from reports.exports.formats.registry import BOOK_FORMATS
from reports.exports.models import ExportFile
from reports.exports.pages import AccountingPage, ChangeRow, JournalFilePage
from reports.exports.revisions import Correction
from reports.exports.views import export_row
from reports.exports.words import days_words

_FIELDS = ("date_from", "date_to", "detail", "layout", "plan")


def detail_words() -> list[tuple[str, str]]:
    """Return how much of a day is one voucher, as (value, words)."""
    return [("journals", _("Every fact")), ("days", _("One voucher a day"))]


def layout_words() -> list[tuple[str, str]]:
    """Return the columns a CSV of journals can have, as (value, words)."""
    programs = [("xero", "Xero"), ("quickbooks", "QuickBooks"), ("fortnox", "Fortnox")]
    return [("full", _("All columns")), *programs, ("own", _("Your own"))]


class AccountingView(StaffPageView):
    """The page."""

    right = {"GET": "ledger.read", "POST": "export.create"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is closed, the files that were made, and the form, filled with the last month."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, once. A job makes it; the list shows how far it is."""
        try:
            return self.act_once(request, self._ask)
        except NotFound:
            raise
        except AppError as error:
            return self._show(error)

    def _ask(self) -> str:
        posted = self.request.POST
        filters = {name: posted[name] for name in _FIELDS if posted.get(name)}
        order = order_of(self.caller, posted.get("format", ""), filters)
        services.request_export(order, now=business_now(self.caller.merchant_id))
        return ACCOUNTING

    def _show(self, error: AppError | None = None) -> HttpResponse:
        self.require_store(None)
        here = Here.of(self.request)
        found = queries.list_exports(
            after=here.one("after") or None, before=here.one("before") or None, kinds=tuple(BOOK_FORMATS)
        )
        empty = EmptyState("hand-coins", _("No journals yet"), _("Ask for one above; the account numbers are there."))
        page = AccountingPage(
            list=ListFrame(bar=FilterBar(here.path), pager=here.pager(found), empty=empty, title=_("Accounting")),
            facts=self._facts(),
            actions=self._actions(),
            rows=tuple(export_row(row) for row in found.rows),
            can_export=self.caller.has_right("export.create"),
            idempotency_key=str(uuid4()),
            formats=tuple((format_.kind, str(format_.title)) for format_ in BOOK_FORMATS.values()),
            details=tuple(detail_words()),
            layouts=tuple(layout_words()),
            zone=self.caller.merchant.zone,
            chosen=self.request.POST.dict() if error else self._last_month(),
            errors=error_lines(error),
        )  # fmt: skip
        return self.page(
            "reports/exports/accounting.html", page, current="accounting", status=error.status if error else 200
        )

    def _facts(self) -> tuple[Fact, ...]:
        lock, plan = periods.lock_in_force(), plan_in_force()
        last = accounting.find_exports().order_by("-id").first()
        version = _("version {number}").format(number=plan.number) if plan.number else _("as it comes with the country")
        return (
            Fact(_("Closed up to"), lock.locked_until if lock else _("nothing yet"), f"{ACCOUNTING}periods/"),
            Fact(_("Account numbers"), str(CHARTS[plan.chart].title), f"{ACCOUNTING}accounts/", note=version),
            Fact(
                _("Last file"),
                f"{BOOK_FORMATS[last.format].title}, {days_words(str(last.date_from), str(last.date_to))}"
                if last
                else _("none yet"),
                f"{ACCOUNTING}files/{last.id}/" if last else "",
                note=last.actor_name if last else "",
            ),
        )

    def _actions(self) -> tuple[Action, ...]:
        actions = [
            Action(_("Schedules"), "/exports/schedules/", "repeat"),
            Action(_("Account numbers"), f"{ACCOUNTING}accounts/"),
            Action(_("Periods"), f"{ACCOUNTING}periods/", "lock"),
        ]
        if self.caller.has_right("accounting.manage"):
            actions.append(Action(_("What files say"), f"{ACCOUNTING}settings/", "settings"))
        return tuple(actions)

    def _last_month(self) -> dict[str, str]:
        today = business_today(self.caller.merchant)
        last = date.fromordinal(today.replace(day=1).toordinal() - 1)
        suggested = {"bas": "sie_4i", "skr03": "datev", "skr04": "datev"}.get(plan_in_force().chart, "journal_csv")
        return {"date_from": last.replace(day=1).isoformat(), "date_to": last.isoformat(), "format": suggested}


class JournalFileView(StaffPageView):
    """`/accounting/files/<id>/`: one file, and what was booked on its days since."""

    right = "ledger.read"

    def get(self, request: HttpRequest, journal_file_id: UUID) -> HttpResponse:
        """Show it."""
        self.require_store(None)
        row = accounting.get_journal_export(journal_file_id)
        changes = _change_rows(accounting.changes_since(row), row.currency)
        export = queries.get_export(row.id)
        correction = revisions.find_correction(export)
        title = f"{BOOK_FORMATS[row.format].title}, {days_words(str(row.date_from), str(row.date_to))}"
        page = JournalFilePage(
            title=title,
            back=Link(_("Accounting"), ACCOUNTING),
            facts=(*_facts_of(row), _revision_fact(export, correction)),
            changes=changes,
            notice=_notice(row, changes),
            corrected=_change_rows(correction.days, row.currency) if correction else (),
        )
        return self.page("reports/exports/journal_file.html", page, current="accounting")


def _change_rows(days: Sequence[DayChange], currency: str) -> tuple[ChangeRow, ...]:
    return tuple(ChangeRow(date.fromisoformat(one.day), one.journals, Money(one.debit_minor, currency)) for one in days)


def _revision_fact(export: ExportFile, correction: Correction | None) -> Fact:
    if correction is None:
        return Fact(_("Revision"), str(export.revision))
    words = _("{number}, corrects revision {earlier}").format(
        number=export.revision, earlier=correction.corrected.revision
    )
    note = (
        _("which has account plan {number}").format(number=correction.plan_before)
        if correction.plan_before is not None
        else ""
    )
    return Fact(_("Revision"), words, f"{ACCOUNTING}files/{correction.corrected.id}/", note=note)


def _facts_of(row: JournalExport) -> tuple[Fact, ...]:
    state = _("closed, closing {number}").format(number=row.closing) if row.closing else _("open when it was made")
    return (
        Fact(_("Made by"), row.actor_name),
        Fact(_("Made at"), row.made_at),
        Fact(_("Days"), days_words(str(row.date_from), str(row.date_to)), note=state),
        Fact(
            _("Journals"),
            str(row.journal_count),
            note=ngettext("{count} posting", "{count} postings", row.posting_count).format(count=row.posting_count),
        ),
        Fact(_("Debits and credits"), Money(row.debit_minor, row.currency), note=_("each")),
        Fact(_("Account plan"), _("version {number}").format(number=row.plan_number)),
        Fact(_("SHA-256"), row.sha256, is_identifier=True),
    )


def _notice(row: JournalExport, changes: tuple[ChangeRow, ...]) -> Notice:
    if changes:
        return Notice("warn", _("Facts were booked on these days since."), _("Make the file again to have them."))
    if row.closing:
        return Notice(
            "good", _("Nothing can be booked on these days."), _("Made again it is the same file, byte for byte.")
        )
    return Notice("info", _("Nothing was booked on these days since."), _("They are open or were when it was made."))
