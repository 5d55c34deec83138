"""A coupon that pays all of it: the order is secured without a payment, has its receipt, and does not end with its link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.messages.models import Message
from orders.documents.models import Document
from orders.fulfilment import services as fulfilment
from orders.fulfilment.models import Pickup
from orders.order.models import Order
from payments.checkout import expiry
from payments.checkout.models import PaymentLink
from payments.records.models import Payment
from tests.factories.goods import a_coupon
from tests.shops import Shop, run_relay
from tests.webshop import ADDRESS, begin, post, shown

pytestmark = pytest.mark.django_db


def free(client: APIClient, shop: Shop, **changes: Any) -> Any:
    coupon = a_coupon(shop.merchant, percent_basis_points=10_000)
    return begin(client, shop, **{"coupon": coupon.code, "delivery_method": "collect"} | changes)


def test_it_is_paid_at_once_with_receipt_mail_and_pickup_and_no_payment(client_of_shop, shop):
    checkout = free(client_of_shop, shop).json()
    run_relay()

    found = shown(client_of_shop, checkout)
    assert (found["status"], found["order"]["total"]["amount_minor"]) == ("paid", 0)
    with acting_for(shop.merchant.id):
        assert not Payment.objects.exists()
        assert Document.objects.get(kind="receipt").total_minor == 0
        assert Pickup.objects.count() == 1
        assert Message.objects.filter(kind="order_confirmation").count() == 1
    assert shop.on_shelf() == (10, 2)


def test_it_does_not_end_with_its_link_and_is_handed_over(client_of_shop, shop):
    checkout = free(client_of_shop, shop).json()
    run_relay()
    with acting_for(shop.merchant.id):
        PaymentLink.objects.update(expires_at=machine_now() - timedelta(days=1))

    assert expiry.expire_all() == 0

    with acting_for(shop.merchant.id):
        order = Order.objects.get(id=checkout["order"]["id"])
        assert order.status == "open"
        fulfilment.hand_over(order_id=order.id, store_id=shop.store.id, now=machine_now())
        order.refresh_from_db()
        assert order.status == "completed"
        assert ledger.balance("receivable") == {}
    assert shop.on_shelf() == (8, 0)


def test_nothing_is_charged_for_it_and_its_delivery_stays(client_of_shop, shop):
    checkout = free(client_of_shop, shop).json()

    paid = post(client_of_shop, f"/api/v1/checkouts/{checkout['id']}/payments/", {"token": "tok_visa_ok"})
    changed = client_of_shop.patch(
        f"/api/v1/checkouts/{checkout['id']}/",
        {"shipping_address": ADDRESS, "delivery_method": "parcel"},
        format="json",
    )

    assert (paid.status_code, paid.json()["code"]) == (409, "already_paid")
    assert (changed.status_code, changed.json()["code"]) == (409, "already_paid")
    with acting_for(shop.merchant.id):
        assert Order.objects.get().total_minor == 0
        assert not Payment.objects.exists()


def test_what_is_sent_needs_its_address_beforehand(client_of_shop, shop):
    with acting_for(shop.merchant.id):
        from payments.checkout.models import DeliveryMethod

        DeliveryMethod.objects.filter(code="parcel").update(price_minor=0)

    refused = free(client_of_shop, shop, delivery_method="parcel", shipping_address={})
    sent = free(client_of_shop, shop, delivery_method="parcel")

    assert (refused.status_code, sent.status_code) == (400, 201), (refused.content, sent.content)
    with acting_for(shop.merchant.id):
        assert Order.objects.count() == 1
    assert shop.on_shelf() == (10, 2)
