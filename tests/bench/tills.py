"""
Tablets that send one request after the other over kept connections, in one process that costs little CPU.

`python -m tests.bench.tills` reads a `Load` as JSON from standard input and prints what it saw as JSON.
"""

from __future__ import annotations

import base64
import hmac
import json
import random
import resource
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

# A server that answers nothing for this long has failed.
SILENCE_SECONDS_MAX = 20


@dataclass
class Load:
    """What to send: with `articles` sales of three random ones, with `webhook_secret` signed deliveries, without both GETs of `path`."""

    port: int
    seconds: float
    tokens: list[str]
    path: str
    articles: list[str] = field(default_factory=list)
    seed: int = 1
    webhook_secret: str = ""


@dataclass
class Seen:
    """What came back. `cpu_seconds` is the sender's own."""

    seconds: float
    statuses: dict[str, int]
    latencies_ms: list[float]
    cpu_seconds: float
    first_refusal: str = ""

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return sum(count for status, count in self.statuses.items() if status.startswith("2")) / self.seconds

    @property
    def good(self) -> int:
        """Good answers."""
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))

    @property
    def failures(self) -> int:
        """Answers that say the server failed, and connections it dropped."""
        return sum(count for status, count in self.statuses.items() if not status.startswith(("2", "4")))


def send(load: Load) -> Seen:
    """Send `load` from a process of its own and return what it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.tills"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
        timeout=load.seconds + 2 * SILENCE_SECONDS_MAX,
    )
    return Seen(**json.loads(done.stdout))


def percentile(values: list[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class _Till:
    """One connection and its request in flight."""

    def __init__(self, load: Load, token: str, chance: random.Random) -> None:
        self.socket = socket.create_connection(("127.0.0.1", load.port), timeout=SILENCE_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._load, self._chance = load, chance
        verb = "POST" if load.articles or load.webhook_secret else "GET"
        self._head = f"{verb} {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Device {token}\r\n"
        self._buffer = b""
        self.sent_at = 0.0

    def ask(self) -> None:
        self._buffer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self._request())

    def answer(self) -> tuple[str, bytes] | None:
        """Read what is there; return status and body once the answer is complete."""
        part = self.socket.recv(65536)
        if not part:
            return "closed", b""
        self._buffer += part
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return (head[9:12].decode(), body) if len(body) >= length else None

    def _request(self) -> bytes:
        if self._load.webhook_secret:
            return self._delivery()
        if not self._load.articles:
            return f"{self._head}\r\n".encode()
        lines = ",".join(
            f'{{"article":"{article}","quantity":1}}' for article in self._chance.sample(self._load.articles, 3)
        )
        body = f'{{"lines":[{lines}],"tendered_minor":100000}}'
        key = UUID(int=self._chance.getrandbits(128))
        return (
            f"{self._head}Content-Type: application/json\r\nIdempotency-Key: {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _delivery(self) -> bytes:
        event, moment = f"evt_{self._chance.getrandbits(96):x}", int(time.time())
        body = (
            f'{{"id":"{event}","type":"payment.captured","data":{{"id":"pay_{event}","kind":"authorise","reference":"REF{event}","payment_id":"pay_{event}",'
            '"status":"captured","amount_minor":2500,"currency":"EUR","decline_code":null,"card":{"brand":"visa","last4":"4242"},'
            '"landed_at":"2026-11-22T10:00:00+00:00"}}'
        )
        key = base64.b64decode(self._load.webhook_secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{event}.{moment}.{body}".encode(), "sha256")).decode()
        return (
            f"{self._head}Content-Type: application/json\r\nWebhook-Id: {event}\r\nWebhook-Timestamp: {moment}\r\n"
            f"Webhook-Signature: v1,{signature}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def run(load: Load) -> Seen:
    """Keep one request of every token in flight until the time is over."""
    chance = random.Random(f"{load.seed}")
    tills = [_Till(load, token, chance) for token in load.tokens]
    by_number = {till.socket.fileno(): till for till in tills}
    poll = select.epoll()
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    first_refusal = ""
    begun = time.perf_counter()
    for till in tills:
        till.ask()
    waiting = len(tills)
    while waiting:
        ready = poll.poll(SILENCE_SECONDS_MAX)
        if not ready:
            statuses["silence"] += waiting
            break
        for number, _ in ready:
            found = by_number[number].answer()
            if found is None:
                continue
            now = time.perf_counter()
            status, body = found
            statuses[status] += 1
            latencies.append((now - by_number[number].sent_at) * 1000)
            if not status.startswith("2") and not first_refusal:
                first_refusal = f"{status} {body[:300].decode(errors='replace')}"
            if now - begun < load.seconds and status != "closed":
                by_number[number].ask()
            else:
                waiting -= 1
                poll.unregister(number)
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Seen(seconds, dict(statuses), latencies, used.ru_utime + used.ru_stime, first_refusal)


def main() -> None:
    """Read a load, run it, print what was seen."""
    values: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(run(Load(**values))), sys.stdout)


if __name__ == "__main__":
    main()
