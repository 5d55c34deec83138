"""One cart, many hands: one of them holds it, and who comes for an order meets its return once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from inventory.stock.models import StockLevel
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from orders.carry_over import services as carry_over
from orders.carry_over.models import CartHold
from orders.carry_over.services import Holder
from orders.fulfilment import collecting
from orders.order.models import Order
from orders.placing import services as placing
from payments.after_sales import cancellations
from payments.processing import tenders
from payments.records.models import Operation
from tests.factories import a_channel, a_merchant, a_register, a_store, a_variant, an_order

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 20


def attempt(merchant, act):
    try:
        with acting_for(merchant.id), transaction.atomic():
            act()
    except AppError as refusal:
        return refusal.code
    return "done"


def test_a_code_that_many_tills_scan_gives_the_cart_to_one(at_once, deadlocks):
    merchant = a_merchant()
    order = an_order(merchant, status="draft")
    with acting_for(merchant.id):
        code = carry_over.offer(order_id=order.id, holder=Holder("web", "Webshop"), now=machine_now()).code

    outcomes = Counter(
        at_once(
            HANDS,
            lambda number: attempt(
                merchant,
                lambda: carry_over.take_by_code(
                    code=code, holder=Holder(f"till:{number}", f"Till {number}"), now=machine_now()
                ),
            ),
        )
    )

    assert outcomes == {"done": 1, "unknown_cart_code": HANDS - 1}
    assert deadlocks() == 0
    with acting_for(merchant.id):
        assert CartHold.objects.get().epoch == 2


def test_collecting_and_giving_up_at_once_end_in_one_of_them(at_once, deadlocks):
    merchant = a_merchant()
    store = a_store(merchant)
    register = a_register(store)
    channel = a_channel(merchant, stock_store=store)
    mug = a_variant(merchant, stock=10, store=store)
    for _ in range(6):
        order = an_order(
            merchant, status="draft", channel_id=channel.id, delivery={"method": "collect", "pickup_code": "ABC234"}
        )
        with acting_for(merchant.id), transaction.atomic():
            order.lines.update(variant_id=mug.id, sku=mug.sku, is_stocked=True)
            placing.place_order(order_id=order.id, stock_store_id=store.id, reserve_for=None, now=machine_now())
            pickup = collecting.open_pickup(order_id=order.id, now=machine_now())
            tenders.take_cash(
                order_id=order.id,
                amount=Money(order.total_minor, order.currency),
                tendered_minor=5000,
                register_id=register.id,
                now=machine_now(),
            )
        rules = cancellations.RefundRules(None, None, register.id)

        def act(number: int, order=order, pickup=pickup, rules=rules):
            if number % 2:
                return attempt(merchant, lambda: collecting.collect(pickup_id=pickup.id, now=machine_now()))
            return attempt(
                merchant,
                lambda: cancellations.cancel_order(order_id=order.id, reason="late", now=machine_now(), rules=rules),
            )

        at_once(4, act)

        with acting_for(merchant.id):
            order.refresh_from_db()
            refunds = Operation.objects.filter(order_id=order.id, kind="refund").count()
            assert (order.status, order.handed_over_minor, refunds) in {("completed", 5000, 0), ("cancelled", 0, 1)}
    assert deadlocks() == 0
    with acting_for(merchant.id):
        level = StockLevel.objects.get()
        collected = Order.objects.filter(status="completed").count()
        assert (level.on_hand, level.reserved) == (10 - collected, 0)


def test_a_lease_that_is_over_is_taken_by_one(at_once):
    merchant = a_merchant()
    order = an_order(merchant, status="draft")
    with acting_for(merchant.id):
        carry_over.hold(order_id=order.id, holder=Holder("web", "Webshop"), now=machine_now() - timedelta(hours=1))

    outcomes = Counter(
        at_once(
            HANDS,
            lambda number: attempt(
                merchant,
                lambda: carry_over.take(order_id=order.id, holder=Holder(f"till:{number}", "Till"), now=machine_now()),
            ),
        )
    )

    assert outcomes == {"done": 1, "cart_held_elsewhere": HANDS - 1}
