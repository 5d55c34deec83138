"""T, and B5: a real counter - web process, relay, sandbox, terminals - whose parts die in the middle of a card payment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connections

from merchant.core.crash_points import MARK_VARIABLE, VARIABLE, crash_point
from merchant.embedded import Servers, valkey
from tests.crash import children, invariants
from tests.crash.table import add
from tests.crash.world import Facts, World
from tests.factories import a_device, a_register
from tests.terminals.live.conftest import Counter, wait_for

SERIAL = "S1-1"
SECONDS_MAX = 120


def play(world: World, *, act: Callable[[World, Counter], int], with_broker: bool = False) -> None:
    """Open a counter in a child, let it go wrong, and check the invariants while its processor still runs."""
    world.is_checked = True
    kills = children.begin(_play, world, act, with_broker).wait()
    children.count_kills(kills)
    world.sales += 1


def _play(world: World, act: Callable[[World, Counter], int], with_broker: bool) -> int:
    with ExitStack() as stack:
        address = f"unix://{world.folder}/nobody.sock"
        if with_broker:
            servers = Servers(world.ground.valkey_places, with_postgres=False, durable=True)
            stack.enter_context(servers.in_use())
            address = valkey.url(places=servers.places)
        counter = Counter(world.folder, address)
        stack.callback(counter.close)
        counter.open()
        world.facts = _facts(counter)
        kills = act(world, counter)
        for name in ("terminals", "relay", "web"):
            counter.stop(name)
        world._settle(0.0, True)
        found = invariants.broken(world, world.folder / "words.log")
        assert not found, "\n".join(found)
        return kills


def _facts(counter: Counter) -> Facts:
    return Facts(
        counter.merchant.id, counter.store.id, counter.register.id, counter.account.id, "counter", counter.variant.sku, counter.variant.id, "store",
        counter.token, "no second token", "no api key here", uuid4(), {"api_key": "key-counter", "terminal_key": "terminal-counter"},
    )  # fmt: skip


def _paid_once(counter: Counter, operation: str) -> None:
    done = counter.wait_for_status(operation, "succeeded", seconds=SECONDS_MAX)
    assert done.payment.captured_minor == 2000
    assert len(counter.truth(done.reference)) == 1
    assert counter.payments() == 1
    wait_for(lambda: counter.operation(operation).payment.order.status == "completed", what="the hand-over")


def _armed(counter: Counter, point: str) -> Path:
    """Have the web process started anew with its death before it."""
    mark = counter.folder / "reached"
    counter.stop("web")
    environment = {VARIABLE: point, MARK_VARIABLE: str(mark)}
    counter.start("web", ["manage.py", "web", "--port", str(counter.web_port)], **environment)
    for serial in counter.terminals:
        counter.wait_for_state(serial, "ready", seconds=SECONDS_MAX)
    return mark


def _web_dies(world: World, counter: Counter, *, point: str) -> int:
    mark = _armed(counter, point)
    asked = counter.pay(SERIAL)
    web = counter.children.pop("web")
    assert web.wait(timeout=SECONDS_MAX) == -signal.SIGKILL
    assert mark.read_text() == point
    counter.start_web()
    _paid_once(counter, asked["id"])
    return 1


def _relay_dies(world: World, counter: Counter, *, point: str) -> int:
    mark = counter.folder / "reached"
    counter.stop("relay")
    counter.start("relay", ["manage.py", "relay"], **{VARIABLE: point, MARK_VARIABLE: str(mark)})
    asked = counter.pay(SERIAL)
    relay = counter.children.pop("relay")
    assert relay.wait(timeout=SECONDS_MAX) == -signal.SIGKILL
    assert mark.read_text() == point
    counter.start("relay", ["manage.py", "relay"])
    if point == "S6":
        _paid_once(counter, asked["id"])
        return 1
    never = counter.wait_for_status(asked["id"], "failed", seconds=SECONDS_MAX)
    assert (never.decline_code, counter.truth(never.reference)) == ("not_sent", [])
    assert (never.finished_at - never.submitted_at).total_seconds() < 60
    counter.wait_for_state(SERIAL, "ready", seconds=SECONDS_MAX)
    again = counter.pay(SERIAL, order={"id": str(never.order_id)})
    assert counter.wait_for_status(again["id"], "succeeded", seconds=SECONDS_MAX).payment.captured_minor == 2000
    return 1


def _ask_and_die(counter: Counter, path: str, body: bytes, key: str) -> None:
    """A tablet sends its request and is gone before the answer, once the request was acted on. A request whose sender leaves before it is read is none."""
    head = (
        f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Device {counter.token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", counter.web_port)) as line:
        line.sendall(head.encode() + body)
        wait_for(lambda: counter.payments() == 1, what="the tablet's payment")
        crash_point("T3")


def _tablet_dies(counter: Counter) -> tuple[dict[str, Any], bytes, str, str]:
    order = counter.order()
    body = json.dumps(
        {
            "method": "card_present",
            "amount": {"amount_minor": 2000, "currency": "EUR"},
            "terminal_id": str(counter.terminals[SERIAL].id),
        }
    ).encode()
    path, key = f"orders/{order['id']}/payments/", str(uuid4())
    connections.close_all()
    children.killed_at("T3", _ask_and_die, counter, path, body, key)
    assert counter.payments() == 1
    return order, body, path, key


def _tablet_comes_back(world: World, counter: Counter) -> int:
    _, body, path, key = _tablet_dies(counter)
    answer = counter.post(path, json.loads(body), key=key, status=202)
    _paid_once(counter, answer["id"])
    return 1


def _another_tablet(world: World, counter: Counter) -> int:
    """A till next to it does not get the order; a new tablet of the same till does, and not a second payment."""
    order, body, path, _ = _tablet_dies(counter)
    _, counter.token = a_device(a_register(counter.store))
    assert counter.post(path, json.loads(body), status=409)["code"] == "cart_not_held"
    _, counter.token = a_device(counter.register)
    refused = counter.post(path, json.loads(body), status=409)
    assert refused["code"] in ("payment_in_progress", "terminal_busy", "amount_exceeds_open", "order_not_payable"), (
        refused
    )
    [operation] = world.operations()
    _paid_once(counter, str(operation["id"]))
    assert str(operation["order_id"]) == order["id"]
    return 1


def _power_cut(world: World, counter: Counter) -> int:
    counter.command(SERIAL, "drop_before_answer", seconds=60)
    asked = counter.pay(SERIAL)
    reference = counter.operation(asked["id"]).reference
    wait_for(lambda: counter.truth(reference), what="the approval")
    assert counter.operation(asked["id"]).status in ("submitted", "unknown")
    counter.stop("terminals", signal.SIGKILL)
    counter.start_terminals()
    _paid_once(counter, asked["id"])
    return 1


def _broker_restarts_empty(world: World, counter: Counter) -> int:
    places = world.ground.valkey_places
    counter.command(SERIAL, "late_answer", seconds=2)
    asked = counter.pay(SERIAL)
    pid = valkey.find_pid(places=places)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    shutil.rmtree(places.valkey / "appendonlydir")
    servers = Servers(places, with_postgres=False, durable=True)
    servers.restart()
    _paid_once(counter, asked["id"])
    again = counter.pay(SERIAL)
    counter.wait_for_status(again["id"], "succeeded", seconds=SECONDS_MAX)
    return 1


add("T", "T1 request sent, the server dies", partial(play, act=partial(_web_dies, point="T1")))
add("T", "T2 result arrived, the server dies", partial(play, act=partial(_web_dies, point="T2")))
add("T", "T3 the tablet dies and comes back", partial(play, act=_tablet_comes_back))
add("T", "T4 the tablet dies, another takes over", partial(play, act=_another_tablet))
add("T", "T5 approved, then the terminal loses power", partial(play, act=_power_cut))
add("T", "T6 submitted, the relay dies before the terminal's row", partial(play, act=partial(_relay_dies, point="S4")))
add("T", "T7 the terminal has it, the relay dies", partial(play, act=partial(_relay_dies, point="S6")))
add("B", "B5 restarted empty with live sockets", partial(play, act=_broker_restarts_empty, with_broker=True))
