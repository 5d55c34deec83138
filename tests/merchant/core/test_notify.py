"""News is told soon, the same news of many requests once, and none of it is lost."""

from __future__ import annotations

import itertools
import time

import pytest

from merchant.core import notify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(monkeypatch):
    """What is told and when, since the first word."""
    seen = []
    monkeypatch.setattr(notify, "_notifier", notify._Notifier())
    monkeypatch.setattr(
        notify, "_told", lambda wanted, session: seen.extend((time.monotonic(), payload) for _, _, payload in wanted)
    )
    return seen


def wait_until(is_so):
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_the_same_news_of_many_requests_wakes_once_a_while_and_the_last_of_it_is_told(told):
    began = time.monotonic()
    while time.monotonic() - began < 0.5:
        notify.after_commit("channel", "events", rest_seconds=0.1)
        last = time.monotonic()
        time.sleep(0.001)

    wait_until(lambda: told[-1][0] > last)
    time.sleep(0.15)

    moments = [moment for moment, _ in told]
    assert all(later - earlier >= 0.09 for earlier, later in itertools.pairwise(moments))
    assert 2 <= len(told) <= 7
    assert moments[-1] > last


def test_other_news_does_not_wait_for_what_rests(told):
    notify.after_commit("channel", "events", rest_seconds=5)
    wait_until(lambda: len(told) == 1)
    notify.after_commit("channel", "events", rest_seconds=5)
    notify.after_commit("channel", "operations")

    wait_until(lambda: len(told) == 2)

    assert [payload for _, payload in told] == ["events", "operations"]


def test_news_that_rests_is_told_by_itself_when_nothing_else_happens(told):
    for number in (1, 2):
        notify.after_commit("channel", "events", rest_seconds=0.1)
        wait_until(lambda expected=number: len(told) == expected)
