"""News wakes the pump it is for and leaves the others asleep; what nobody told of is found by looking."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from merchant.core import db, notify
from merchant.core.outbox import relay
from merchant.core.outbox.relay import Relay, pump
from merchant.embedded import Places, postgres
from tests import databases

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def letters() -> list[int]:
    """What waits for the pump `letters`."""
    return []


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, letters: list[int]) -> Iterator[Counter[str]]:
    """How often each pump looked for work, in a relay whose poll would come after the test."""
    counted: Counter[str] = Counter()

    def look(name: str) -> int:
        counted[name] += 1
        return 1 if name == "letters" and letters and letters.pop() else 0

    monkeypatch.setattr(relay, "_pumps", {})
    monkeypatch.setattr(relay, "_POLL_SECONDS", 30.0)
    monkeypatch.setattr(relay.services, "deliver_batch", lambda: look("outbox"))
    for name in ("mails", "jobs", "letters"):
        pump(name, partial(look, name))
    pump("rows", partial(look, "rows"), after="letters")
    running = Relay()
    running.start()
    while counted["rows"] < 2:
        notify.after_commit(notify.RELAY, "rows")
        time.sleep(0.05)
    time.sleep(0.5)
    counted.clear()
    yield counted
    # Its listener sleeps as long as the poll: news wakes it.
    ending = threading.Thread(target=running.stop)
    ending.start()
    notify.after_commit(notify.RELAY)
    ending.join()


def wait(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def test_news_wakes_the_pump_it_names_and_no_other(looks: Counter[str]) -> None:
    notify.after_commit(notify.RELAY, "mails")

    wait(lambda: looks["mails"] == 1)
    time.sleep(0.2)
    assert looks == {"mails": 1}


def test_news_is_heard_after_this_process_worked_in_another_database(
    looks: Counter[str], database_places: Places
) -> None:
    with databases.pointed_at(database_places, database="postgres", role=postgres.APP):
        notify.after_commit(notify.RELAY, "jobs")
        time.sleep(0.2)
    notify.after_commit(notify.RELAY, "mails")

    wait(lambda: looks["mails"] == 1)
    assert looks == {"mails": 1}


def test_news_is_heard_although_the_session_that_sends_it_was_cut(looks: Counter[str]) -> None:
    notify.after_commit(notify.RELAY, "jobs")
    wait(lambda: looks["jobs"] == 1)
    cut = db.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE %s",
        ["SELECT pg_notify(%"],
    )
    assert cut

    notify.after_commit(notify.RELAY, "mails")

    wait(lambda: looks["mails"] == 1)


def test_news_for_nobody_in_particular_wakes_all(looks: Counter[str]) -> None:
    notify.after_commit(notify.RELAY)

    wait(lambda: {"mails", "jobs", "letters", "rows", "outbox"} <= set(looks))


def test_a_pump_that_follows_another_looks_when_that_one_did_something(looks: Counter[str], letters: list[int]) -> None:
    letters.append(1)
    notify.after_commit(notify.RELAY, "letters")

    wait(lambda: looks["rows"] == 1)
    time.sleep(0.2)
    assert looks == {"letters": 2, "rows": 1}


def test_a_pump_with_a_pause_looks_no_sooner_whoever_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_pumps", {})
    monkeypatch.setattr(relay, "_POLL_SECONDS", 0.02)
    monkeypatch.setattr(relay.services, "deliver_batch", lambda: 0)
    looked_at: list[float] = []

    def look() -> int:
        looked_at.append(time.monotonic())
        return 1

    pump("rounds", look, every_seconds=0.5)
    running = Relay()
    running.start()
    for _ in range(20):
        notify.after_commit(notify.RELAY, "rounds")
        time.sleep(0.01)

    wait(lambda: len(looked_at) == 3)
    running.stop()
    assert [later - earlier >= 0.5 for earlier, later in itertools.pairwise(looked_at)] == [True, True]


def test_what_nobody_told_of_is_found_and_the_other_threads_of_the_pump_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_pumps", {})
    monkeypatch.setattr(relay, "_POLL_SECONDS", 0.2)
    monkeypatch.setattr(relay.services, "deliver_batch", lambda: 0)
    waiting, helpers = [1] * 4, set()
    is_open, two_at_once = threading.Event(), threading.Barrier(2, timeout=5)

    def send() -> int:
        if not is_open.is_set() or not waiting:
            return 0
        waiting.pop()
        helpers.add(threading.current_thread().name)
        if len(waiting) in (2, 1):
            two_at_once.wait()
        return 1

    pump("letters", send, threads=2)
    running = Relay()
    running.start()
    time.sleep(0.5)
    is_open.set()

    wait(lambda: not waiting)
    running.stop()
    assert helpers == {"letters-0", "letters-1"}
