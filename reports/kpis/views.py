"""`/reports/`: the figures of a period, each of which opens the facts behind it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.filters import FilterReader
from merchant.core.money import Money
from merchant.core.pages.display import day_text
from merchant.core.pages.frame import scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Choice, EmptyState, Stat, TotalLine
from merchant.core.pages.shell import current_locale
from merchant.core.rest import require_store
from merchant.core.staff_pages import StaffPageView
from reports.kpis import bridge, comparing, drawing, queries
from reports.kpis.bridge import Bridge
from reports.kpis.definitions import CALENDARS, REPORTS, report_of
from reports.kpis.indicator_views import comparison_choices, gateway_choices
from reports.kpis.pages import (
    BridgeCard,
    BridgePage,
    BridgeStep,
    FactRow,
    FigureRow,
    PeriodForm,
    ReportLink,
    ReportPage,
)
from reports.kpis.queries import REPORT_FILTERS, Fact, Figure, Wanted
from reports.kpis.reading import require_report, today
from reports.kpis.report import Report
from reports.kpis.values import list_columns, shown, stats_of


class ReportListView(StaffPageView):
    """`/reports/`: all reports the caller may read."""

    right = "report.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them with a line on each."""
        readable = [
            report
            for report in REPORTS.values()
            if self.caller.has_right(report.right) and not (report.needs_all_stores and self.caller.stores is not None)
        ]
        note = _(
            "Volume, returning customers, approval, waiting, downtime, refunds and fees, beside an earlier period."
        )
        links = [ReportLink(_("Key figures"), note, "/reports/kpis/")]
        links += [ReportLink(str(report.title), str(report.note), f"/reports/{report.name}/") for report in readable]
        if self.caller.stores is None and self.caller.has_right("settlement.read"):
            note = _("Why the stores' days, the processors' and UTC's hold different sums, to the cent.")
            links.append(ReportLink(_("Bridge between calendars"), note, "/reports/bridge/"))
        return self.page("reports/kpis/list.html", links, current="reports")


class ReportView(StaffPageView):
    """`/reports/<kind>/`."""

    right = "report.read"

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Show the figures of the period, or with `by=fact` what is behind them."""
        report = report_of(kind)
        require_report(self.caller, report)
        here, scope = Here.of(request), scope_of(request, self.caller)
        params = here.joined(REPORT_FILTERS) | ({"store": str(scope.store.id)} if scope.store else {})
        wanted = queries.read_filters(report, params, today=today(), only_stores=self.caller.stores)
        is_facts = wanted.by == "fact"
        grouped = queries.totalled(wanted) if is_facts else wanted
        comparison = comparing.read_comparison(here.joined(("compare",)), usual="none")
        before = comparing.earlier(grouped, comparison)
        figures = queries.list_figures(report, grouped)
        past = queries.list_figures(report, before) if before else []
        facts, after = queries.list_facts(report, wanted, after=here.one("after")) if is_facts else ([], "")
        label = _group_labels(report)[wanted.by]
        page = ReportPage(
            title=str(report.title),
            note=str(report.note),
            form=_form(self, here, report, wanted, comparison),
            group_label=label,
            measures=_headings(report, is_facts=is_facts),
            totals=tuple(
                _total(total, report, "" if is_facts else here.url(by="fact"))
                for total in queries.list_totals(report, grouped, figures)
            ),
            empty=_nothing(),
            rows=() if is_facts else tuple(_figure_row(figure, report, wanted, here) for figure in figures),
            facts=tuple(_fact_row(fact, report) for fact in facts),
            kind_label=str(report.kind_label),
            next_url=here.url(after=after) if after else "",
            export_url=_export_url(report, wanted) if self.caller.has_right("export.create") else "",
            chart=drawing.chart_of(
                report, grouped, before, figures, past, currency=self.caller.merchant.base_currency, words=_label
            ),
            compared_with=comparing.period_text(before.date_from, before.date_to) if before else "",
            before=tuple(
                _total(
                    total,
                    report,
                    here.url(by="fact", compare=None, date_from=str(before.date_from), date_to=str(before.date_to)),
                )
                for total in queries.list_totals(report, before, past)
            )
            if before
            else (),
        )
        return self.page("reports/kpis/report.html", page, current="reports")


class BridgeView(StaffPageView):
    """`/reports/bridge/`."""

    right = "settlement.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show for each gateway account how the stores' days become the processor's."""
        require_store(self.caller, None)
        here = Here.of(request)
        read = FilterReader(here.joined(("date_from", "date_to")), known=("date_from", "date_to"))
        last = read.day("date_to") or today()
        first = read.day("date_from") or last.replace(day=1)
        form = PeriodForm(here.path, first, last, (), (), self.caller.merchant.zone)
        cards = tuple(_card(found) for found in bridge.list_bridges(date_from=first, date_to=last))
        return self.page("reports/kpis/bridge.html", BridgePage(form, cards, _nothing()), current="reports")


