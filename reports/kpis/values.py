"""How figures of reports read: money, numbers of things, shares and durations."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_decimal
from django.utils.translation import gettext as _

from merchant.core.money import Money, exponent
from merchant.core.pages import display
from merchant.core.pages.parts import Figure as Shown
from merchant.core.pages.parts import Stat
from merchant.core.pages.shell import current_locale
from reports.kpis.queries import Figure
from reports.kpis.report import Report, Unit, Words

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
NONE = "—"


def shown(unit: Unit, number: int | None, currency: str) -> Shown:
    """Return a number in its unit as a page shows it, a dash for none. `currency` is only asked for by money."""
    if number is None:
        return NONE
    if unit == "money":
        return Money(number, currency)
    if unit == "count":
        return display.count_text(number, locale=current_locale())
    return display.percent_text(number / 100, locale=current_locale()) if unit == "share" else duration_text(number)


def duration_text(milliseconds: int) -> str:
    """Return a duration in the two largest units that say something: 0.4 s, 42 s, 4 min 12 s, 2 h 10 min."""
    if milliseconds < 10 * _SECOND:
        seconds = format_decimal(round(milliseconds / _SECOND, 1), locale=current_locale(), format="0.0")
        return _("{seconds} s").format(seconds=seconds)
    if milliseconds < _MINUTE:
        return _("{seconds} s").format(seconds=milliseconds // _SECOND)
    if milliseconds < _HOUR:
        minutes, rest = divmod(milliseconds // _SECOND, 60)
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(milliseconds // _MINUTE, 60)
    return _("{hours} h {minutes} min").format(
        hours=display.count_text(hours, locale=current_locale()), minutes=minutes
    )


def axis_text(unit: Unit, number: int, step: int, currency: str) -> str:
    """Return a figure of a chart's scale, short and as round as the scale, whose lines are `step` apart. Without a single fact there is no currency."""
    if unit == "share":
        return display.percent_text(number / 100, locale=current_locale(), decimals="#.##")
    if unit == "duration":
        return short_duration(number, step)
    return short_number(number, exponent(currency) if unit == "money" and currency else 0)


def short_number(number: int, decimals: int) -> str:
    """Return a number of which the last `decimals` digits are behind the point, shortened to thousands or millions: 500, 1.5k, 2m."""
    major = Decimal(number).scaleb(-decimals)
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if major >= size:
            return format_decimal(major / size, locale=current_locale(), format="#,##0.###") + letter
    return format_decimal(major, locale=current_locale(), format="#,##0.###")


def short_duration(milliseconds: int, step: int) -> str:
    """Return a duration in the largest unit in which lines that are `step` apart are whole numbers."""
    for size, letter in ((_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s")):
        if step % size == 0:
            return (
                f"{display.count_text(milliseconds // size, locale=current_locale())} {letter}" if milliseconds else "0"
            )
    return f"{milliseconds} ms" if milliseconds else "0"


def scale_units(unit: Unit) -> tuple[int, ...]:
    """Return what the scale of a chart may be round in."""
    return (1, _SECOND, _MINUTE, _HOUR) if unit == "duration" else (1,)


def stats_of(figure: Figure, report: Report, urls: Mapping[str, str] | None = None) -> tuple[Stat, ...]:
    """Return every figure of a group: its measures, its percentiles and its ratios. `urls` opens them by name."""
    opens = urls or {}
    return tuple(
        Stat(str(label), shown(unit, number_of(figure, report, name), figure.currency), opens.get(name, ""))
        for name, label, unit in list_columns(report)
    )


def list_columns(report: Report) -> list[tuple[str, Words, Unit]]:
    """Return name, heading and unit of everything a report shows of a group, in order."""
    measures = [(name, label, report.unit(name)) for name, label in report.measures.items()]
    made: list[tuple[str, Words, Unit]] = [(one.name, one.label, one.unit) for one in report.percentiles]
    return measures + made + [(ratio.name, ratio.label, ratio.unit) for ratio in report.ratios]


def number_of(figure: Figure, report: Report, name: str) -> int | None:
    """Return a measure, percentile or ratio of a group by its name; None where it has none."""
    if name in report.measures:
        return figure.measures[name]
    for ratio in report.ratios:
        if ratio.name == name:
            return ratio.of(figure.measures)
    return figure.percentiles.get(name)
