"""Charts of Home, drawn on the server as SVG whose geometry is attributes only, so no style is ever inline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from merchant.core.money import Money, exponent

LEFT, RIGHT, TOP, BOTTOM = 44, 676, 14, 250
GRID_LINES_MAX = 5


@dataclass(frozen=True, slots=True)
class TakingsPoint:
    """The running total at the end of one hour. `today` is None for hours still to come."""

    label: str
    past: Money
    today: Money | None = None


def takings_chart(
    points: Sequence[TakingsPoint], *, title: str, description: str, day_label: str, past_label: str
) -> SafeString:
    """
    Return running takings of the day against the same weekday before (dashed), from a zero baseline.

    All points are of one currency. Fewer than two points draw nothing.
    """
    if len(points) < 2:
        return SafeString("")
    reached = [point for point in points if point.today is not None]
    highest = max(amount.minor for point in points for amount in (point.past, point.today) if amount is not None)
    step, ceiling = _scale(highest)
    xs = [LEFT + (RIGHT - LEFT) * index / (len(points) - 1) for index in range(len(points))]
    past = _past(xs, [point.past.minor for point in points], ceiling, past_label)
    today = [point.today.minor for point in reached if point.today is not None]
    return format_html(
        '<svg viewBox="0 0 760 276" class="chart" role="img"><title>{}</title><desc>{}</desc>{}{}{}{}</svg>',
        title,
        description,
        _grid(step, ceiling, points[0].past.currency),
        _hours(xs, points),
        past,
        _today(xs, today, ceiling, day_label),
    )


def _past(xs: Sequence[float], minors: Sequence[int], ceiling: int, label: str) -> SafeString:
    """The day it is compared with; a day on which nothing was sold is not drawn as a line along the ground."""
    if not any(minors):
        return SafeString("")
    end = _label(RIGHT + 8, _y(minors[-1], ceiling) + 4, label, "label-past", "start")
    return format_html('<path d="{}" class="past"/>{}', _path(xs, minors, ceiling), end)


def _scale(highest: int) -> tuple[int, int]:
    """Return the distance of grid lines and the top of the scale: 1, 2 or 5 times a power of ten."""
    highest = max(highest, 1)
    power = 1
    while True:
        for factor in (1, 2, 5):
            step = factor * power
            if step * (GRID_LINES_MAX - 1) >= highest:
                return step, -(-highest // step) * step
        power *= 10


def _y(minor: int, ceiling: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * max(minor, 0) / ceiling


def _path(xs: Sequence[float], minors: Sequence[int], ceiling: int) -> str:
    return "M" + " L".join(f"{x:.1f} {_y(minor, ceiling):.1f}" for x, minor in zip(xs, minors, strict=False))


def _grid(step: int, ceiling: int, currency: str) -> SafeString:
    rows = [(_y(value, ceiling), _short(value, currency)) for value in range(0, ceiling + 1, step)]
    return format_html_join(
        "",
        '<line x1="{}" x2="{}" y1="{}" y2="{}" class="grid"/><text x="{}" y="{}" class="axis" text-anchor="end">{}</text>',
        ((LEFT, RIGHT, f"{y:.1f}", f"{y:.1f}", LEFT - 8, f"{y + 4:.1f}", text) for y, text in rows),
    )


def _short(minor: int, currency: str) -> str:
    major = minor // 10 ** exponent(currency)
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if major >= size:
            return f"{major / size:g}{letter}"
    return str(major)


def _hours(xs: Sequence[float], points: Sequence[TakingsPoint]) -> SafeString:
    every = max(1, len(points) // 6)
    return format_html_join(
        "",
        '<text x="{}" y="270" class="axis" text-anchor="middle">{}</text>',
        ((f"{xs[index]:.1f}", points[index].label) for index in range(0, len(points), every)),
    )


def _today(xs: Sequence[float], minors: Sequence[int], ceiling: int, label: str) -> SafeString:
    if not minors:
        return SafeString("")
    line = _path(xs, minors, ceiling)
    x, y = xs[len(minors) - 1], _y(minors[-1], ceiling)
    anchor, text_x = ("end", x - 10) if x > LEFT + 80 else ("start", x + 10)
    return format_html(
        '<path d="{} L{} {} L{} {}Z" class="area"/><path d="{}" class="now"/>'
        '<line x1="{}" x2="{}" y1="{}" y2="{}" class="now-line"/><circle cx="{}" cy="{}" r="4.5" class="dot"/>{}',
        line,
        f"{x:.1f}",
        BOTTOM,
        LEFT,
        BOTTOM,
        line,
        f"{x:.1f}",
        f"{x:.1f}",
        TOP,
        BOTTOM,
        f"{x:.1f}",
        f"{y:.1f}",
        _label(text_x, max(y - 12, TOP + 10), label, "label", anchor),
    )


def _label(x: float, y: float, text: str, css: str, anchor: str) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>', f"{x:.1f}", f"{y:.1f}", css, anchor, text
    )
