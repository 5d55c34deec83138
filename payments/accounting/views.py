"""`/accounting/accounts/` and its settings: what the ledger's accounts are called in the accountant's books."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.parts import Link
from merchant.core.staff_pages import StaffPageView
from payments.accounting import forms, plans, queries
from payments.accounting.charts import CHARTS, MAPPED_KINDS, ChartLine
from payments.accounting.models import AccountPlan
from payments.accounting.pages import ACCOUNTING, NumberRow, PlanPage
from payments.accounting.words import account_in_words

NUMBERS = f"{ACCOUNTING}accounts/"
SETTINGS = f"{ACCOUNTING}settings/"
# Three fields a row, and a form may have 1,000: accounts beyond have the number of their kind, or one over REST.
_ROWS_MAX = 300


class PlanView(StaffPageView):
    """The table of accounts and their numbers."""

    right = {"GET": "ledger.read", "POST": "accounting.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show every account there can be, and those of the ledger that have no number."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save a new version, once."""
        try:
            return self.act_once(request, self._save)
        except AppError as error:
            return self._show(error)

    def _save(self) -> str:
        self.require_store(None)
        posted, plan = self.request.POST.dict(), plans.plan_in_force()
        plans.save_plan(
            after=_version(posted.get("version", "")),
            chart=plan.chart,
            settings=plan.settings,
            lines=forms.read_lines(posted),
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("The numbers hold for files made from now on."))
        return NUMBERS

    def _show(self, error: AppError | None = None) -> HttpResponse:
        plan = plans.plan_in_force()
        lines = forms.read_lines(self.request.POST.dict()) if error else plan.lines
        row = AccountPlan.objects.filter(number=plan.number).first()
        page = PlanPage(
            back=Link(_("Accounting"), ACCOUNTING),
            chart=str(CHARTS[plan.chart].title),
            version=plan.number,
            rows=_rows(lines),
            can_change=self.caller.has_right("accounting.manage"),
            idempotency_key=str(uuid4()),
            changed_by=row.actor_name if row else "",
            changed_at=row.created_at if row else None,
            errors=error_lines(error),
        )
        return self.page(
            "payments/accounting/plan.html", page, current="accounting", status=error.status if error else 200
        )


class PlanSettingsView(StaffPageView):
    """What files say of the merchant, and the chart to begin anew with."""

    right = "accounting.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save a new version, once. Another chart takes the place of all numbers."""
        try:
            return self.act_once(request, self._save)
        except AppError as error:
            return self._form(error)

    def _save(self) -> str:
        self.require_store(None)
        posted, plan = self.request.POST.dict(), plans.plan_in_force()
        chart = posted.get("chart", "")
        if chart and chart not in CHARTS:
            raise Invalid(reason=_("choose a chart"))
        plans.save_plan(
            after=_version(posted.get("version", str(plan.number))),
            chart=chart or plan.chart,
            settings=forms.read_settings(posted, plan.settings),
            lines=CHARTS[chart].lines if chart else plan.lines,
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("Saved. Files made from now on say this."))
        return ACCOUNTING

    def _form(self, error: AppError | None = None) -> HttpResponse:
        settings = plans.plan_in_force().settings
        charts = [
            ("", _("Keep the numbers as they are")),
            *((chart.key, str(chart.title)) for chart in CHARTS.values()),
        ]
        columns = _("One column a line, as Heading = field. Used by CSV with the layout “Your own”.")
        fields: tuple[FormField, ...] = (
            FormField("company", _("Company"), text=settings.company, is_required=True),
            FormField("organisation_number", _("Organisation number"), text=settings.organisation_number, length_max=40),
            FormField("fiscal_month", _("First month of the financial year"), "number", str(settings.fiscal_month), is_required=True, length_max=2),
            FormField("chart", _("Begin anew with a chart"), "choice", choices=choices_of(charts), hint=_("Replaces every number.")),
            FormField("voucher_series", _("Voucher series"), text=settings.voucher_series, is_required=True, length_max=4),
            FormField("datev_consultant", _("DATEV consultant number"), "number", str(settings.datev_consultant), is_required=True, length_max=7),
            FormField("datev_client", _("DATEV client number"), "number", str(settings.datev_client), is_required=True, length_max=5),
            FormField("csv_columns", _("Your own CSV columns"), "lines", "\n".join(settings.csv_columns), hint=columns),
        )  # fmt: skip
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("What journal files say"),
            back=Link(_("Accounting"), ACCOUNTING),
            action_url=SETTINGS,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Save"),
            notice=_("Files of closed periods that were made already stay as they were."),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="accounting", status=error.status if error else 200)


def _rows(lines: tuple[ChartLine, ...] | list[ChartLine]) -> tuple[NumberRow, ...]:
    """Return a row for each line, each kind, and each account of the ledger, in the order of kinds."""
    own = {(line.kind, line.subject): line for line in lines}
    finder, names = plans.Finder(lines), queries.names_of_subjects()
    keys = {*own, *((kind, "") for kind in MAPPED_KINDS if kind not in _PER_RATE)}
    missing_first = sorted(plans.list_ledger_accounts(), key=lambda account: finder.find(*account) is not None)
    keys |= set(missing_first[: max(0, _ROWS_MAX - len(keys))])
    rows = []
    for kind, subject in sorted(keys, key=lambda key: (MAPPED_KINDS.index(key[0]), key[1])):
        line, found = own.get((kind, subject)), finder.find(kind, subject)
        rows.append(
            NumberRow(
                field=forms.field_of(kind, subject),
                what=account_in_words(kind, subject, names),
                number=line.number if line else "",
                name=line.name if line else "",
                inherited=found.number if found and not line else "",
                can_be_automatic=forms.can_be_automatic(kind, subject),
                is_automatic=bool(line and line.is_automatic),
            )
        )
    return tuple(rows)


# Their accounts have a number for each rate; one for all rates is the exception.
_PER_RATE = frozenset({"sales", "sales_returns", "vat_payable"})


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid(reason=_("open the page again"))
    return int(text)
