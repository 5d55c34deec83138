"""The figures of Home as plain data: the line of the day ends at the figure above it."""

from __future__ import annotations

from datetime import date

from merchant.core.money import Money
from reports.overview.figures import Figures
from reports.overview.queries import Day

TODAY = date(2026, 11, 20)


def taken(hour: int, minor: int) -> dict:
    return {"business_date": TODAY, "hour": hour, "currency": "EUR", "net_minor": minor}


def test_a_store_whose_clock_is_ahead_counts_in_the_line_of_the_day_as_in_its_figure() -> None:
    figures = Figures(Day([taken(9, 1_000), taken(16, 500)], []), TODAY, "EUR", {})

    points = figures.points(hour_now=14)

    assert [point.today for point in points if point.today is not None][-1] == Money(figures.net(TODAY), "EUR")
    assert points[-1].label == "17:00"
