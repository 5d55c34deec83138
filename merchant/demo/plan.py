"""
What customers will do, decided before anybody does it.

Every choice comes from the seed and none from the clock or from who is served first, so the same seed gives the same stories, whatever the order in which
they happen to end.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# How often each way of buying comes, of 100. Cash is far above a Nordic shop's and near a German one's.
KINDS = {"cash": 28, "split": 7, "card": 33, "checkout": 24, "link": 8}

# What goes another way than "bought and kept", of 100, after the first ones of a day, which are fixed so that every day has each.
TWISTS = {
    "cash": {"returned": 4},
    "split": {"returned": 3},
    "card": {"declined": 3, "returned": 4, "partial": 1},
    "checkout": {"challenged": 14, "challenge_failed": 2, "declined": 5, "declined_then_paid": 4, "refunded": 8},
    "link": {"challenged": 15, "declined_then_paid": 6, "refunded": 4},
}
FIRST = {
    "cash": ("", "returned"),
    "split": ("",),
    "card": ("", "dropped", "declined", "returned"),
    "checkout": ("", "unknown_landed", "challenged", "declined", "refunded", "challenge_failed"),
    "link": ("", "challenged"),
}
# That a silent processor did nothing is certain after more than a minute: a short day is spared it.
LATER = {"checkout": (24, "unknown_not_landed")}
# What a silent processor did is known after a minute or so; these come first, and nobody waits for them to move the clock.
SLOW = ("unknown_landed", "unknown_not_landed")

GOOD_CARDS = ("tok_visa_ok", "tok_mc_ok", "tok_girocard_ok", "tok_amex_ok")
BAD_CARDS = (
    "tok_decline_insufficient_funds",
    "tok_decline_do_not_honour",
    "tok_decline_lost",
    "tok_decline_expired",
)
TWIST_CARDS = {
    "challenged": "tok_challenge",
    "challenge_failed": "tok_challenge_fail",
    "unknown_landed": "tok_timeout_landed",
    "unknown_not_landed": "tok_timeout_not_landed",
    "partial": "tok_partial",
}

# The hours of a day in which the slots lie, local time, and how busy each is: two peaks, at noon and after work.
SLOTS = (("09:20", 15), ("12:05", 28), ("14:30", 15), ("16:50", 26), ("18:40", 16))

# A basket has 1 + a geometric number of lines, 2.5 on average; most lines are one piece.
LINES_MAX = 8
GIFT_CARD_SHARE = (20, 80)
_NOTES_MINOR = (500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one article at its price, tax included."""

    sku: str
    barcode: str
    quantity: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Story:
    """
    One customer. Amounts are minor units.

    `card` is the card they show first, `second_card` the one they try after a no. `gift_minor` is what a gift card pays of a split. `seat` says which till or
    shopper serves them: the seat-th, counted round.
    """

    number: int
    kind: str
    twist: str
    slot: int
    seat: int
    lines: tuple[Line, ...]
    goods_minor: int
    tendered_minor: int
    gift_minor: int
    card: str
    second_card: str


def plan_day(*, seed: str, sales: int, articles: Sequence[dict[str, Any]]) -> list[Story]:
    """Return the stories of one day, by number. `articles` is the merchant's feed; its order counts."""
    chance = random.Random(f"day:{seed}")
    seen: dict[str, int] = dict.fromkeys(KINDS, 0)
    return [_story(chance, number, articles, seen) for number in range(sales)]


def next_story(chance: random.Random, *, number: int, kind: str, articles: Sequence[dict[str, Any]]) -> Story:
    """Return one more customer of `kind` for a shop that never closes."""
    return _story(chance, number, articles, {kind: 1_000}, kind=kind)


def _story(
    chance: random.Random, number: int, articles: Sequence[dict[str, Any]], seen: dict[str, int], *, kind: str = ""
) -> Story:
    kind = kind or chance.choices(list(KINDS), list(KINDS.values()))[0]
    twist = _twist(chance, kind, seen[kind])
    seen[kind] += 1
    lines = _basket(chance, articles)
    goods = sum(line.price_minor * line.quantity for line in lines)
    slot = chance.choices(range(len(SLOTS)), [busy for _, busy in SLOTS])[0]
    good, bad = chance.choice(GOOD_CARDS), chance.choice(BAD_CARDS)
    return Story(
        number=number,
        kind=kind,
        twist=twist,
        slot=0 if twist in SLOW else slot,
        seat=chance.randrange(1_000_000),
        lines=lines,
        goods_minor=goods,
        tendered_minor=_tendered(chance, goods),
        gift_minor=max(1, goods * chance.randint(*GIFT_CARD_SHARE) // 100),
        card=bad if twist.startswith("declined") else TWIST_CARDS.get(twist, good),
        second_card=good,
    )


def _twist(chance: random.Random, kind: str, seen: int) -> str:
    drawn = chance.random() * 100
    if seen < len(FIRST[kind]):
        return FIRST[kind][seen]
    if LATER.get(kind, (None, ""))[0] == seen:
        return LATER[kind][1]
    for twist, share in TWISTS[kind].items():
        if drawn < share:
            return twist
        drawn -= share
    return ""


def _basket(chance: random.Random, articles: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    count = 1
    while count < LINES_MAX and chance.random() < 0.6:
        count += 1
    chosen = chance.sample(range(len(articles)), count)
    return tuple(
        Line(
            sku=articles[index]["sku"],
            barcode=articles[index]["barcode"],
            quantity=chance.choices((1, 2, 3), (82, 14, 4))[0],
            price_minor=articles[index]["price_minor"],
        )
        for index in chosen
    )


def _tendered(chance: random.Random, goods_minor: int) -> int:
    """Return what the customer hands over: the exact sum, or the next round one."""
    note = chance.choice(_NOTES_MINOR)
    return goods_minor if chance.random() < 0.3 else -(-goods_minor // note) * note
