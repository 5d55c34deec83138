"""The wall: 200 connected terminals and 50 open walls; from what a terminal says to the last wall that shows it."""

from __future__ import annotations

import argparse
import json
import select
import socket
import statistics
import time
from typing import Any
from uuid import UUID

from django.conf import settings

from merchant.core.ids import new_secret, secret_hash
from merchant.core.tenancy import acting_for
from terminals.devices.models import Terminal
from terminals.drivers.agent import protocol
from terminals.drivers.agent.protocol import Message
from tests.bench import tills
from tests.bench.ground import Ground, Shop, web
from tests.bench.sockets import open_socket
from tests.bench.table import Row
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.factories.merchants import FOUNDED_AT
from tests.factories.orders import a_gateway_account

TERMINALS, WALLS, CHANGES = 200, 50, 60
# Everybody has said hello by then, so that what follows is only what is measured.
SETTLED_SECONDS = 3.0
WAIT_SECONDS_MAX = 30


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the row of the wall and the figures behind it."""
    tokens = _pair(shop)
    session = signed_in(a_staff_member(shop.merchant, role="owner")).cookies[settings.SESSION_COOKIE_NAME].value
    with web(WEB_PROCESSES="1") as (port, _pid):
        page = f"Cookie: {settings.SESSION_COOKIE_NAME}={session}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        walls = [open_socket(port, "/ws/staff/", page) for _ in range(WALLS)]
        topic = f"store:{shop.store.id}:terminals"
        for wall in walls:
            _send(wall, json.dumps({"subscribe": [topic], "last_seq": 0}))
        lines = {
            key: open_socket(port, "/ws/terminal/", f"Authorization: Terminal {token}\r\n")
            for key, token in tokens.items()
        }
        for line in lines.values():
            _say(line, "ready")
        time.sleep(SETTLED_SECONDS)
        seconds = [_until_all_walls_show(walls, key, lines[key]) for key in list(lines)[:CHANGES]]
        for opened in (*walls, *lines.values()):
            opened.close()
    worst = max(seconds) * 1000
    figures = {
        "terminals": TERMINALS, "walls": WALLS, "changes": CHANGES, "p50_ms": statistics.median(seconds) * 1000,
        "p99_ms": tills.percentile([one * 1000 for one in seconds], 99), "worst_ms": worst,
    }  # fmt: skip
    return [
        Row("C4", "last wall shows a terminal's change, worst", worst, 1000, 500, "ms", is_less_better=True)
    ], figures


def _pair(shop: Shop) -> dict[UUID, str]:
    account = a_gateway_account(shop.merchant)
    tokens = {}
    with acting_for(shop.merchant.id):
        for number in range(TERMINALS):
            token = new_secret("ttk")
            terminal = Terminal.objects.create(
                store=shop.store, gateway_account=account, name=f"Counter {number}", serial_number=f"WALL{number}",
                token_hash=secret_hash(token), paired_at=FOUNDED_AT,
            )  # fmt: skip
            tokens[terminal.id] = token
    return tokens


def _say(line: socket.socket, state: str) -> None:
    body = {"event": "status", "state": state, "step": "", "battery_percent": 80, "network": "wifi"}
    _send(line, protocol.write(Message("event", "notification", protocol.new_service_id(), body)))


def _send(opened: socket.socket, text: str) -> None:
    """Send one text frame; its mask is all zeros, which changes nothing."""
    payload = text.encode()
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    opened.sendall(b"\x81" + length + bytes(4) + payload)


def _until_all_walls_show(walls: list[socket.socket], key: UUID, line: socket.socket) -> float:
    """Let a terminal say that it needs care, and return after how many seconds the last wall has its tile."""
    for wall in walls:
        wall.setblocking(False)
        try:
            while wall.recv(65536):
                pass
        except BlockingIOError:
            wall.setblocking(True)
    mark, seen = str(key).encode(), {wall.fileno(): b"" for wall in walls}
    missing = {wall.fileno(): wall for wall in walls}
    begun = time.perf_counter()
    _say(line, "needs_care")
    while missing:
        ready, _, _ = select.select(list(missing.values()), [], [], WAIT_SECONDS_MAX)
        if not ready:
            raise RuntimeError(f"{len(missing)} walls got nothing")
        for wall in ready:
            seen[wall.fileno()] += wall.recv(65536)
            if mark in seen[wall.fileno()]:
                missing.pop(wall.fileno())
    return time.perf_counter() - begun
