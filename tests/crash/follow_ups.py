"""C: capture, void and refund, each killed between the press and the books; and two screens that refund the same money."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from tests.crash import children
from tests.crash.table import add, case
from tests.crash.world import World

# C1 to C5 are the places S3 to S6 and S8 with another kind of operation.
PLACES = {"C1": "S3", "C2": "S4", "C3": "S5", "C4": "S6", "C5": "S8"}
KINDS = ("capture", "void", "refund")
PART = 1000


def play(world: World, *, kind: str, place: str) -> None:
    """Ask for a follow-up, die at `place`, come back: it happened once, or not at all and can be asked for again."""
    world.open(capture_mode="automatic" if kind == "refund" else "day_close")
    checkout, payment, total = world.card_sale()
    key = str(uuid4())
    if place == "S3":
        children.killed_at(place, press, world, kind, payment, key)
        assert len(children.run(world.operations, kind)) == 1
    assert children.run(press, world, kind, payment, key) == 302
    if place != "S3":
        children.killed_at(place, world.send)
        assert children.run(press, world, kind, payment, key) == 302
    assert len(children.run(world.operations, kind)) == 1
    world.settle()
    [operation] = children.run(world.operations, kind)
    assert operation["status"] == ("failed" if place == "S4" else "succeeded"), operation
    if place == "S4":
        assert children.run(press, world, kind, payment, str(uuid4())) == 302
        world.settle()
    _check(world, checkout, payment, kind, total)


def press(world: World, kind: str, payment: str, key: str) -> int:
    """A person asks for the follow-up."""
    return world.give_back(payment, PART, key) if kind == "refund" else world.press(payment, kind, key)


def _check(world: World, checkout: str, payment: str, kind: str, total: int) -> None:
    done = [theirs for theirs in children.run(world.truth) if theirs.kind == kind and theirs.status == "succeeded"]
    assert [theirs.amount_minor for theirs in done] == [PART if kind == "refund" else total]
    stored = children.run(world.payment, payment)
    moved = {"capture": "captured_minor", "void": "voided_minor", "refund": "refunded_minor"}[kind]
    assert stored[moved] == done[0].amount_minor
    assert (stored["capturing_minor"], stored["refunding_minor"]) == (0, 0)
    shown = children.run(world.shown, checkout)
    world.told[checkout] = (shown["payment"]["status"], shown["status"])


for _kind in KINDS:
    for _name, _place in PLACES.items():
        add("C", f"{_name} {_kind}", partial(play, kind=_kind, place=_place))


@case("C", "C6 refund from two screens, one of them killed")
def two_screens(world: World) -> None:
    """More than half of the money, twice: who dies did nothing, who lives gave back, and the repeat is refused."""
    world.open()
    checkout, payment, total = world.card_sale()
    minor, first, second = total * 2 // 3, str(uuid4()), str(uuid4())
    dying = children.begin(world.give_back, payment, minor, first, point="S2")
    dying.wait_killed()
    assert children.run(world.give_back, payment, minor, second) == 302
    assert children.run(world.give_back, payment, minor, first) == 409
    world.settle()
    assert children.run(world.payment, payment)["refunded_minor"] == minor
    shown = children.run(world.shown, checkout)
    world.told[checkout] = (shown["payment"]["status"], shown["status"])
