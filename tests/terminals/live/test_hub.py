"""One message to many screens: nobody waits long for one that takes nothing."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

from merchant.core.outbox import screens
from merchant.core.outbox.readers import Reader
from merchant.core.outbox.screens import Message
from terminals.live import hub as hubs

MERCHANT = uuid4()
OPEN = Reader("en", is_masked=False)


class FakeScreen:
    """A screen that takes messages, takes none, or is gone."""

    def __init__(self, *, is_stuck=False, is_gone=False, reader=OPEN):
        self.reader = reader
        self.merchant_id, self.topics = MERCHANT, frozenset({"stock"})
        self.is_stuck, self.is_gone = is_stuck, is_gone
        self.seen, self.is_dropped = [], False

    def wants(self, message):
        return True

    async def show(self, frame, seq):
        if self.is_gone:
            raise ConnectionError
        if self.is_stuck:
            await asyncio.Event().wait()
        self.seen.append((frame, seq))

    async def drop(self):
        self.is_dropped = True


def sent_to(*open_screens, monkeypatch, times=1):
    monkeypatch.setattr(hubs, "SEND_SECONDS_MAX", 0.05)
    hub = hubs.Hub()

    async def send():
        for screen in open_screens:
            hub.add(screen)
        for number in range(1, times + 1):
            await hub._fan_out(screens.channel(MERCHANT), Message(number, "stock", None, True, "{}"))
        await asyncio.sleep(0)

    asyncio.run(send())
    return hub


def test_screens_that_take_nothing_are_closed_and_everybody_else_is_told(monkeypatch):
    good = [FakeScreen() for _ in range(20)]
    stuck = [FakeScreen(is_stuck=True) for _ in range(3)]

    hub = sent_to(*good, *stuck, monkeypatch=monkeypatch, times=2)

    assert all(screen.seen == [("{}", 1), ("{}", 2)] for screen in good)
    assert all(screen.is_dropped and screen.seen == [] for screen in stuck)
    assert hub._screens[screens.channel(MERCHANT)] == set(good)


def test_a_screen_that_is_gone_is_forgotten(monkeypatch):
    good, gone = FakeScreen(), FakeScreen(is_gone=True)

    hub = sent_to(gone, good, monkeypatch=monkeypatch)

    assert good.seen == [("{}", 1)]
    assert hub._screens[screens.channel(MERCHANT)] == {good}


def test_each_screen_is_sent_what_was_drawn_for_its_eyes_and_language(monkeypatch):
    published = []
    monkeypatch.setattr(screens._valkey, "publish", lambda merchant_id, body: published.append(body))
    drawings = {Reader("en", True): "<i>k***</i>", Reader("en", False): "<i>Kim</i>", Reader("de"): "<i>Käufer</i>"}
    screens.push(MERCHANT, "stock", drawings=drawings, is_only_news=True)
    english, masked = FakeScreen(), FakeScreen(reader=Reader("en", True))
    german, swedish = FakeScreen(reader=Reader("de", True)), FakeScreen(reader=Reader("sv", False))
    hub = hubs.Hub()
    for screen in (english, masked, german, swedish):
        hub.add(screen)

    asyncio.run(hub._fan_out(screens.channel(MERCHANT), screens.read(f"7|{published[0]}")))

    seen = [[json.loads(frame) for frame, _seq in screen.seen] for screen in (english, masked, german, swedish)]
    message = {"seq": 7, "topic": "stock"}
    assert seen == [
        [{**message, "html": "<i>Kim</i>"}],
        [{**message, "html": "<i>k***</i>"}],
        [{**message, "html": "<i>Käufer</i>"}],
        [],
    ]


def test_a_page_in_a_language_that_nobody_speaks_here_reads_the_first_one():
    assert Reader.of("de-AT", is_masked=True) == Reader("de", True)
    assert Reader.of("tlh", is_masked=False) == Reader("en", False)
