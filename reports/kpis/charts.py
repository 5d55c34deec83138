"""
Charts of reports, drawn on the server as SVG whose geometry is attributes only, so no style is ever inline.

Figures come in as whole numbers (minor units, milliseconds, pieces) and their words are made from those. Only places on the drawing are floats: they
are where a line bends, and no amount is ever read back from them. Each chart is drawn twice, for a page and for a phone; the stylesheet shows one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

GRID_LINES_MAX = 4
# A phone's line of days or hours holds no more words than this; a page's twice as many.
NARROW_LABELS_MAX, WIDE_LABELS_MAX = 4, 6
WORD_HEIGHT = 14
# Two words side by side read as two.
LABEL_GAP = 6
# Of the larger type, which phones have; a drawing cannot measure its words.
_LETTER_WIDTH = 7.4


@dataclass(frozen=True, slots=True)
class Canvas:
    """A drawing area in units of its view box, which are pixels where nothing is scaled. Left of `left` stand the words of the scale, below `bottom` those of the days."""

    css: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    labels_max: int

    def x(self, place: int, places: int) -> float:
        """Return how far to the right the `place`-th of several places is."""
        return self.left + (self.right - self.left) * place / (places - 1)

    def y(self, number: int, ceiling: int) -> float:
        """Return how far down a figure stands; what is negative stands on the ground."""
        return self.bottom - (self.bottom - self.top) * max(number, 0) / ceiling

    def svg(self, title: str, description: str, *parts: SafeString) -> SafeString:
        """Return the drawing with what it is called and what it says."""
        return format_html(
            '<svg viewBox="0 0 {} {}" class="chart {}" role="img"><title>{}</title><desc>{}</desc>{}</svg>',
            self.width,
            self.height,
            self.css,
            title,
            description,
            together(parts),
        )

    def grid(self, step: int, ceiling: int, axis: Callable[[int, int], str]) -> SafeString:
        """Return a line for each step of the scale, from zero, with its figure."""
        rows = [(self.y(value, ceiling), axis(value, step)) for value in range(0, ceiling + 1, step)]
        return format_html_join(
            "",
            '<line x1="{}" x2="{}" y1="{}" y2="{}" class="grid"/><text x="{}" y="{}" class="axis" text-anchor="end">{}</text>',
            ((self.left, self.right, f"{y:.1f}", f"{y:.1f}", self.left - 8, f"{y + 4:.1f}", text) for y, text in rows),
        )

    def words_below(self, labels: Sequence[str]) -> SafeString:
        """Return as many of the labels as have room below the ground line, evenly apart from the first on."""
        every = self._every(labels)
        return format_html_join(
            "",
            '<text x="{}" y="{}" class="axis" text-anchor="middle">{}</text>',
            (
                (f"{self._within(self.x(place, len(labels)), labels[place]):.1f}", self.height - 6, labels[place])
                for place in range(0, len(labels), every)
            ),
        )

    def _every(self, labels: Sequence[str]) -> int:
        """Return which of the labels are written, so that there are few enough and none touches the next."""
        apart = (self.right - self.left) / (len(labels) - 1)
        widest = max(word_width(label) for label in labels) + LABEL_GAP
        return max(-(-len(labels) // self.labels_max), math.ceil(widest / apart))

    def _within(self, x: float, text: str) -> float:
        """Where a word is centred so that none of it is cut off at an edge."""
        half = word_width(text) / 2
        return min(max(x, half), self.width - half)


def word_width(text: str) -> float:
    """Return how wide a word is at most, about."""
    return len(text) * _LETTER_WIDTH


def together(parts: Iterable[SafeString]) -> SafeString:
    """Return pieces of a drawing one after the other."""
    return format_html_join("", "{}", ((part,) for part in parts))


WIDE = Canvas("wide", 560, 176, 52, 492, 14, 150, WIDE_LABELS_MAX)
NARROW = Canvas("narrow", 320, 190, 48, 262, 14, 162, NARROW_LABELS_MAX)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One day: the figure, and the same of the day it is compared with. None where there is nothing to say."""

    label: str
    now: int | None
    before: int | None = None


def trend_chart(
    points: Sequence[TrendPoint],
    *,
    title: str,
    description: str,
    axis: Callable[[int, int], str],
    now: str,
    before: str,
    units: Sequence[int] = (1,),
) -> SafeString:
    """
    Return a figure day by day as a line from a zero baseline, the days before dashed. Labelled at its ends with `now` and `before`.

    `axis` words a figure of the scale, given the distance of its lines; `units` are what the scale may be round in. Fewer than two points draw nothing.
    """
    numbers = [number for point in points for number in (point.now, point.before) if number is not None]
    if len(points) < 2 or not numbers:
        return SafeString("")
    step, ceiling = scale(max(numbers), lines_max=GRID_LINES_MAX, units=units)
    drawn = []
    for canvas in (WIDE, NARROW):
        past = _places(canvas, [point.before for point in points], ceiling)
        today = _places(canvas, [point.now for point in points], ceiling)
        drawn.append(
            canvas.svg(
                title,
                description,
                canvas.grid(step, ceiling, axis),
                canvas.words_below([point.label for point in points]),
                _line(past, "past"),
                _line(today, "now"),
                _ends(past, today, before=before, now=now),
            )
        )
    return together(drawn)


