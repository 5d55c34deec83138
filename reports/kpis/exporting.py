"""Every report as a file: the rows on screen, by the same SQL."""

from __future__ import annotations

from functools import partial

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from reports.exports.formats.base import Column, ExportFormat, Narrowed, Rows, amounts, named_zone, plain, text
from reports.kpis import queries, reading
from reports.kpis.definitions import REPORTS
from reports.kpis.queries import REPORT_FILTERS
from reports.kpis.report import Ratio, Report, Unit


def build(report: Report, narrowed: Narrowed) -> Rows:
    """Return the figures a report with these filters shows, or with `by=fact` every fact. The heading of the day names the calendar."""
    wanted = queries.read_filters(report, narrowed.params, today=reading.today(), only_stores=narrowed.only_stores)
    source, parameters = queries.facts_of(report, wanted)
    measures = [column for name in report.measures for column in _measured(name, report.unit(name))]
    if wanted.by == "fact":
        facts = [
            plain(_day_heading(wanted.calendar), "f.day"),
            text("reference", "f.reference"),
            text("store", "s.name"),
            text("channel", "c.name"),
        ]
        columns, order = [*facts, text("kind", "f.kind"), plain("currency", "f.currency"), *measures], "f.day, f.key"
    else:
        source = f"FROM ({queries.grouped(report, wanted)}) f"
        made = [_ratio_column(ratio) for ratio in report.ratios]
        made += [column for one in report.percentiles for column in _measured(one.name, one.unit)]
        columns = [*_group_columns(wanted.by, wanted.calendar), *measures, *made]
        order = "f.label, f.key, f.currency"
    return Rows(
        columns=columns,
        source=source,
        parameters=parameters,
        order=order,
        currency="f.currency",
        sums={name: f"f.{name}" for name in report.measures},
    )


def _measured(name: str, unit: Unit) -> list[Column]:
    """Return the columns of one figure; its heading names a unit that is not plain to see."""
    if unit == "money":
        return amounts(name, f"f.{name}", "f.currency")
    return [Column(name if unit == "count" else f"{name}_milliseconds", f"f.{name}", is_number=True)]


def _ratio_column(ratio: Ratio) -> Column:
    """Return the column of a figure that the sums of a row make: empty where there is nothing to divide by. A ratio of amounts is in minor units, as its sums are."""
    heading = {"share": "percent", "money": "minor", "duration": "milliseconds"}[ratio.unit]
    factor, decimals = ("100 * ", 2) if ratio.unit == "share" else ("", 0)
    divided = f"round({factor}f.{ratio.over}::numeric / nullif(f.{ratio.under}, 0), {decimals})"
    return Column(f"{ratio.name}_{heading}", divided, is_number=True)


def _day_heading(calendar: str) -> str:
    """Return which day it is and where: business days are those of the places' zone, processors say their own."""
    return {"store": f"store_day [{named_zone()}]", "utc": "utc_day [UTC]"}.get(calendar, f"{calendar}_day [as booked]")


def _group_columns(by: str, calendar: str) -> list[Column]:
    group = plain(_day_heading(calendar), "f.label") if by == "day" else text(by, "f.label")
    return [group, plain("currency", "f.currency"), plain("facts", "f.facts")]


FORMATS = tuple(
    ExportFormat(
        f"report_{report.name}",
        # Several reports are called as the lists they sum up.
        format_lazy(_("Report: {title}"), title=report.title),
        report.right,
        REPORT_FILTERS,
        partial(build, report),
        needs_all_stores=report.needs_all_stores,
    )
    for report in REPORTS.values()
)
