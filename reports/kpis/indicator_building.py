"""Key figures put together: each with its days, what it was before, and the facts it opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from merchant.core.callers import Caller
from merchant.core.pages.display import day_text
from merchant.core.pages.parts import Figure as Shown
from merchant.core.pages.shell import current_locale
from reports.kpis import comparing, queries
from reports.kpis.charts import TrendPoint, trend_chart
from reports.kpis.definitions import REPORTS
from reports.kpis.indicators import INDICATORS, Indicator
from reports.kpis.pages import IndicatorCard, IndicatorDay, IndicatorFigure
from reports.kpis.queries import Figure, Wanted
from reports.kpis.report import Report, Unit
from reports.kpis.values import NONE, axis_text, list_columns, number_of, scale_units, shown

Days = dict[tuple[str, str], Figure]


@dataclass(frozen=True, slots=True)
class Read:
    """What a report says of a period: its totals, and each day by day and currency."""

    wanted: Wanted
    totals: dict[str, Figure]
    days: Days


def read_report(report: Report, wanted: Wanted) -> Read:
    """Return the report's days and totals with one statement, two if it has percentiles. Days are those of its usual calendar."""
    wanted = replace(wanted, calendar=next(iter(report.calendars)))
    figures = queries.list_figures(report, wanted)
    totals = {total.currency: total for total in queries.list_totals(report, wanted, figures)}
    return Read(wanted, totals, {(figure.group, figure.currency): figure for figure in figures})


def build_cards(caller: Caller, wanted: Wanted, *, comparison: str, currency: str) -> tuple[IndicatorCard, ...]:
    """
    Return every key figure the caller may see and whose facts know what is narrowed by.

    `wanted` is by day. Costs two statements a report, four with percentiles. `currency` is the one whose days are drawn.
    """
    read: dict[str, tuple[Read, Read | None]] = {}
    cards = []
    for indicator in INDICATORS:
        report = REPORTS[indicator.report]
        if not _is_told(caller, report, wanted):
            continue
        if report.name not in read:
            before = comparing.earlier(wanted, comparison)
            read[report.name] = read_report(report, wanted), read_report(report, before) if before else None
        cards.append(_card(indicator, report, *read[report.name], currency=currency))
    return tuple(cards)


def _is_told(caller: Caller, report: Report, wanted: Wanted) -> bool:
    """A figure whose facts know no gateway says nothing about one; neither does one of the whole merchant about a store."""
    if not caller.has_right(report.right) or (wanted.gateway_id and not report.has_gateways):
        return False
    if wanted.channel_id and not report.has_channels:
        return False
    return not report.needs_all_stores or (caller.stores is None and wanted.store_id is None)


def _card(indicator: Indicator, report: Report, now: Read, before: Read | None, *, currency: str) -> IndicatorCard:
    label, unit = next((str(label), unit) for name, label, unit in list_columns(report) if name == indicator.figure)
    if unit == "count":
        now, before = _counted(now, report), before and _counted(before, report)
    currencies = _currencies(now, before, currency)
    points = [
        (day, earlier_day, _on(now, report, indicator, day, currencies[0]),
            None if before is None else _on(before, report, indicator, earlier_day, currencies[0]))
        for day, earlier_day in _pairs(now.wanted, before)
    ]  # fmt: skip
    return IndicatorCard(
        key=f"{report.name}-{indicator.figure}",
        label=label,
        note=str(report.note),
        figures=tuple(
            replace(
                _figure(indicator, report, unit, now, before, one),
                currency=one if len(currencies) > 1 and unit != "money" else "",
            )
            for one in currencies
        ),
        chart=_chart(label, unit, currencies[0], points),
        days=tuple(
            IndicatorDay(_day(day), _whole(unit, value, currencies[0]), _whole(unit, past, currencies[0]))
            for day, _earlier, value, past in points
        ),
        report_url=_address(report, now.wanted, by="day"),
    )


