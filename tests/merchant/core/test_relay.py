"""News wakes the pump it is for and leaves the others asleep; what nobody told of is found by looking."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from merchant.core import notify
from merchant.core.outbox import relay
from merchant.core.outbox.relay import Relay, pump

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each pump looked for work, in a relay whose poll would come after the test."""
    counted: Counter[str] = Counter()
    monkeypatch.setattr(relay, "_pumps", {})
    monkeypatch.setattr(relay, "_POLL_SECONDS", 30.0)
    monkeypatch.setattr(relay.services, "deliver_batch", lambda: counted.update(["outbox"]) or 0)
    for name in ("mails", "jobs"):
        pump(name, lambda name=name: counted.update([name]) or 0)  # type: ignore[misc]
    pump("rows", lambda: counted.update(["rows"]) or 0, after="letters")
    running = Relay()
    running.start()
    wait(lambda: counted["rows"] >= 2)
    time.sleep(0.3)
    counted.clear()
    yield counted
    running.stop()


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


def test_news_for_nobody_in_particular_wakes_all(looks: Counter[str]) -> None:
    notify.after_commit(notify.RELAY)

    wait(lambda: {"mails", "jobs", "rows", "outbox"} <= set(looks))


def test_a_pump_that_follows_another_looks_when_that_one_did_something_and_siblings_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "_pumps", {})
    monkeypatch.setattr(relay, "_POLL_SECONDS", 0.2)
    monkeypatch.setattr(relay.services, "deliver_batch", lambda: 0)
    letters, helpers, drawn = [1] * 4, set(), threading.Event()
    is_open, two_at_once = threading.Event(), threading.Barrier(2, timeout=5)

    def send() -> int:
        if not is_open.is_set() or not letters:
            return 0
        letters.pop()
        helpers.add(threading.current_thread().name)
        if len(letters) in (2, 1):
            two_at_once.wait()
        return 1

    pump("letters", send, threads=2)
    pump("rows", lambda: drawn.set() or 0, after="letters")
    running = Relay()
    running.start()
    time.sleep(0.5)
    drawn.clear()
    # Nobody tells of the letters: the poll finds the first, and has the other thread help with the next two.
    is_open.set()

    wait(lambda: not letters)
    assert drawn.wait(5)
    running.stop()
    assert helpers == {"letters-0", "letters-1"}
