"""A tablet that was unpaired before it heard an answer sends its queue again as another device: nothing is booked twice."""

from __future__ import annotations

import pytest

from merchant.accounts import callers
from merchant.accounts.models import Device
from merchant.core.clock import business_now, machine_now
from orders.order.models import Order
from payments.records.models import Payment
from terminals.pos import offline_rules
from tests.terminals.pos.counter import Counter, Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    counter = Counter()
    with counter.scope():
        offline_rules.set_rules(store_id=None, changes={"is_allowed": True}, now=business_now(counter.merchant.id))
    return counter


def test_a_sale_that_landed_under_the_old_token_is_answered_and_not_booked_again_under_the_new_one(counter):
    body = {
        "lines": [{"article": counter.goods[0].sku, "quantity": 1, "total_minor": 1250}],
        "tenders": [{"method": "cash", "amount_minor": 1250}],
        "sold_at": business_now(counter.merchant.id).isoformat(),
    }
    landed = counter.left.post("offline-sales/", body, key="sold-once")
    with counter.scope():
        Device.objects.filter(register=counter.left.register).update(revoked_at=machine_now())
    callers.forget()
    refused = counter.left.post("offline-sales/", body, key="sold-once")
    again = Till(counter.left.register)
    repeated = again.post("offline-sales/", body, key="sold-once")
    another = again.post("offline-sales/", body, key="sold-later")

    assert (landed.status_code, refused.status_code, repeated.status_code, another.status_code) == (201, 401, 201, 201)
    assert repeated.json()["receipt"] == landed.json()["receipt"]
    assert repeated.json()["order"]["id"] == landed.json()["order"]["id"] != another.json()["order"]["id"]
    with counter.scope():
        assert (Order.objects.count(), Payment.objects.count()) == (2, 2)
