"""
One trading day of a merchant of its own, driven from outside: REST, websockets, the simulated terminals and the sandbox processor.

`run_day` makes the merchant, lets every customer of the plan in, closes the books and returns what happened.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from merchant.demo.client import Api, Traffic, open_http
from merchant.demo.closing import Closed, Moments, close, next_mornings
from merchant.demo.counter import Till
from merchant.demo.installation import Installation
from merchant.demo.line import TabletLine
from merchant.demo.plan import SLOTS, SLOW, Story, plan_day
from merchant.demo.receiver import Receiver
from merchant.demo.results import Ledger
from merchant.demo.terminal_device import Device, DeviceConfig
from merchant.demo.webshop import RESULT_SECONDS_MAX, Webshop

ZONE, OPENS_AT = "Europe/Berlin", time(8, 30)
STORES, TILLS_PER_STORE = 4, 4
CONNECTIONS = 200
SHOPPERS = 14
# Simulated people at the counter, so many times faster than real ones.
SPEED = 25.0
TERMINALS_READY_SECONDS_MAX = 20.0
WEB_KINDS = ("checkout", "link")


@dataclass(frozen=True, slots=True)
class Options:
    """What a day is asked for."""

    seed: str
    sales: int
    base_url: str
    var: Path
    tell: Callable[[str], None]


@dataclass(slots=True)
class Day:
    """What happened."""

    merchant: dict[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    traffic: Traffic = field(default_factory=Traffic)
    receiver: Receiver = field(default_factory=Receiver)
    heard: int = 0
    closed: Closed | None = None


@dataclass(slots=True)
class _Crew:
    """Everybody who serves customers."""

    tills: list[Till]
    shop: Webshop
    lines: list[TabletLine]
    tasks: list[asyncio.Task[None]]

    def shop_serves(self, day: Day) -> Callable[[Story], Awaitable[None]]:
        """Return how the webshop serves one customer."""
        return lambda story: self.shop.serve(story, ledger=day.ledger)


async def run_day(options: Options) -> Day:
    """
    Make a merchant, trade today and close it.

    :raises NotQuiet, Unreachable, TimeoutError: if the installation does not keep up.
    """
    day = Day()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http(connections=CONNECTIONS))
        server = await stack.enter_async_context(await day.receiver.listen())
        installation = Installation(http, base_url=options.base_url, var=options.var, traffic=day.traffic)
        opened = opening_time(date_in(ZONE))
        day.merchant = await installation.make_merchant(
            name=f"Day {options.seed}",
            seed=f"day:{options.seed}",
            now=opened.isoformat(),
            stores=STORES,
            tills_per_store=TILLS_PER_STORE,
            terminals_per_store=TILLS_PER_STORE,
            pieces_per_article=max(1000, options.sales * 4),
            gift_cards=options.sales // 6 + 20,
            webhook_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks",
        )
        day.receiver.secret = day.merchant["webhook_secret"]
        await play(installation, http, options, day, opened=opened, moments=next_mornings(opened))
    return day


async def play(
    installation: Installation,
    http: httpx.AsyncClient,
    options: Options,
    day: Day,
    *,
    opened: datetime,
    moments: Moments,
) -> None:
    """Let every customer of the plan in on the day of `opened`, then close it at `moments`. Adds to `day`."""
    merchant = day.merchant
    options.tell(f"merchant {merchant['merchant_id']}: {len(merchant['tills'])} tills, {SHOPPERS} shoppers at a time")
    with tempfile.TemporaryDirectory(prefix="tillsyn-day-") as folder:
        crew = await _assemble(http, options, day, Path(folder))
        try:
            # A shift begins on the day that it sells on: its float and its Z are of that day.
            await installation.set_clock(opened)
            for till in crew.tills:
                await till.open_shift()
            await _trade(crew, installation, options, day, opened)
            await _close_tills(crew, installation, options)
        finally:
            for task in crew.tasks:
                task.cancel()
            await asyncio.gather(*crew.tasks, return_exceptions=True)
    day.heard = sum(line.heard for line in crew.lines)
    options.tell("closing: settlement with planted faults, statement, reconciliation, exports")
    key = f"Bearer {merchant['api_key']}"
    back_office = Api(http, base_url=options.base_url, authorization=key, traffic=day.traffic)
    day.closed = await close(installation, back_office, day=opened.date(), moments=moments, ledger=day.ledger)


async def _assemble(http: httpx.AsyncClient, options: Options, day: Day, folder: Path) -> _Crew:
    merchant, url = day.merchant, options.base_url
    ws_url = url.replace("http", "ws", 1).rstrip("/") + "/ws/terminal/"
    tills, lines, tasks = [], [], []
    terminals = {terminal["register_id"]: terminal for terminal in merchant["terminals"]}
    for entry in (till for till in merchant["tills"] if till["register_id"] in terminals):
        terminal = terminals[entry["register_id"]]
        config = DeviceConfig(
            serial=terminal["serial"],
            token=terminal["token"],
            terminal_key=terminal["terminal_key"],
            sandbox_url=merchant["processor"]["url"],
            ws_url=ws_url,
        )
        device = Device(config, folder=folder, speed=SPEED)
        line = TabletLine(base_url=url, token=entry["token"], store_id=entry["store_id"])
        api = Api(http, base_url=url, authorization=f"Device {entry['token']}", traffic=day.traffic)
        tills.append(Till(api, merchant["currency"], line=line, terminal_id=terminal["id"], device=device))
        lines.append(line)
        tasks += [asyncio.create_task(device.run()), asyncio.create_task(line.run())]
    codes = merchant["channel_codes"]
    api = Api(http, base_url=url, authorization=f"Bearer {merchant['api_key']}", traffic=day.traffic)
    shop = Webshop(api, merchant["currency"], web_channel=codes["webshop"], link_channel=codes["link"])
    await _until_online([till.device for till in tills if till.device is not None])
    return _Crew(tills, shop, lines, tasks)


async def _close_tills(crew: _Crew, installation: Installation, options: Options) -> None:
    await installation.wait_until_quiet()
    for till in crew.tills:
        await till.close_shift()
    options.tell(f"{len(crew.tills)} tills counted and closed, each with its Z")


async def _until_online(devices: list[Device]) -> None:
    async with asyncio.timeout(TERMINALS_READY_SECONDS_MAX):
        while not all(device.is_online for device in devices):
            await asyncio.sleep(0.1)
    # The line is open; the terminal's first word that it is ready follows.
    await asyncio.sleep(0.5)


async def _trade(crew: _Crew, installation: Installation, options: Options, day: Day, opened: datetime) -> None:
    stories = plan_day(seed=options.seed, sales=options.sales, articles=day.merchant["articles"])
    gift_cards = _hand_out(stories, day.merchant["gift_cards"])
    slow = [story for story in stories if story.twist in SLOW]
    waiting: list[asyncio.Task[None]] = []
    for slot, (clock, _) in enumerate(SLOTS):
        hour, minute = (int(part) for part in clock.split(":"))
        await installation.set_clock(datetime.combine(opened.date(), time(hour, minute), opened.tzinfo))
        if not waiting:
            waiting = [asyncio.create_task(_work(deque([story]), crew.shop_serves(day), day)) for story in slow]
        mine = [story for story in stories if story.slot == slot and story.twist not in SLOW]
        options.tell(f"{clock}  {len(mine)} customers")
        await _serve(mine, crew, gift_cards, day)
        await _until_asked(waiting, slow, crew.shop)
    options.tell(f"waiting for {sum(not task.done() for task in waiting)} whose outcome nobody knows yet")
    await asyncio.gather(*waiting)


async def _until_asked(waiting: list[asyncio.Task[None]], slow: list[Story], shop: Webshop) -> None:
    """Wait until nobody stands between basket and payment: the clock leaps by hours, and a checkout is open for minutes."""
    async with asyncio.timeout(RESULT_SECONDS_MAX):
        while any(
            not task.done() and story.number not in shop.asked for task, story in zip(waiting, slow, strict=True)
        ):
            await asyncio.sleep(0.05)


async def _serve(stories: list[Story], crew: _Crew, gift_cards: dict[int, str], day: Day) -> None:
    """Serve the customers of one stretch of the day: each till its own queue, the webshop's shoppers from one."""
    queues: list[deque[Story]] = [deque() for _ in crew.tills]
    web: deque[Story] = deque()
    for story in stories:
        (web if story.kind in WEB_KINDS else queues[story.seat % len(queues)]).append(story)

    def till_serves(till: Till) -> Callable[[Story], Awaitable[None]]:
        return lambda story: till.serve(story, gift_card=gift_cards.get(story.number, ""), ledger=day.ledger)

    counters = [_work(queue, till_serves(till), day) for till, queue in zip(crew.tills, queues, strict=True)]
    shoppers = [_work(web, crew.shop_serves(day), day) for _ in range(SHOPPERS)]
    await asyncio.gather(*counters, *shoppers)


async def _work(queue: deque[Story], serve: Callable[[Story], Awaitable[None]], day: Day) -> None:
    while queue:
        story = queue.popleft()
        day.traffic.client_came()
        try:
            await serve(story)
        except Exception as error:
            day.ledger.trouble(story, error)
        finally:
            day.traffic.client_left()


def _hand_out(stories: list[Story], cards: list[str]) -> dict[int, str]:
    """Give every customer who pays by gift card one of their own, so that no balance depends on who came first."""
    wanting = [story.number for story in stories if story.kind == "split"]
    return {number: cards[place % len(cards)] for place, number in enumerate(wanting)}


def date_in(zone: str) -> date:
    """Return today's date there."""
    return datetime.now(ZoneInfo(zone)).date()


def opening_time(day: date) -> datetime:
    """Return when the shop opens on `day`."""
    return datetime.combine(day, OPENS_AT, ZoneInfo(ZONE))
