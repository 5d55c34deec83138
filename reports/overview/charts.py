"""Charts of Home, drawn on the server as SVG whose geometry is attributes only, so no style is ever inline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.html import format_html
from django.utils.safestring import SafeString

from merchant.core.money import Money, exponent
from reports.kpis.charts import NARROW_LABELS_MAX, WIDE_LABELS_MAX, WORD_HEIGHT, Canvas, scale, together, word_width
from reports.kpis.values import short_number

GRID_LINES_MAX = 5
WIDE = Canvas("wide", 760, 276, 44, 676, 14, 250, WIDE_LABELS_MAX + 1)
# On a phone the word of the day before stands above the end of its line, where a page has it beside.
NARROW = Canvas("narrow", 320, 216, 46, 312, 26, 188, NARROW_LABELS_MAX)


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
    currency = points[0].past.currency
    past = [point.past.minor for point in points]
    today = [point.today.minor for point in points if point.today is not None]
    step, ceiling = scale(max(*past, *today, 0), lines_max=GRID_LINES_MAX)
    return together(
        canvas.svg(
            title,
            description,
            canvas.grid(step, ceiling, lambda minor, _step: short_number(minor, exponent(currency))),
            canvas.words_below([point.label for point in points]),
            *_lines(canvas, past, today, ceiling, past_label=past_label, day_label=day_label),
        )
        for canvas in (WIDE, NARROW)
    )


@dataclass(frozen=True, slots=True)
class _Word:
    """A word at one end of a line; `x` is where its `anchor` stands."""

    x: float
    y: float
    text: str
    css: str
    anchor: str

    @property
    def svg(self) -> SafeString:
        return format_html(
            '<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>',
            f"{self.x:.1f}", f"{self.y:.1f}", self.css, self.anchor, self.text,
        )  # fmt: skip

    @property
    def span(self) -> tuple[float, float]:
        """From where to where it goes."""
        width = word_width(self.text)
        return (self.x - width, self.x) if self.anchor == "end" else (self.x, self.x + width)

    def touches(self, other: _Word) -> bool:
        """Whether the two would be written over one another."""
        (start, end), (other_start, other_end) = self.span, other.span
        return start < other_end and other_start < end and abs(self.y - other.y) < WORD_HEIGHT


def _lines(
    canvas: Canvas, past: Sequence[int], today: Sequence[int], ceiling: int, *, past_label: str, day_label: str
) -> list[SafeString]:
    """Both lines, each with its word. A day on which nothing was sold is not drawn as a line along the ground."""
    places, drawn, before = len(past), [], None
    if any(past):
        before = _past_word(canvas, canvas.y(past[-1], ceiling), past_label)
        drawn += [format_html('<path d="{}" class="past"/>', _path(canvas, past, places, ceiling)), before.svg]
    if today:
        x, y = canvas.x(len(today) - 1, places), canvas.y(today[-1], ceiling)
        drawn += [
            _today(canvas, _path(canvas, today, places, ceiling), x, y),
            _day_word(canvas, x, y, day_label, before).svg,
        ]
    return drawn


def _past_word(canvas: Canvas, y: float, text: str) -> _Word:
    if canvas is NARROW:
        return _Word(canvas.right, max(y - 8, 11), text, "label-past", "end")
    return _Word(canvas.right + 8, y + 4, text, "label-past", "start")


def _day_word(canvas: Canvas, x: float, y: float, text: str, before: _Word | None) -> _Word:
    """The word of the day: above the point that is now, or where it and the word of the day before can both be read."""
    anchor, text_x = ("end", x - 10) if x > canvas.left + word_width(text) + 20 else ("start", x + 10)
    above = _Word(text_x, max(y - 12, canvas.top + 10), text, "label", anchor)
    if before is None:
        return above
    tried = (
        above,
        *(replace(above, y=place) for place in (y + 22, before.y - WORD_HEIGHT - 2, before.y + WORD_HEIGHT + 2)),
    )
    return next((word for word in tried if 11 <= word.y < canvas.bottom - 2 and not word.touches(before)), above)


def _path(canvas: Canvas, minors: Sequence[int], places: int, ceiling: int) -> str:
    """A line through the first of so many `places`."""
    ends = (f"{canvas.x(place, places):.1f} {canvas.y(minor, ceiling):.1f}" for place, minor in enumerate(minors))
    return "M" + " L".join(ends)


def _today(canvas: Canvas, line: str, x: float, y: float) -> SafeString:
    """The line of the day, the area below it, and the point that is now."""
    return format_html(
        '<path d="{} L{} {} L{} {}Z" class="area"/><path d="{}" class="now"/>'
        '<line x1="{}" x2="{}" y1="{}" y2="{}" class="now-line"/><circle cx="{}" cy="{}" r="4.5" class="dot"/>',
        line,
        f"{x:.1f}",
        canvas.bottom,
        canvas.left,
        canvas.bottom,
        line,
        f"{x:.1f}",
        f"{x:.1f}",
        canvas.top,
        canvas.bottom,
        f"{x:.1f}",
        f"{y:.1f}",
    )
