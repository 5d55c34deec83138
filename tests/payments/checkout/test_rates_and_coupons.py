"""What a delivery costs by weight, value, zone and channel; and a coupon over the whole way of an order."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from inventory.catalog.models import Variant
from inventory.pricing.models import Coupon
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from payments.after_sales import cancellations
from payments.checkout.models import DeliveryMethod
from tests.factories import an_api_key
from tests.factories.goods import a_coupon
from tests.shops import Shop
from tests.webshop import ADDRESS, begin, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(shop: Shop) -> APIClient:
    _, secret = an_api_key(shop.merchant, scopes=["stock"])
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def rates(shop: Shop, manager: APIClient):
    with acting_for(shop.merchant.id):
        Variant.objects.filter(id=shop.mug.id).update(weight_grams=400)
        method = DeliveryMethod.objects.get(code="parcel")
    rows = [
        {"countries": ["DE"], "weight_grams_max": 1000, "price_minor": 390},
        {"countries": ["DE"], "weight_grams_max": 5000, "price_minor": 690},
        {"countries": ["DE"], "weight_grams_max": 5000, "value_from_minor": 20_000, "price_minor": 190},
        {"countries": ["SE"], "zone": "North", "price_minor": 1290},
        {"countries": ["SE"], "channel": shop.channel.code, "price_minor": 990},
    ]
    answer = post(manager, f"/api/v1/delivery-methods/{method.id}/rates/", {"rates": rows})
    assert answer.status_code == 200, answer.content


def shipping(answer) -> int:
    lines = [line for line in answer.json()["lines"] if line["kind"] == "shipping"]
    return lines[0]["total"]["amount_minor"] if lines else 0


@pytest.mark.parametrize(("quantity", "price"), [(2, 390), (3, 690), (8, 190)])
def test_weight_and_value_choose_the_rate(client_of_shop, shop, rates, quantity, price):
    assert shipping(begin(client_of_shop, shop, lines=[{"sku": shop.mug.sku, "quantity": quantity}])) == price


def test_a_zone_has_its_own_price_and_a_channels_own_goes_first(client_of_shop, shop, rates):
    assert shipping(begin(client_of_shop, shop, shipping_address=ADDRESS | {"country": "SE"})) == 990


def test_what_no_rate_takes_is_not_sent_and_nothing_is_reserved(client_of_shop, shop, rates):
    with acting_for(shop.merchant.id):
        Variant.objects.filter(id=shop.mug.id).update(weight_grams=3000)

    assert begin(client_of_shop, shop).status_code == 400
    assert shop.on_shelf() == (10, 0)


def test_above_its_free_limit_a_delivery_costs_nothing(client_of_shop, shop):
    with acting_for(shop.merchant.id):
        DeliveryMethod.objects.filter(code="parcel").update(free_from_minor=5000)

    assert shipping(begin(client_of_shop, shop)) == 0
    assert shipping(begin(client_of_shop, shop, lines=[{"sku": shop.mug.sku, "quantity": 1}])) == 490


def test_a_coupon_comes_off_and_is_given_back_with_the_order(client_of_shop, shop):
    coupon = a_coupon(shop.merchant, uses_max=1)
    first = begin(client_of_shop, shop, coupon=coupon.code)
    second = begin(client_of_shop, shop, coupon=coupon.code)

    assert first.json()["order"]["total"]["amount_minor"] == 4500 + 490
    assert (second.status_code, second.json()["code"]) == (422, "coupon_not_usable")
    assert shop.on_shelf() == (10, 2)
    with acting_for(shop.merchant.id):
        cancellations.cancel_order(order_id=first.json()["order"]["id"], reason="wish", now=machine_now())
        assert Coupon.objects.get().used == 0


def test_free_delivery_stays_free_when_the_address_changes(client_of_shop, shop):
    coupon = a_coupon(shop.merchant, kind="free_delivery")
    checkout = begin(client_of_shop, shop, coupon=coupon.code).json()

    changed = client_of_shop.patch(
        f"/api/v1/checkouts/{checkout['id']}/",
        {"shipping_address": ADDRESS | {"city": "Kiel"}, "delivery_method": "parcel"},
        format="json",
    )

    assert checkout["order"]["total"]["amount_minor"] == 5000
    assert changed.json()["order"]["total"]["amount_minor"] == 5000
