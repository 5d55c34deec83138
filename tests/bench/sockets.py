"""P10: one message to a thousand sockets: the product, bare `websockets` with Valkey, and a channel-layer group, one process each."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis.asyncio
import websockets
from channels_redis.core import RedisChannelLayer

from merchant.core.outbox import screens
from tests.bench import processes, tills
from tests.bench.ground import ROOT, Ground, Shop, web
from tests.bench.others import CHANNEL, GROUP
from tests.bench.table import Row

PUBLISHES = 30
OPEN_AT_ONCE = 40
WAIT_SECONDS_MAX = 60

Publish = Callable[[str], Awaitable[Any]]


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P10 and the figures behind them."""
    count = options.sockets
    figures: dict[str, list[dict[str, float]]] = {"bare": [], "product": [], "groups": []}
    for _ in range(options.rounds):
        with _other("bare", ground) as port:
            figures["bare"].append(asyncio.run(_fan_out(f"ws://127.0.0.1:{port}/", {}, count, _to_valkey(ground))))
        with web(WEB_PROCESSES="1") as (port, pid):
            token = {"Authorization": f"Device {shop.tokens[0]}"}
            before = processes.resident_bytes(pid)
            seen = asyncio.run(
                _fan_out(
                    f"ws://127.0.0.1:{port}/ws/v1/", token, count, _to_screens(shop),
                    at_end=lambda pid=pid, before=before: {"kb_a_socket": (processes.resident_bytes(pid) - before) / 1024 / count},
                )
            )  # fmt: skip
            figures["product"].append(seen)
        with _other("groups", ground) as port:
            figures["groups"].append(asyncio.run(_fan_out(f"ws://127.0.0.1:{port}/", {}, count, _to_group(ground))))
    half = {name: statistics.median(one["p50_ms"] for one in seen) for name, seen in figures.items()}
    memory = statistics.median(one["kb_a_socket"] for one in figures["product"])
    rows = [
        Row("P10", "last socket, multiple of bare websockets", half["product"] / half["bare"], 2, 1.2, "x", is_less_better=True),
        Row("P10", "last socket, times faster than groups", half["groups"] / half["product"], 6, 10, "x"),
        Row("P11", "memory a socket", memory, 40, 40, "kB", is_less_better=True),
    ]  # fmt: skip
    return rows, {"sockets": count, **figures}


async def _fan_out(
    address: str,
    headers: dict[str, str],
    count: int,
    make_publish: Callable[[], Awaitable[Publish]],
    at_end: Callable[[], dict[str, float]] = dict,
) -> dict[str, float]:
    """Open `count` sockets, publish again and again, and time each until the last socket has it."""
    arrived: dict[str, int] = {}
    is_there = asyncio.Event()
    awaited = ""
    gate = asyncio.Semaphore(OPEN_AT_ONCE)

    async def listen() -> None:
        async with gate:
            connection = await websockets.connect(
                address,
                additional_headers=headers,
                compression=None,
                open_timeout=WAIT_SECONDS_MAX,
                ping_interval=None,
                proxy=None,
            )
        opened.release()
        try:
            async for text in connection:
                mark = str(text).rpartition("mark-")[2].partition('"')[0]
                arrived[mark] = arrived.get(mark, 0) + 1
                if mark == awaited and arrived[mark] == count:
                    is_there.set()
        finally:
            await connection.close()

    opened = asyncio.Semaphore(0)
    listeners = [asyncio.create_task(listen()) for _ in range(count)]
    for _ in range(count):
        await asyncio.wait_for(opened.acquire(), WAIT_SECONDS_MAX)
    await asyncio.sleep(1)
    publish = await make_publish()
    times = []
    for number in range(PUBLISHES):
        awaited = str(number)
        is_there.clear()
        begun = time.perf_counter()
        await publish(f"mark-{number}")
        await asyncio.wait_for(is_there.wait(), WAIT_SECONDS_MAX)
        times.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.05)
    more = at_end()
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    return {"p50_ms": tills.percentile(times, 50), "p99_ms": tills.percentile(times, 99), **more}


def _to_screens(shop: Shop) -> Callable[[], Awaitable[Publish]]:
    async def make() -> Publish:
        topic = f"store:{shop.store.id}:stock"
        return lambda mark: asyncio.to_thread(screens.push, shop.merchant.id, topic, event={"kind": mark})

    return make


def _to_valkey(ground: Ground) -> Callable[[], Awaitable[Publish]]:
    async def make() -> Publish:
        client = redis.asyncio.Redis.from_url(ground.redis_url)
        return lambda mark: client.publish(CHANNEL, f'{{"event":{{"kind":"{mark}"}}}}')

    return make


def _to_group(ground: Ground) -> Callable[[], Awaitable[Publish]]:
    async def make() -> Publish:
        layer = RedisChannelLayer(hosts=[ground.redis_url])
        return lambda mark: layer.group_send(GROUP, {"type": "show", "text": f'{{"event":{{"kind":"{mark}"}}}}'})

    return make


@contextmanager
def _other(kind: str, ground: Ground) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.others", kind, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "REDIS_URL": ground.redis_url})
    try:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
