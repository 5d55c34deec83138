"""Transfers both ways, counts and sales of the same articles at once: nobody waits for ever and no piece is lost."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Sum

from inventory.receiving import counts, transfers
from inventory.receiving.deliveries import Arrived
from inventory.stock import reservations
from inventory.stock import services as stock
from inventory.stock.models import StockLevel, StockMovement
from inventory.stock.services import Pieces
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from tests.factories import a_shop, a_store

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 12
ROUNDS = 8


def test_everything_at_once_deadlocks_never_and_loses_nothing(at_once, deadlocks):
    shop = a_shop(articles=3, stock=200)
    other = a_store(shop.merchant)
    variants = [variant.id for variant in shop.variants]
    with acting_for(shop.id):
        for variant in variants:
            stock.put_in(
                pieces=[Pieces(variant, 200)], store_id=other.id, kind="opening", source="x", now=machine_now()
            )

    def work(number: int):
        chance = random.Random(number)
        done: Counter[str] = Counter()
        for _ in range(ROUNDS):
            chance.shuffle(variants_of := list(variants))
            act = [_send, _promise_both, _count, _sell][number % 4]
            try:
                with acting_for(shop.id):
                    act(shop.store.id, other.id, variants_of, chance)
                done["done"] += 1
            except AppError as refusal:
                done[refusal.code] += 1
        return done

    outcomes = sum(at_once(HANDS, work), Counter())

    assert outcomes == {"done": HANDS * ROUNDS}
    assert deadlocks() == 0
    with acting_for(shop.id):
        for level in StockLevel.objects.all():
            moved = StockMovement.objects.filter(variant_id=level.variant_id, store_id=level.store_id)
            assert moved.aggregate(pieces=Sum("quantity"))["pieces"] == level.on_hand
            assert level.reserved == 0
        assert sum(StockLevel.objects.values_list("on_hand", flat=True)) == 1200 - 2 * (3 * ROUNDS * 3 * 2)


def _send(first, second, variants, chance):
    stores = [first, second]
    chance.shuffle(stores)
    sent = transfers.send_transfer(
        store_from=stores[0],
        store_to=stores[1],
        pieces=dict.fromkeys(variants, 1),
        note="",
        names={},
        now=machine_now(),
    )
    transfers.receive_transfer(
        transfer_id=sent.id, arrived=[Arrived(variant, 1) for variant in variants], now=machine_now()
    )


def _promise_both(first, second, variants, chance):
    wanted = [Pieces(variant, 1, new_id(), store_id=place) for variant in variants for place in (first, second)]
    chance.shuffle(wanted)
    with transaction.atomic():
        reservations.reserve(pieces=wanted, store_id=None, expires_at=None, now=machine_now())
    with transaction.atomic():
        reservations.take_reserved(line_ids=[piece.line_id for piece in wanted], source="hand-over", now=machine_now())


def _count(first, second, variants, chance):
    count = counts.begin_count(store_id=chance.choice([first, second]), note="", now=machine_now())
    for variant in variants:
        line = counts.record_count(count_id=count.id, variant_id=variant, quantity=0, now=machine_now())
        counts.record_count(
            count_id=count.id, variant_id=variant, quantity=max(0, line.expected_quantity), now=machine_now()
        )
    counts.drop_count(count_id=count.id, now=machine_now())


def _sell(first, second, variants, chance):
    with transaction.atomic():
        stock.take(
            pieces=[Pieces(variant, 2) for variant in variants],
            store_id=chance.choice([first, second]),
            source="sale",
            now=machine_now(),
        )