def _counted(read: Read, report: Report) -> Read:
    """The same whatever the currency: orders add up where their amounts do not."""
    days: dict[str, list[Figure]] = {}
    for (day, _currency), figure in read.days.items():
        days.setdefault(day, []).append(replace(figure, currency=""))
    summed = {(day, ""): queries.sum_figures(figures, report)[0] for day, figures in days.items()}
    totals = queries.sum_figures([replace(total, currency="") for total in read.totals.values()], report)
    return Read(read.wanted, {total.currency: total for total in totals}, summed)


def _currencies(now: Read, before: Read | None, main: str) -> list[str]:
    found = {*now.totals, *(before.totals if before else ())}
    return sorted(found, key=lambda one: (one != main, one)) or [""]


def _pairs(wanted: Wanted, before: Read | None) -> Iterator[tuple[date, date]]:
    moved = wanted.date_from - before.wanted.date_from if before else timedelta(0)
    for number in range((wanted.date_to - wanted.date_from).days + 1):
        day = wanted.date_from + timedelta(days=number)
        yield day, day - moved


def _on(read: Read, report: Report, indicator: Indicator, day: date, currency: str) -> int | None:
    """The figure of one day. A sum of nothing is nothing; a rate of nothing is unknown."""
    figure = read.days.get((day.isoformat(), currency))
    if figure is None:
        return 0 if indicator.figure in report.measures else None
    return number_of(figure, report, indicator.figure)


def _figure(
    indicator: Indicator, report: Report, unit: Unit, now: Read, before: Read | None, currency: str
) -> IndicatorFigure:
    value = _total(indicator, report, now, currency)
    past = _total(indicator, report, before, currency) if before else None
    change = comparing.change_of(unit, value, past)
    tone = icon = ""
    if change is not None and change[0] != 0:
        icon = "trending-up" if change[0] > 0 else "trending-down"
        if indicator.is_less_better is not None:
            tone = "good" if (change[0] < 0) is indicator.is_less_better else "warn"
    return IndicatorFigure(
        value=_whole(unit, value, currency),
        url=_address(report, now.wanted, by="fact"),
        before=_whole(unit, past, currency) if before else "",
        before_url=_address(report, before.wanted, by="fact") if before else "",
        change=change[1] if change else "",
        tone=tone,
        icon=icon,
    )


def _total(indicator: Indicator, report: Report, read: Read, currency: str) -> int | None:
    figure = read.totals.get(currency)
    if figure is None:
        return 0 if indicator.figure in report.measures else None
    return number_of(figure, report, indicator.figure)


def _whole(unit: Unit, number: int | None, currency: str) -> Shown:
    """A figure of the period. Without a single fact there is no currency to say nothing in."""
    return NONE if unit == "money" and not currency else shown(unit, number, currency)


def _chart(
    label: str, unit: Unit, currency: str, points: Sequence[tuple[date, date, int | None, int | None]]
) -> SafeString:
    return trend_chart(
        [TrendPoint(_day(day), value, past) for day, _earlier, value, past in points],
        title=_("{figure}, day by day").format(figure=f"{label} ({currency})" if unit == "money" else label),
        description=_("The same figures stand in the table below."),
        axis=lambda number, step: axis_text(unit, number, step, currency),
        units=scale_units(unit),
        now=_("now"),
        before=_("before"),
    )


def _day(day: date) -> str:
    return day_text(day, shape="short", locale=current_locale())


def _address(report: Report, wanted: Wanted, *, by: str) -> str:
    """Return the report with the same filters."""
    narrowed = {"store": wanted.store_id, "channel": wanted.channel_id, "gateway": wanted.gateway_id}
    query = {"by": by, "date_from": wanted.date_from, "date_to": wanted.date_to}
    return f"/reports/{report.name}/?{urlencode({**query, **{name: key for name, key in narrowed.items() if key}})}"
