"""The chart of takings: geometry in attributes, a zero baseline, words that are escaped."""

import re

from merchant.core.money import Money
from reports.overview.charts import BOTTOM, TOP, TakingsPoint, takings_chart


def point(label: str, past: int, today: int | None = None, currency: str = "EUR") -> TakingsPoint:
    return TakingsPoint(label, Money(past, currency), None if today is None else Money(today, currency))


def draw(*points: TakingsPoint, day_label: str = "Today") -> str:
    return takings_chart(
        points, title="Takings", description="Running total", day_label=day_label, past_label="Sat 14 Nov"
    )


def heights(svg: str, css: str) -> list[float]:
    path = re.search(rf'<path d="([^"]+)" class="{css}"', svg)
    assert path
    return [float(pair.split()[1]) for pair in path[1].removeprefix("M").split(" L")]


def test_the_running_total_starts_at_the_baseline_and_the_highest_point_reaches_the_top() -> None:
    svg = draw(point("09:00", 0, 0), point("10:00", 5_000, 10_000), point("11:00", 20_000))

    assert heights(svg, "past") == [BOTTOM, 191.0, TOP]
    assert heights(svg, "now") == [BOTTOM, 132.0]


def test_a_day_before_without_sales_is_not_drawn_as_a_line_along_the_ground() -> None:
    svg = draw(point("09:00", 0, 0), point("10:00", 0, 5))

    assert 'class="past"' not in svg
    assert heights(svg, "now")[0] == BOTTOM


def test_a_day_that_has_not_begun_shows_only_the_day_before() -> None:
    svg = draw(point("09:00", 100), point("10:00", 200))

    assert 'class="now"' not in svg
    assert 'class="past"' in svg


def test_one_point_draws_nothing() -> None:
    assert draw(point("09:00", 100, 100)) == ""


def test_the_axis_speaks_in_major_units_also_for_currencies_without_decimals() -> None:
    assert ">20k</text>" in draw(point("09:00", 0, currency="JPY"), point("10:00", 20_000, currency="JPY"))
    assert ">200</text>" in draw(point("09:00", 0), point("10:00", 20_000))


def test_labels_are_escaped_and_nothing_is_styled_inline() -> None:
    svg = draw(point("09:00", 0, 0), point("10:00", 100, 50), day_label="<script>")

    assert "<script>" not in svg
    assert "style=" not in svg
