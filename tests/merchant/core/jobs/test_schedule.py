"""What is due is inserted once, by local time, and days that were missed are made up for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from merchant.core.clock import move_business_clock
from merchant.core.jobs import schedule
from merchant.core.jobs.models import Job
from merchant.core.jobs.schedule import Daily, Every, Place, due_days, tick
from tests.factories import a_merchant


def a_place(since=date(2026, 1, 1), zone="Europe/Stockholm"):
    from uuid import uuid4

    return Place(uuid4(), "store", zone, since)


def days(place, at, moment):
    return [day.isoformat() for day in due_days(place, at=at, now=moment)]


def test_a_day_is_due_from_its_local_hour_on():
    place = a_place(since=date(2026, 11, 20))

    assert days(place, time(6, 0), datetime(2026, 11, 21, 4, 59, tzinfo=UTC)) == ["2026-11-20"]
    assert days(place, time(6, 0), datetime(2026, 11, 21, 5, 0, tzinfo=UTC)) == ["2026-11-20", "2026-11-21"]


def test_the_night_the_clocks_change_has_each_day_once():
    autumn = a_place(since=date(2026, 10, 24))

    assert days(autumn, time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC))[-1] == "2026-10-25"
    assert days(autumn, time(2, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == ["2026-10-24", "2026-10-25"]


def test_an_hour_that_spring_skips_is_over_when_the_clock_has_passed_it():
    spring = a_place(since=date(2026, 3, 29))

    assert days(spring, time(2, 30), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == []
    assert days(spring, time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == ["2026-03-29"]


def test_no_more_than_a_week_is_caught_up_and_nothing_before_the_beginning():
    assert len(days(a_place(), time(6, 0), datetime(2026, 11, 21, 12, tzinfo=UTC))) == schedule.CATCH_UP_DAYS_MAX
    assert days(a_place(since=date(2026, 11, 22)), time(6, 0), datetime(2026, 11, 21, 12, tzinfo=UTC)) == []


@pytest.fixture
def timetable(monkeypatch):
    monkeypatch.setattr(schedule, "_timetable", {})
    monkeypatch.setattr(schedule, "_stored", set())


@pytest.fixture
def merchant(db, timetable):
    merchant = a_merchant()
    move_business_clock(merchant.id, to=datetime(2026, 11, 21, 12, tzinfo=UTC))
    return merchant


def jobs():
    return sorted(Job.across_merchants.values_list("dedup_key", flat=True))


def test_two_ticks_make_one_job(merchant):
    schedule.register(
        Daily("close", time(6, 0), lambda: [Place(merchant.id, "store1", "Europe/Berlin", date(2026, 11, 21))])
    )

    assert [tick(), tick()] == [1, 0]
    schedule._stored.clear()
    assert tick() == 0
    assert jobs() == ["close:store1:2026-11-21"]
    assert Job.across_merchants.get().payload == {"date": "2026-11-21"}


def test_a_merchants_moved_clock_makes_its_days_due(merchant):
    schedule.register(
        Daily("close", time(6, 0), lambda: [Place(merchant.id, "store1", "Europe/Berlin", date(2026, 11, 21))])
    )
    tick()

    move_business_clock(merchant.id, to=datetime(2026, 11, 23, 12, tzinfo=UTC))

    assert tick() == 2
    assert jobs() == ["close:store1:2026-11-21", "close:store1:2026-11-22", "close:store1:2026-11-23"]


def test_a_slot_of_seconds_is_used_once(merchant, monkeypatch):
    schedule.register(Every("seal", 600, lambda: [Place(merchant.id, "all", "UTC", date(2026, 1, 1))]))
    monkeypatch.setattr(schedule, "machine_now", lambda: datetime(2026, 11, 21, 12, 9, tzinfo=UTC))
    assert [tick(), tick()] == [1, 0]

    monkeypatch.setattr(schedule, "machine_now", lambda: datetime(2026, 11, 21, 12, 10, tzinfo=UTC))

    assert tick() == 1
