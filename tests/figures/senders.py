"""Many prepared requests over many kept connections, from one thread: each connection has one in flight."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SILENCE_SECONDS_MAX = 30


@dataclass
class Answers:
    """What came back."""

    statuses: Counter[str] = field(default_factory=Counter)
    bodies: Counter[bytes] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    by_request: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def request(path: str, authorization: str, key: str, body: bytes) -> bytes:
    """Return one POST as it goes over the line."""
    return (
        f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class _Line:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SILENCE_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number, self.sent_at, self.buffer = -1, 0.0, b""

    def send(self, number: int, data: bytes) -> None:
        self.number, self.buffer, self.sent_at = number, b"", time.perf_counter()
        self.socket.sendall(data)

    def read(self) -> tuple[str, bytes] | None:
        part = self.socket.recv(1 << 16)
        if not part:
            return "closed", b""
        self.buffer += part
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return (head[9:12].decode(), body) if len(body) >= length else None


def send_all(port: int, requests: Sequence[bytes], *, connections: int) -> Answers:
    """Send every request, in order, over so many connections, and return all answers."""
    lines = {line.socket.fileno(): line for line in (_Line(port) for _ in range(connections))}
    seen, poll, left = Answers(), select.epoll(), _numbered(requests)
    began, waiting = time.perf_counter(), 0
    for number, line in lines.items():
        poll.register(number, select.EPOLLIN)
        waiting += _next(line, left)
    while waiting:
        ready = poll.poll(SILENCE_SECONDS_MAX)
        if not ready:
            seen.statuses["silence"] += waiting
            break
        for number, _ in ready:
            line = lines[number]
            found = line.read()
            if found is None:
                continue
            status, body = found
            seen.statuses[status] += 1
            seen.bodies[body] += 1
            seen.by_request[line.number] = status
            seen.latencies_ms.append((time.perf_counter() - line.sent_at) * 1000)
            if status == "closed" or not _next(line, left):
                waiting -= 1
                poll.unregister(number)
    seen.seconds = time.perf_counter() - began
    return seen


def _numbered(requests: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    return iter(enumerate(requests))


def _next(line: _Line, left: Iterator[tuple[int, bytes]]) -> int:
    following = next(left, None)
    if following is None:
        return 0
    line.send(*following)
    return 1
