"""Random cases: a day of several sales and follow-ups by one seed, killed wherever the seed says. The same seed plays the same case."""

from __future__ import annotations

import random
from functools import partial
from typing import Any
from uuid import UUID

from tests.crash import children, follow_ups
from tests.crash.sale import IN_REQUEST, POINTS, TEMPERS
from tests.crash.table import Case
from tests.crash.world import CARD, World

STEPS = 8
# Tempers that need no preparation, so that any mixture of them can be at one gateway.
TOKENS = tuple(temper.token for temper in TEMPERS.values() if temper.short_minor == 0)


def cases(*, count: int, first: int) -> list[Case]:
    """Return so many random cases, named by their seeds."""
    return [Case("S", f"seed {seed}", partial(play, seed=seed)) for seed in range(first, first + count)]


def play(world: World, *, seed: int) -> None:
    """Sell for cash and by card, refund, and be killed at random; whatever was acknowledged holds, and everything ends."""
    chance = random.Random(seed)
    world.open(stock=1000)
    payments: list[tuple[str, str, int]] = []
    for _ in range(STEPS):
        step = chance.choice(("cash", "card", "card", "refund"))
        if step == "cash":
            _cash(world, chance)
        elif step == "card":
            _card(world, chance, payments)
        elif payments:
            _refund(world, chance, payments.pop())
    world.settle()
    for checkout in list(world.told):
        shown = children.run(world.shown, checkout)
        world.told[checkout] = (shown["payment"]["status"] if shown["payment"] else "", shown["status"])


def _key(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128)))


def _cash(world: World, chance: random.Random) -> None:
    key = _key(chance)
    for point in chance.sample(IN_REQUEST, chance.randint(0, 2)):
        # Once it is stored, a repeat is answered before it comes to the earlier points.
        if key not in world.cash_keys and not children.run(_is_answered, world, key):
            children.killed_at(point, world.sell, key)
    world.cash_sale(key)


def _is_answered(world: World, key: str) -> bool:
    from merchant.core.idempotency.models import StoredAnswer

    return StoredAnswer.objects.filter(merchant_id=world.facts.merchant_id, key=key).exists()


def _card(world: World, chance: random.Random, payments: list[tuple[str, str, int]]) -> None:
    checkout = children.run(world.begin_checkout, chance.randint(1, 3))
    ident, key, token, point = checkout["id"], _key(chance), chance.choice(TOKENS), chance.choice(POINTS)
    if point in IN_REQUEST:
        children.killed_at(point, world.pay, ident, token, key)
    assert children.run(world.pay, ident, token, key)[0] == 202
    if point not in IN_REQUEST:
        children.killed_at(point, world.send)
    if chance.random() < 0.5:
        world.settle()
        if _status(world, ident) in ("failed", "declined"):
            assert children.run(world.pay, ident, CARD, _key(chance))[0] == 202
            world.settle()
        shown = children.run(world.shown, ident)
        payments.append((ident, shown["payment"]["id"], shown["order"]["total"]["amount_minor"]))
    world.told[ident] = ("", "")
    world.sales += 1


def _status(world: World, checkout: str) -> Any:
    return children.run(world.shown, checkout)["payment"]["status"]


def _refund(world: World, chance: random.Random, paid: tuple[str, str, int]) -> None:
    _, payment, total = paid
    minor, key = chance.randint(1, total), _key(chance)
    if chance.random() < 0.5:
        children.killed_at("S2", world.give_back, payment, minor, key)
    assert children.run(world.give_back, payment, minor, key) == 302
    # The relay takes what was asked first, so whatever it dies at is finished by the next.
    children.killed_at(chance.choice(list(follow_ups.PLACES.values())[1:]), world.send)
    world.settle()
