"""S × G: a card sale killed at every step, against every temper of the gateway."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from tests.crash import children
from tests.crash.table import add
from tests.crash.world import CARD, World

POINTS = [f"S{number}" for number in range(1, 11)]
IN_REQUEST = ("S1", "S2", "S3")
LATE_SECONDS = 1.0


def _nothing(world: World) -> None:
    """A gateway that needs no preparation."""


@dataclass(frozen=True)
class Temper:
    """How the gateway behaves, and how the first payment ends when the request reached it (`ends`) or never left (`unsent`)."""

    name: str
    ends: str
    token: str = CARD
    unsent: str = "failed"
    short_minor: int = 0
    before: Callable[[World], None] = _nothing
    asked: Callable[[World], None] = _nothing
    later: Callable[[World], None] = _nothing
    pause_seconds: float = 0.0


def _lands_late(world: World) -> None:
    world.faults({"kind": "late_landing", "seconds": LATE_SECONDS})


def _status_down(world: World) -> None:
    world.faults({"kind": "status_down", "seconds": 3600})


def _status_back(world: World) -> None:
    """While nobody can be asked it stays unknown, however old it is; then the look-ups work again."""
    world.age()
    children.run(world.relay_once)
    left = children.run(world.open_operations)
    assert left in (["authorise unknown"], ["authorise submitted"]), left
    world.faults()


def _taken_under_our_reference(world: World) -> None:
    """The processor has the reference already, so that ours is refused as a duplicate: as if a request had been sent twice on the way."""
    [operation] = children.run(world.operations)
    world.land(operation["reference"], operation["amount_minor"])


TEMPERS = {
    "G1": Temper("ok", "succeeded"),
    "G2": Temper("decline", "declined", token="tok_decline_do_not_honour"),
    "G3": Temper("landed and timed out", "succeeded", token="tok_timeout_landed"),
    "G4": Temper("not landed and timed out", "failed", token="tok_timeout_not_landed"),
    "G5": Temper("lands late", "succeeded", before=_lands_late, pause_seconds=LATE_SECONDS),
    "G6": Temper("500, then ok", "failed", token="tok_error_500_then_ok"),
    "G7": Temper("status API down", "succeeded", token="tok_timeout_landed", before=_status_down, later=_status_back),
    "G8": Temper("wrong amount", "succeeded", token="tok_wrong_amount", short_minor=100),
    "G9": Temper("duplicate reference", "succeeded", unsent="succeeded", asked=_taken_under_our_reference),
}


def play(world: World, *, point: str, temper: Temper) -> None:
    """Sell by card, die at `point`, come back, and end with one charge and a client that knows."""
    world.open()
    checkout = children.run(world.begin_checkout)
    ident, key = checkout["id"], str(uuid4())
    temper.before(world)
    if point in IN_REQUEST:
        children.killed_at(point, world.pay, ident, temper.token, key)
        assert len(children.run(world.operations)) == (1 if point == "S3" else 0)
    status, answer = children.run(world.pay, ident, temper.token, key)
    assert status == 202, answer
    temper.asked(world)
    if point not in IN_REQUEST:
        children.killed_at(point, world.send)
    assert children.run(world.pay, ident, temper.token, key) == (202, answer)
    if children.run(world.open_operations):
        # Whoever asks for the money again with another key is refused while nobody knows.
        assert children.run(world.pay, ident, CARD, str(uuid4()))[0] == 409
    _come_back(world, temper)
    _check_end(
        world,
        ident,
        temper,
        temper.unsent if point == "S4" else temper.ends,
        checkout["order"]["total"]["amount_minor"],
    )


def _come_back(world: World, temper: Temper) -> None:
    if temper.later is not _nothing:
        temper.later(world)
    if temper.pause_seconds:
        world.settle(cancels=False)
        time.sleep(temper.pause_seconds)
    world.settle()


def _check_end(world: World, checkout: str, temper: Temper, ends: str, total: int) -> None:
    first = children.run(world.shown, checkout)
    assert first["payment"]["status"] == ends, first["payment"]
    if ends in ("failed", "declined"):
        # Nothing was taken, so the customer is asked again, and pays.
        assert first["order"]["due"]["amount_minor"] == total
        assert children.run(world.pay, checkout, CARD, str(uuid4()))[0] == 202
        world.faults()
        world.settle()
    last = children.run(world.shown, checkout)
    short = temper.short_minor if ends == "succeeded" else 0
    assert last["order"]["due"]["amount_minor"] == short, json.dumps(last)
    world.told[checkout] = (last["payment"]["status"], "open" if short else "paid")
    world.sales += 1


for _point in POINTS:
    for _code, _temper in TEMPERS.items():
        add("S", f"{_point} × {_code} {_temper.name}", partial(play, point=_point, temper=_temper))
