"""Handing an order over beside tills that sell the same goods."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from inventory.pricing.services import Wanted
from inventory.stock import reservations
from inventory.stock.models import StockLevel
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from orders.fulfilment import services as fulfilment
from orders.order.models import OrderLine
from payments.checkout import services as checkout
from payments.checkout.deliveries import Shopper
from payments.checkout.services import Request
from tests.factories import a_channel, a_shop

pytestmark = pytest.mark.django_db(transaction=True)
# Long enough for the other thread to come to its lock, or to be seen waiting.
WAIT_SECONDS_MAX = 10


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_a_hand_over_that_waits_for_a_till_holds_nothing_the_till_may_want():
    shop = a_shop(articles=2)
    first, second = sorted(variant.id for variant in shop.variants)
    with acting_for(shop.id):
        channel = a_channel(shop.merchant, stock_store=shop.store)
        wanted = [Wanted(str(second), 1), Wanted(str(first), 1)]
        link = checkout.begin(
            kind="checkout", request=Request(channel=channel, currency="EUR", shopper=Shopper(), wanted=wanted), now=machine_now()
        )  # fmt: skip
        line = OrderLine.objects.get(order_id=link.order_id, variant_id=first)
        # This line has lost its reservation, so its pieces are taken from what is free, in a second step.
        reservations.release(line_ids=[line.id])
        levels = StockLevel.objects.filter(store=shop.store)
        troubles: list[Exception] = []

        def hand_over() -> None:
            try:
                with acting_for(shop.id):
                    fulfilment.hand_over(
                        order_id=link.order_id, store_id=shop.store.id, now=machine_now(), require_secured=False
                    )
            except DatabaseError as error:
                troubles.append(error)
            finally:
                connections.close_all()

        other = threading.Thread(target=hand_over)
        with transaction.atomic():
            levels.select_for_update().get(variant_id=first)
            other.start()
            for _ in range(WAIT_SECONDS_MAX * 20):
                if waits_for_a_lock():
                    break
                threading.Event().wait(0.05)
            # A till that sells both articles goes on to the second: nobody may stand in its way.
            levels.select_for_update(nowait=True).get(variant_id=second)
        other.join(WAIT_SECONDS_MAX)

        assert troubles == []
        assert sorted(levels.values_list("on_hand", "reserved")) == [(99, 0), (99, 0)]
