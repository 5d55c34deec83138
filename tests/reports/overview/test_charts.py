"""The chart of takings: geometry in attributes, a zero baseline, words that are escaped."""

import re

import pytest

from merchant.core.money import Money
from reports.kpis.charts import word_width
from reports.overview.charts import NARROW, WIDE, TakingsPoint, takings_chart


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

    assert heights(svg, "past") == [WIDE.bottom, 191.0, WIDE.top]
    assert heights(svg, "now") == [WIDE.bottom, 132.0]


def test_a_day_before_without_sales_is_not_drawn_as_a_line_along_the_ground() -> None:
    svg = draw(point("09:00", 0, 0), point("10:00", 0, 5))

    assert 'class="past"' not in svg
    assert heights(svg, "now")[0] == WIDE.bottom


def test_a_day_that_has_not_begun_shows_only_the_day_before() -> None:
    svg = draw(point("09:00", 100), point("10:00", 200))

    assert 'class="now"' not in svg
    assert 'class="past"' in svg


def test_on_a_phone_the_same_day_has_its_scale_and_hours_too() -> None:
    wide, narrow, _end = draw(*(point(f"{hour:02}:00", hour * 1_000) for hour in range(9, 20))).split("</svg>")

    hours = {one: re.findall(r">(\d\d:00)</text>", svg) for one, svg in (("wide", wide), ("narrow", narrow))}
    scales = [re.findall(r'text-anchor="end">(\d+)</text>', svg) for svg in (wide, narrow)]
    assert scales[0] == scales[1] == ["0", "50", "100", "150", "200"]
    assert hours["narrow"] == ["09:00", "12:00", "15:00", "18:00"]
    assert heights(narrow, "past")[0] < NARROW.bottom and narrow.count("<title>") == 1


def test_one_point_draws_nothing() -> None:
    assert draw(point("09:00", 100, 100)) == ""


def test_the_axis_speaks_in_major_units_also_for_currencies_without_decimals() -> None:
    assert ">20k</text>" in draw(point("09:00", 0, currency="JPY"), point("10:00", 20_000, currency="JPY"))
    assert ">200</text>" in draw(point("09:00", 0), point("10:00", 20_000))


def test_labels_are_escaped_and_nothing_is_styled_inline() -> None:
    svg = draw(point("09:00", 0, 0), point("10:00", 100, 50), day_label="<script>")

    assert "<script>" not in svg
    assert "style=" not in svg


def written(svg: str) -> list[tuple[float, float, float]]:
    """Every word of a drawing: from where to where it goes, and how far down it stands."""
    words = []
    for x, y, anchor, text in re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" class="[^"]+" text-anchor="(\w+)">([^<]*)<', svg
    ):
        width = word_width(text)
        start = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
        words.append((start, start + width, float(y)))
    return words


@pytest.mark.parametrize("hours", range(1, 14))
@pytest.mark.parametrize("end", [8_000, 100_000, 102_000, 125_000_00])
def test_on_a_phone_no_word_is_cut_off_and_none_is_written_over_another(hours: int, end: int) -> None:
    points = [
        point(f"{9 + hour:02d}:00", 100_000 * hour // 12, end * hour // hours if hour <= hours else None)
        for hour in range(13)
    ]

    phone = draw(*points, day_label="So far today").split("</svg>")[1]

    words = written(phone)
    assert all(start >= 0 and end <= NARROW.width and 8 <= y <= NARROW.height for start, end, y in words)
    for place, (start, end, y) in enumerate(words):
        for other_start, other_end, other_y in words[place + 1 :]:
            assert abs(y - other_y) >= 10 or end <= other_start or other_end <= start
