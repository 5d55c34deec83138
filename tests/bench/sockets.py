"""P10: one message to a thousand sockets: the product, bare `websockets` with Valkey, and a channel-layer group, one process each."""

from __future__ import annotations

import argparse
import base64
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels_redis.core import RedisChannelLayer

from merchant.core.outbox import screens
from tests.bench import processes, tills
from tests.bench.ground import ROOT, Ground, Shop, web
from tests.bench.others import CHANNEL, GROUP
from tests.bench.table import Row
from tests.ports import free_port

PUBLISHES = 30
WAIT_SECONDS_MAX = 60

Publish = Callable[[str], Any]


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P10 and the figures behind them."""
    count = options.sockets
    figures: dict[str, list[dict[str, float]]] = {"bare": [], "product": [], "groups": []}
    client = redis.Redis.from_url(ground.redis_url)
    layer = RedisChannelLayer(hosts=[ground.redis_url])
    topic, token = f"store:{shop.store.id}:stock", f"Authorization: Device {shop.tokens[0]}\r\n"

    def to_screens(mark: str) -> None:
        screens.push(shop.merchant.id, topic, event={"kind": mark})

    def to_group(mark: str) -> None:
        async_to_sync(layer.group_send)(GROUP, {"type": "show", "text": _event(mark)})

    for _ in range(options.rounds):
        with _other("bare", ground) as port:
            figures["bare"].append(_fan_out(port, lambda mark: client.publish(CHANNEL, _event(mark)), count))
        with web(WEB_PROCESSES="1") as (port, pid):
            figures["product"].append(_fan_out(port, to_screens, count, path="/ws/v1/", headers=token, pid=pid))
        with _other("groups", ground) as port:
            figures["groups"].append(_fan_out(port, to_group, count))
    half = {name: statistics.median(one["p50_ms"] for one in seen) for name, seen in figures.items()}
    memory = statistics.median(one["kb_a_socket"] for one in figures["product"])
    rows = [
        Row("P10", "last socket, multiple of bare websockets", half["product"] / half["bare"], 2, 1.2, "x", is_less_better=True),
        Row("P10", "last socket, times faster than groups", half["groups"] / half["product"], 6, 10, "x"),
        Row("P11", "memory a socket", memory, 40, 40, "kB", is_less_better=True),
    ]  # fmt: skip
    return rows, {"sockets": count, **figures}


class _Sockets:
    """Many open websockets in one thread that costs little: what a server needs to reach them is the figure, not what they need."""

    def __init__(self, port: int, path: str, headers: str, count: int) -> None:
        self._by_number = {}
        self._poll = select.epoll()
        for _ in range(count):
            opened = open_socket(port, path, headers)
            self._by_number[opened.fileno()] = opened
            self._poll.register(opened, select.EPOLLIN)

    def wait_for(self, mark: bytes) -> None:
        """Return when every socket has got a message with `mark`."""
        missing = set(self._by_number)
        while missing:
            ready = self._poll.poll(WAIT_SECONDS_MAX)
            if not ready:
                raise RuntimeError(f"{len(missing)} sockets got nothing")
            for number, _ in ready:
                text = self._by_number[number].recv(4096)
                if not text:
                    raise RuntimeError("the server closed a socket")
                if mark in text:
                    missing.discard(number)

    def close(self) -> None:
        """Close all."""
        for opened in self._by_number.values():
            opened.close()


def open_socket(port: int, path: str, headers: str) -> socket.socket:
    """Return a connected websocket whose frames are read and written by hand."""
    opened = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS_MAX)
    key = base64.b64encode(os.urandom(16)).decode()
    opened.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
    )
    answer = opened.recv(4096)
    if b" 101 " not in answer:
        raise RuntimeError(f"no websocket: {answer[:200]!r}")
    return opened


def _fan_out(
    port: int, publish: Publish, count: int, *, path: str = "/", headers: str = "", pid: int = 0
) -> dict[str, float]:
    """Open `count` sockets, publish again and again, and time each until the last socket has it."""
    before = processes.resident_bytes(pid) if pid else 0
    sockets = _Sockets(port, path, headers, count)
    time.sleep(1)
    times = []
    for number in range(PUBLISHES):
        begun = time.perf_counter()
        publish(f"mark-{number}")
        sockets.wait_for(f'mark-{number}"'.encode())
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.05)
    memory = (processes.resident_bytes(pid) - before) / 1024 / count if pid else 0
    sockets.close()
    return {"p50_ms": tills.percentile(times, 50), "p99_ms": tills.percentile(times, 99), "kb_a_socket": memory}


def _event(mark: str) -> str:
    return f'{{"event":{{"kind":"{mark}"}}}}'


@contextmanager
def _other(kind: str, ground: Ground) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.others", kind, str(port)]
    # Groups complain of too few connections when a thousand sockets leave them at once.
    environment = {**os.environ, "REDIS_URL": ground.redis_url}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
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
