"""Fifty buyers, one coupon left: one of them gets it, the others keep their baskets."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction

from inventory.pricing.models import Coupon, CouponUse
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from orders.placing import services as placing
from tests.factories import a_merchant, an_order
from tests.factories.goods import a_coupon

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS = 50


@pytest.mark.parametrize("uses", [1, 7])
def test_a_coupons_last_use_has_one_winner(at_once, deadlocks, uses):
    merchant = a_merchant()
    coupon = a_coupon(merchant, uses_max=uses)
    carts = [an_order(merchant, status="draft", coupon_code=coupon.code).id for _ in range(BUYERS)]

    def place(number: int) -> str:
        try:
            with acting_for(merchant.id), transaction.atomic():
                placing.place_order(order_id=carts[number], stock_store_id=None, reserve_for=None, now=machine_now())
        except AppError as refusal:
            return refusal.code
        return "placed"

    outcomes = Counter(at_once(BUYERS, place))

    assert outcomes == {"placed": uses, "coupon_not_usable": BUYERS - uses}
    assert deadlocks() == 0
    with acting_for(merchant.id):
        assert (Coupon.objects.get().used, CouponUse.objects.count()) == (uses, uses)
        assert Order.objects.filter(status="open").count() == uses
        for order in Order.objects.filter(status="open"):
            with transaction.atomic():
                placing.cancel_order(order_id=order.id, reason="wish", now=machine_now(), has_open_payment=False)
        assert Coupon.objects.get().used == 0
