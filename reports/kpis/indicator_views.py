"""`/reports/kpis/`: the key figures of a period beside an earlier one."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.filters import FilterReader, FilterRefused
from merchant.core.pages.frame import Scope, scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Choice
from merchant.core.staff_pages import StaffPageView
from reports.kpis import comparing, queries
from reports.kpis.comparing import COMPARISONS
from reports.kpis.indicator_building import build_cards
from reports.kpis.pages import IndicatorPage, PeriodForm
from reports.kpis.queries import Wanted
from reports.kpis.reading import today

FILTERS = ("date_from", "date_to", "store", "channel", "gateway")
# Four weeks: each weekday as often as the others. And so many days at most, so that the lines of a chart can still be told apart.
_USUAL_DAYS = 28
_DAYS_MAX = 366


class IndicatorView(StaffPageView):
    """`/reports/kpis/`."""

    right = "report.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show every key figure; each opens the facts it is made of."""
        here, scope = Here.of(request), scope_of(request, self.caller)
        wanted = self._read(here, scope)
        comparison = comparing.read_comparison(here.joined(("compare",)), usual="before")
        before = comparing.earlier(wanted, comparison)
        page = IndicatorPage(
            form=self._form(here, wanted, comparison),
            period=comparing.period_text(wanted.date_from, wanted.date_to),
            compared_with=comparing.period_text(before.date_from, before.date_to) if before else "",
            cards=build_cards(self.caller, wanted, comparison=comparison, currency=self.caller.merchant.base_currency),
        )
        return self.page("reports/kpis/indicators.html", page, current="reports")

    def _read(self, here: Here, scope: Scope) -> Wanted:
        read = FilterReader(here.joined(FILTERS), known=FILTERS)
        last = read.day("date_to") or today()
        first = read.day("date_from") or last - timedelta(days=_USUAL_DAYS - 1)
        if not 0 <= (last - first).days < _DAYS_MAX:
            raise FilterRefused(
                name="date_from",
                reason=_("a period ends after it begins and has at most {number} days").format(number=_DAYS_MAX),
            )
        return Wanted(
            date_from=first,
            date_to=last,
            by="day",
            store_id=scope.store.id if scope.store else None,
            channel_id=scope.channel.id if scope.channel else None,
            gateway_id=read.key("gateway"),
            only_stores=None if self.caller.stores is None else frozenset(self.caller.stores),
        )

    def _form(self, here: Here, wanted: Wanted, comparison: str) -> PeriodForm:
        return PeriodForm(
            action_url=here.path,
            date_from=wanted.date_from,
            date_to=wanted.date_to,
            groupings=(),
            calendars=(),
            zone=self.caller.merchant.zone,
            hidden=tuple((name, here.one(name)) for name in ("store", "channel") if here.one(name)),
            comparisons=comparison_choices(comparison),
            gateways=gateway_choices(wanted),
        )


def comparison_choices(chosen: str) -> tuple[Choice, ...]:
    """Return what a period can be compared with."""
    return tuple(Choice(str(words), name, name == chosen) for name, words in COMPARISONS.items())


def gateway_choices(wanted: Wanted) -> tuple[Choice, ...]:
    """Return the merchant's gateway accounts to narrow by, with one statement."""
    accounts = [Choice(name, str(key), key == wanted.gateway_id) for key, name in queries.list_gateways()]
    return (Choice(_("All gateways"), "", wanted.gateway_id is None), *accounts)
