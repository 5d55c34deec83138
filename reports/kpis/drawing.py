"""The chart of a report: days as a line beside an earlier period, groups as bars, always in one currency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from merchant.core.pages.display import day_text
from merchant.core.pages.shell import current_locale
from reports.kpis.charts import TrendPoint, bar_chart, trend_chart
from reports.kpis.queries import Figure, Wanted
from reports.kpis.report import Report
from reports.kpis.values import axis_text, list_columns, number_of, scale_units

# More bars than this are read in the table.
_BARS_MAX = 24


def chart_of(
    report: Report,
    wanted: Wanted,
    before: Wanted | None,
    figures: Sequence[Figure],
    past: Sequence[Figure],
    *,
    currency: str,
    words: Callable[[Figure, Report, Wanted], str],
) -> SafeString:
    """Return the headline of a report's groups as SVG: in `currency` if there is any of it, else in the first one there is. Nothing for single figures and facts."""
    mine = _of_currency(figures, currency)
    if not mine:
        return SafeString("")
    name = report.headline or next(iter(report.measures))
    label, unit = next((str(label), unit) for known, label, unit in list_columns(report) if known == name)
    title = f"{label} ({mine[0].currency})" if unit == "money" else label
    description = _("The same figures stand in the table below.")
    if wanted.by == "day":
        return trend_chart(
            _points(report, name, wanted, before, mine, _of_currency(past, mine[0].currency)),
            title=_("{figure}, day by day").format(figure=title),
            description=description,
            axis=lambda number, step: axis_text(unit, number, step, mine[0].currency),
            units=scale_units(unit),
            now=_("now"),
            before=_("before"),
        )
    if wanted.by == "total" or len(mine) > _BARS_MAX:
        return SafeString("")
    bars = [(words(figure, report, wanted) or _("none"), number_of(figure, report, name) or 0) for figure in mine]
    return bar_chart(bars, title=title, description=description)


def _of_currency(figures: Sequence[Figure], currency: str) -> list[Figure]:
    known = {figure.currency for figure in figures}
    wanted = currency if currency in known else min(known, default="")
    return [figure for figure in figures if figure.currency == wanted]


def _points(
    report: Report, name: str, wanted: Wanted, before: Wanted | None, figures: Sequence[Figure], past: Sequence[Figure]
) -> list[TrendPoint]:
    now = {figure.group: number_of(figure, report, name) for figure in figures}
    then = {figure.group: number_of(figure, report, name) for figure in past}
    nothing = 0 if name in report.measures else None
    points = []
    for number in range((wanted.date_to - wanted.date_from).days + 1):
        day = wanted.date_from + timedelta(days=number)
        earlier = before.date_from + timedelta(days=number) if before else None
        points.append(
            TrendPoint(
                day_text(day, shape="short", locale=current_locale()),
                now.get(day.isoformat(), nothing),
                then.get(earlier.isoformat(), nothing) if earlier else None,
            )
        )
    return points