def _nothing() -> EmptyState:
    return EmptyState("chart-column", _("Nothing in this period"), _("Choose other days or another calendar."))


def _group_labels(report: Report) -> dict[str, str]:
    return {
        "day": _("Day"),
        "store": _("Store"),
        "channel": _("Channel"),
        "gateway": _("Gateway"),
        "kind": str(report.kind_label),
        "total": _("Total"),
        "fact": _("Each fact"),
    }


def _groupings(report: Report) -> list[tuple[str, str]]:
    """Return what is offered to group by: only what the facts of the report have."""
    has = {
        "store": not report.needs_all_stores,
        "channel": not report.needs_all_stores and report.has_channels,
        "gateway": report.has_gateways,
    }
    return [(name, label) for name, label in _group_labels(report).items() if has.get(name, True)]


def _form(view: StaffPageView, here: Here, report: Report, wanted: Wanted, comparison: str) -> PeriodForm:
    kept = [(name, here.one(name)) for name in ("store", "channel", "kind", "without") if here.one(name)]
    return PeriodForm(
        action_url=here.path,
        date_from=wanted.date_from,
        date_to=wanted.date_to,
        groupings=tuple(Choice(words, name, name == wanted.by) for name, words in _groupings(report)),
        calendars=tuple(Choice(str(CALENDARS[name]), name, name == wanted.calendar) for name in report.calendars),
        zone=view.caller.merchant.zone,
        hidden=tuple(kept),
        comparisons=comparison_choices(comparison),
        gateways=gateway_choices(wanted) if report.has_gateways else (),
    )


def _headings(report: Report, *, is_facts: bool) -> tuple[str, ...]:
    shown_ones = report.measures.values() if is_facts else [label for _name, label, _unit in list_columns(report)]
    return tuple(str(words) for words in shown_ones)


def _total(total: Figure, report: Report, url: str) -> TotalLine:
    return TotalLine(
        total.currency, stats_of(total, report, dict.fromkeys((name for name, *_ in list_columns(report)), url))
    )


def _figure_row(figure: Figure, report: Report, wanted: Wanted, here: Here) -> FigureRow:
    label = _label(figure, report, wanted)
    narrowed: dict[str, Any] = {"by": "fact", "calendar": wanted.calendar}
    narrowed |= {"date_from": str(wanted.date_from), "date_to": str(wanted.date_to)}
    if wanted.by == "day":
        narrowed |= {"date_from": figure.group, "date_to": figure.group}
    elif wanted.by in queries.WITHOUT:
        narrowed |= {wanted.by: figure.group} if figure.group else {"without": wanted.by}
    return FigureRow(label or _("none"), figure.facts, stats_of(figure, report), here.url(**narrowed, compare=None))


def _label(figure: Figure, report: Report, wanted: Wanted) -> str:
    if wanted.by == "kind":
        return report.kind_words(figure.label)
    if wanted.by == "day":
        return day_text(
            date.fromisoformat(figure.label), shape="short", locale=current_locale(), today=machine_now().date()
        )
    return _("Everything") if wanted.by == "total" else figure.label


def _fact_row(fact: Fact, report: Report) -> FactRow:
    place = " · ".join(part for part in (fact.store, fact.channel) if part)
    amounts = tuple(
        Stat(str(label), shown(report.unit(name), fact.measures[name], fact.currency))
        for name, label in report.measures.items()
    )
    return FactRow(fact.day, fact.reference, fact.url, place, report.kind_words(fact.kind), amounts)


def _export_url(report: Report, wanted: Wanted) -> str:
    filters = {"subject": f"report_{report.name}", "by": wanted.by, "calendar": wanted.calendar, "kind": wanted.kind}
    filters |= {"date_from": str(wanted.date_from), "date_to": str(wanted.date_to)}
    filters |= {"store": str(wanted.store_id or ""), "channel": str(wanted.channel_id or "")}
    filters |= {"gateway": str(wanted.gateway_id or ""), "without": wanted.without}
    return f"/exports/new/?{urlencode({name: value for name, value in filters.items() if value})}"


def _card(found: Bridge) -> BridgeCard:
    def step(label: str, minor: int, *, is_sum: bool = False) -> BridgeStep:
        return BridgeStep(label, Money(minor, found.currency), is_sum)

    steps = (
        step(_("By store day"), found.store, is_sum=True),
        step(_("booked by the processor after the period"), -found.booked_after),
        step(_("booked by the processor before the period"), -found.booked_before),
        step(_("in no report yet"), -found.not_booked),
        step(_("of earlier store days, booked in the period"), found.from_before),
        step(_("of later store days, booked in the period"), found.from_after),
        step(_("By processor day"), found.processor, is_sum=True),
    )
    to_utc = (
        step(_("By store day"), found.store, is_sum=True),
        step(_("on another day at UTC"), -found.utc_left),
        step(_("of other store days, in the period at UTC"), found.utc_joined),
        step(_("By UTC day"), found.utc, is_sum=True),
    )
    return BridgeCard(f"{found.account}, {found.currency}", steps, to_utc, found.ties)
