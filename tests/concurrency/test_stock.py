"""Many tills, few pieces: the last one is sold once, and nobody waits for ever."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.db.models import Sum

from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order.models import Order
from tests.factories import a_device, a_register, a_shop, a_tax_class, a_variant

pytestmark = pytest.mark.django_db(transaction=True)
TILLS = 50
ROUNDS = 10
BASKETS = 15


def tills_of(shop, count):
    return [a_device(a_register(shop.store))[1] for _ in range(count)]


def test_fifty_tills_sell_the_last_piece_once(web, at_once, deadlocks):
    shop = a_shop(articles=0)
    tokens, tax_class = tills_of(shop, TILLS), a_tax_class(shop.merchant)
    for _ in range(ROUNDS):
        last = a_variant(shop.merchant, price_minor=1250, stock=1, store=shop.store, tax_class=tax_class)
        body = {"lines": [{"article": last.sku, "quantity": 1}], "tendered_minor": 2000}

        replies = at_once(TILLS, lambda number, body=body: web.post("/api/v1/sales/", body, token=tokens[number]))

        assert Counter(reply.status for reply in replies) == {201: 1, 409: TILLS - 1}
        assert {reply.json()["code"] for reply in replies if reply.status == 409} == {"insufficient_stock"}
        with acting_for(shop.id):
            assert StockLevel.objects.get(variant=last).on_hand == 0
            assert StockMovement.objects.filter(variant_id=last.id, kind="sold").count() == 1
    with acting_for(shop.id):
        assert Order.objects.count() == ROUNDS
        assert ledger.balance("cash_register") == {"EUR": ROUNDS * 1250}
    assert deadlocks() == 0


def test_twenty_tills_with_the_same_goods_in_every_order_never_deadlock(web, at_once, deadlocks):
    shop = a_shop(articles=4, stock=200)
    tokens = tills_of(shop, 20)

    def sell(number: int):
        chance, done = random.Random(number), []
        for _ in range(BASKETS):
            skus = [variant.sku for variant in shop.variants]
            chance.shuffle(skus)
            body = {"lines": [{"article": sku, "quantity": 1} for sku in skus], "tendered_minor": 100_000}
            done.append(web.post("/api/v1/sales/", body, token=tokens[number]).status)
        return done

    statuses = Counter(status for done in at_once(20, sell) for status in done)

    # 300 baskets want 200 of each article.
    assert statuses == {201: 200, 409: 100}
    assert deadlocks() == 0
    with acting_for(shop.id):
        assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {0}
        moved = StockMovement.objects.filter(kind="sold").aggregate(pieces=Sum("quantity"))["pieces"]
        assert moved == -800
        assert ledger.balance("cash_register") == {"EUR": 200 * 4 * 1250}
        assert ledger.balance("receivable") == {}