def bar_chart(bars: Sequence[tuple[str, int]], *, title: str, description: str) -> SafeString:
    """Return groups as bars from a zero baseline, one below the other; what is negative has no length. Figures stand in the table, so nothing is lost in small print."""
    highest = max((number for _, number in bars), default=0)
    if highest <= 0:
        return SafeString("")
    beside = Canvas("wide", 720, 24 * len(bars) + 4, 200, 680, 0, 0, 0)
    above = Canvas("narrow", 320, 38 * len(bars) + 4, 0, 320, 0, 0, 0)
    return beside.svg(
        title,
        description,
        _bars(beside, bars, highest, apart=24, text=(192, 15, "end"), bar_from=4),
    ) + above.svg(
        title,
        description,
        _bars(above, bars, highest, apart=38, text=(0, 13, "start"), bar_from=18),
    )


def _bars(
    canvas: Canvas,
    bars: Sequence[tuple[str, int]],
    highest: int,
    *,
    apart: int,
    text: tuple[int, int, str],
    bar_from: int,
) -> SafeString:
    text_x, text_y, anchor = text
    rows = (
        (apart * place, max(number, 0) * (canvas.right - canvas.left) / highest, label)
        for place, (label, number) in enumerate(bars)
    )
    return format_html_join(
        "",
        '<text x="{}" y="{}" class="axis" text-anchor="{}">{}</text><rect x="{}" y="{}" width="{}" height="14" class="bar"/>',
        (
            (text_x, y + text_y, anchor, label[:30], canvas.left, y + bar_from, f"{width:.1f}")
            for y, width, label in rows
        ),
    )


def scale(highest: int, *, lines_max: int, units: Sequence[int] = (1,)) -> tuple[int, int]:
    """
    Return the distance of grid lines and the top of the scale: 1, 2 or 5 times a power of ten of one of `units`.

    `units` rise, each a multiple of the one before: milliseconds have seconds, minutes and hours above them, and no line stands at 33 minutes 20.
    """
    highest = max(highest, 1)
    step = next(step for step in _steps(units) if step * (lines_max - 1) >= highest)
    return step, -(-highest // step) * step


def _steps(units: Sequence[int]) -> Iterator[int]:
    """Every distance lines may have, rising without end: below the last unit those that go evenly into the unit above, 20 seconds and not 50."""
    for unit, above in zip(units, [*units[1:], None], strict=True):
        power = unit
        while above is None or power < above:
            yield from (factor * power for factor in (1, 2, 5) if above is None or above % (factor * power) == 0)
            power *= 10


Place = tuple[float, float] | None


def _places(canvas: Canvas, numbers: Sequence[int | None], ceiling: int) -> list[Place]:
    """Return where each figure stands; nowhere for days without one, and for all of them if none is above zero: that is no line worth drawing."""
    if not any(numbers):
        return [None] * len(numbers)
    return [
        None if number is None else (canvas.x(place, len(numbers)), canvas.y(number, ceiling))
        for place, number in enumerate(numbers)
    ]


def _line(places: Sequence[Place], css: str) -> SafeString:
    """A line with gaps where there is no figure."""
    path, is_begun = [], False
    for place in places:
        if place is not None:
            path.append(f"{'L' if is_begun else 'M'}{place[0]:.1f} {place[1]:.1f}")
        is_begun = place is not None
    return format_html('<path d="{}" class="{}"/>', " ".join(path), css) if path else SafeString("")


def _ends(past: Sequence[Place], today: Sequence[Place], *, before: str, now: str) -> SafeString:
    """The words at the ends of both lines, kept apart, and a dot at the end of the newer one."""
    past_end = next((place for place in reversed(past) if place), None)
    end = next((place for place in reversed(today) if place), None)
    if end is None:
        return _word(past_end, before, "label-past") if past_end else SafeString("")
    dot = format_html('<circle cx="{}" cy="{}" r="3.5" class="dot"/>', f"{end[0]:.1f}", f"{end[1]:.1f}")
    if past_end is None:
        return dot + _word(end, now, "label")
    apart = past_end[1] - end[1]
    if abs(apart) < WORD_HEIGHT:
        middle, half = (past_end[1] + end[1]) / 2, WORD_HEIGHT / 2
        sign = 1 if apart >= 0 else -1
        past_end, end = (past_end[0], middle + sign * half), (end[0], middle - sign * half)
    return dot + _word(past_end, before, "label-past") + _word(end, now, "label")


def _word(place: tuple[float, float], text: str, css: str) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" class="{}">{}</text>', f"{place[0] + 9:.1f}", f"{place[1] + 4:.1f}", css, text
    )
