"""O: a tablet's queue of offline sales whose server dies at one of them, and is sent again."""

from __future__ import annotations

import json
import signal
import time
from functools import partial
from typing import Any
from uuid import uuid4

from merchant.core.clock import business_now
from terminals.pos import offline_rules
from tests.clients import with_device
from tests.crash import children
from tests.crash.table import add, case
from tests.crash.world import World

SALES = 4
# Dies at the third item: two have landed, and where the place is after its commit, three.
NTH = 3
# Long enough for the other tab to come to the item, shorter than it waits there.
WAIT_SECONDS = 0.5


def _let_tills_sell_offline(world: World) -> None:
    with world.acting():
        now = business_now(world.facts.merchant_id)
        offline_rules.set_rules(store_id=None, changes={"is_allowed": True}, now=now)


def _queue(world: World, quantity: int = 1) -> list[dict[str, Any]]:
    sold_at = business_now(world.facts.merchant_id).isoformat()
    return [
        {
            "key": str(uuid4()),
            "path": "offline-sales/",
            "body": {
                "lines": [{"article": world.facts.mug, "quantity": quantity, "total_minor": 2500 * quantity}],
                "tenders": [{"method": "cash", "amount_minor": 2500 * quantity}],
                "sold_at": sold_at,
                "receipt_number": number,
            },
        }
        for number in range(1, SALES + 1)
    ]


def send(world: World, queue: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tablet sends its queue."""
    answer = with_device(world.facts.device_token).post(
        "/api/v1/till/batch/", json.dumps({"operations": queue}), content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def _check(world: World, results: list[dict[str, Any]]) -> None:
    assert [row["status"] for row in results] == [201] * SALES, results
    assert [row["body"]["receipt"]["number"] for row in results] == list(range(1, SALES + 1))
    for row in results:
        # The stored answer, byte for byte, is what the tablet was told.
        world.cash_keys[row["key"]] = json.dumps(row["body"], separators=(",", ":"), ensure_ascii=False).encode()
    world.sales += SALES


def play(world: World, *, place: str, landed: int) -> None:
    """Die at the third item, come back, send the queue again: the rest lands, and once more changes nothing."""
    world.open()
    children.run(_let_tills_sell_offline, world)
    queue = children.run(_queue, world)
    children.killed_at(place, send, world, queue, nth=NTH)
    results = children.run(send, world, queue)
    assert [row["replayed"] for row in results] == [True] * landed + [False] * (SALES - landed)
    _check(world, results)
    assert [row["body"] for row in children.run(send, world, queue)] == [row["body"] for row in results]
    world.settle()


for _place, _landed in {"S1": 2, "S2": 2, "S3": 3, "O1": 3}.items():
    _name = "O1 between two items" if _place == "O1" else f"O2 in an item, at {_place}"
    add("O", _name, partial(play, place=_place, landed=_landed))


@case("O", "O3 the same queue from two tabs, one of them killed")
def two_tabs(world: World) -> None:
    """One tab stands still in the middle of an item; the other comes to the same one, waits, and lands all of it once the first is dead."""
    world.open()
    children.run(_let_tills_sell_offline, world)
    queue = children.run(_queue, world)
    dying = children.begin(send, world, queue, point="S2", nth=NTH, how=signal.SIGSTOP)
    dying.wait_stopped()
    other = children.begin(send, world, queue)
    time.sleep(WAIT_SECONDS)
    dying.kill()
    children.count_kills(1)
    results = other.wait()
    assert [row["replayed"] for row in results] == [True, True, False, False]
    _check(world, results)
    world.settle()


@case("O", "O4 more pieces than there are, killed before the answer")
def oversold(world: World) -> None:
    """The pieces are counted as oversold once."""
    world.open(stock=6)
    children.run(_let_tills_sell_offline, world)
    queue = children.run(_queue, world, 2)
    children.killed_at("S3", send, world, queue, nth=SALES)
    results = children.run(send, world, queue)
    assert results[-1]["body"]["oversold"] == [{"sku": world.facts.mug, "pieces": 2}]
    _check(world, results)
    world.settle()
