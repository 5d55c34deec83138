"""A period beside an earlier one: always whole weeks before, so that Mondays stand beside Mondays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.filters import FilterReader
from merchant.core.pages import display
from merchant.core.pages.shell import current_locale
from reports.kpis.queries import Wanted
from reports.kpis.report import Unit, Words

COMPARISONS: Mapping[str, Words] = {
    "before": gettext_lazy("The weeks before"),
    "year": gettext_lazy("A year before"),
    "none": gettext_lazy("Nothing"),
}
# 52 weeks: the same weekday of the year before.
_YEAR = timedelta(days=364)
_WEEK_DAYS = 7


def read_comparison(params: Mapping[str, str], *, usual: str) -> str:
    """Return what the address compares with. :raises FilterRefused: for anything that is none of `COMPARISONS`."""
    return FilterReader(params, known=("compare",)).choice("compare", tuple(COMPARISONS)) or usual


def earlier(wanted: Wanted, comparison: str) -> Wanted | None:
    """Return the same of the period to compare with, None for none."""
    if comparison == "none":
        return None
    moved = _YEAR if comparison == "year" else _whole_weeks(wanted)
    return replace(wanted, date_from=wanted.date_from - moved, date_to=wanted.date_to - moved)


def _whole_weeks(wanted: Wanted) -> timedelta:
    days = (wanted.date_to - wanted.date_from).days + 1
    return timedelta(days=-(-days // _WEEK_DAYS) * _WEEK_DAYS)


def period_text(first: date, last: date) -> str:
    """Return a period as people read it."""
    return " – ".join(
        dict.fromkeys(display.day_text(day, shape="dated", locale=current_locale()) for day in (first, last))
    )


def change_of(unit: Unit, now: int | None, before: int | None) -> tuple[float, str] | None:
    """Return how far a figure is from what it was, and that in words: a share in points, anything else in percent. None where one of them is missing or was nothing."""
    if now is None or before is None:
        return None
    if unit == "share":
        points = (now - before) / 100
        sign = display.TRUE_MINUS if points < 0 else "+"
        return points, _("{change} points").format(
            change=sign + format_decimal(abs(points), format="0.0", locale=current_locale())
        )
    if before <= 0:
        return None
    change = 100 * (now - before) / before
    return change, display.percent_text(change, locale=current_locale(), with_plus=True)
