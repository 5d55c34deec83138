"""`/settings/exchange-rates/`: what foreign currencies are worth in the books, and what was valued by it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now, business_today
from merchant.core.errors import AppError, Invalid
from merchant.core.filters import typed_id
from merchant.core.pages.forms import FormField, FormPage, answered, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.ledger import rates
from merchant.ledger.rate_pages import RateListPage, RatePage, fact_row, rate_row

PATH = "/settings/exchange-rates/"
_FACTS_SHOWN = 100
# A rate for a day further away is a slip of the finger.
_DAYS_AHEAD_MAX = 366
_RATE_LENGTH_MAX = 20


class RateListView(StaffPageView):
    """The rates, the latest entered first."""

    right = "ledger.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of rates."""
        here = Here.of(request)
        found = paged(
            rates.find_rates(currency=here.one("q").strip().upper()),
            after=here.one("after") or None,
            before=here.one("before") or None,
        )
        actions: tuple[Action, ...] = ()
        if self.caller.has_right("rate.manage"):
            actions = (Action(_("New rate"), f"{PATH}new/", "plus", tone="primary"),)
        empty = EmptyState(
            "globe",
            _("No exchange rates yet"),
            _("Whoever takes another currency needs its worth before the first sale."),
        )
        frame = ListFrame(
            title=_("Exchange rates"),
            bar=here.bar(search_hint=_("currency")),
            pager=here.pager(found),
            empty=empty,
            actions=actions,
        )
        page = RateListPage(frame, tuple(rate_row(rate) for rate in found.rows), self.caller.merchant.base_currency)
        return self.page("merchant/ledger/rates.html", page, current="settings")


class RateView(StaffPageView):
    """One rate."""

    right = "ledger.read"

    def get(self, request: HttpRequest, rate_id: UUID) -> HttpResponse:
        """Show the rate and the payments and other facts that were booked on its days, newest first."""
        rate, here, base = rates.get_rate(rate_id), Here.of(request), self.caller.merchant.base_currency
        facts = rates.list_valued(rate, after=typed_id(here.one("after")), most=_FACTS_SHOWN + 1)
        shown = facts[:_FACTS_SHOWN]
        page = RatePage(
            row=rate_row(rate),
            base=base,
            until=rates.next_day_of(rate),
            facts=tuple(fact_row(fact, currency=rate.currency, base=base) for fact in shown),
            older_url=here.url(after=str(shown[-1].journal_id)) if len(facts) > _FACTS_SHOWN else "",
        )
        return self.page("merchant/ledger/rate.html", page, current="settings")


class NewRateView(StaffPageView):
    """The form of a new rate."""

    right = "rate.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add the rate, once."""
        try:
            return self.act_once(request, self._add)
        except AppError as error:
            return self._form(error)

    def _add(self) -> str:
        fields = {name: self.request.POST.get(name, "").strip() for name in ("currency", "rate", "valid_from")}
        rate = rates.add_rate(
            currency=fields["currency"].upper(),
            base_per_unit=_rate(fields["rate"]),
            valid_from=_day(fields["valid_from"], today=business_today(self.caller.merchant)),
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("The rate holds for what is booked from now on."))
        return f"{PATH}{rate.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        base = self.caller.merchant.base_currency
        worth = _("Worth of one unit in {base}").format(base=base)
        fields: tuple[FormField, ...] = (
            FormField("currency", _("Currency"), is_required=True, length_max=3, hint=_("Three letters, such as CHF.")),
            FormField(
                "rate", worth, "decimal", is_required=True, length_max=_RATE_LENGTH_MAX, hint=_("Such as 1.0625.")
            ),
            FormField(
                "valid_from",
                _("From the day"),
                "date",
                text=business_today(self.caller.merchant).isoformat(),
                is_required=True,
            ),
        )
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("New exchange rate"),
            back=Link(_("Exchange rates"), PATH),
            action_url=f"{PATH}new/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Add the rate"),
            notice=_("What is booked already keeps the worth it was booked with. A rate cannot be changed afterwards."),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="settings", status=error.status if error else 200)


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ".")) if len(text) <= _RATE_LENGTH_MAX else Decimal(0)
    except InvalidOperation:
        raise Invalid(reason=_("write the rate like 1.0625"), field="rate") from None


def _day(text: str, *, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(reason=_("write the day like 2026-11-22"), field="valid_from") from None
    if day.year < 2000 or (day - today).days > _DAYS_AHEAD_MAX:
        raise Invalid(reason=_("that day is too far away"), field="valid_from")
    return day
