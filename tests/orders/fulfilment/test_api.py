"""Handing goods over by REST: paid goods leave once, unpaid ones stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from merchant.core.tenancy import acting_for
from orders.fulfilment.models import Fulfilment, Shipment
from orders.order.models import OrderLine
from tests.factories import an_api_key
from tests.processor import RunningProcessor, running_processor
from tests.shops import Shop, a_shop
from tests.webshop import begin, pay, post, shown

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


def a_client(shop: Shop) -> APIClient:
    _, secret = an_api_key(shop.merchant, scopes=["checkout", "orders", "payments"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_a_paid_order_leaves_the_shelf_once_however_often_it_is_asked(processor: RunningProcessor):
    shop = a_shop(processor, stock=10)
    client = a_client(shop)
    checkout = begin(client, shop).json()
    pay(client, checkout)
    path = f"/api/v1/orders/{checkout['order']['id']}/fulfilments/"

    first = post(client, path, key="ship-1")
    again = post(client, path, key="ship-1")
    late = post(client, path, key="ship-2")

    assert (first.status_code, first.json()["fulfilment_status"]) == (201, "fulfilled")
    assert first.json()["total"] == {"amount_minor": 5490, "currency": "EUR"}
    assert again.content == first.content
    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_hand_over")
    assert shop.on_shelf() == (8, 0)


def test_goods_that_are_not_paid_stay(processor: RunningProcessor):
    shop = a_shop(processor, stock=10)
    client = a_client(shop)
    checkout = begin(client, shop).json()

    refused = post(client, f"/api/v1/orders/{checkout['order']['id']}/fulfilments/")

    assert (refused.status_code, refused.json()["code"]) == (409, "order_not_secured")
    assert shop.on_shelf() == (10, 2)
    with acting_for(shop.merchant.id):
        assert Fulfilment.objects.count() == 0


def test_a_part_leaves_first_and_the_rest_later(processor: RunningProcessor):
    shop = a_shop(processor, stock=10)
    client = a_client(shop)
    checkout = begin(client, shop).json()
    pay(client, checkout)
    order = shown(client, checkout)["order"]
    with acting_for(shop.merchant.id):
        mugs = OrderLine.objects.get(order_id=order["id"], kind="product")
    path = f"/api/v1/orders/{order['id']}/fulfilments/"

    part = post(client, path, {"lines": [{"line_id": str(mugs.id), "quantity": 1}]})
    rest = post(client, path)

    assert (part.status_code, part.json()["fulfilment_status"]) == (201, "partial")
    assert part.json()["total"]["amount_minor"] == 2500
    assert (rest.status_code, rest.json()["fulfilment_status"]) == (201, "fulfilled")
    assert shop.on_shelf() == (8, 0)


def test_parcels_are_noted_once_listed_and_shown_to_nobody_elses(processor: RunningProcessor):
    shop = a_shop(processor, stock=10)
    client, stranger = a_client(shop), a_client(a_shop(processor, stock=1))
    checkout = begin(client, shop).json()
    pay(client, checkout)
    path = f"/api/v1/orders/{checkout['order']['id']}/shipments/"
    parcel = {"carrier": "Parcel Post", "number": "0034", "url": "https://parcel.example/0034"}

    first = post(client, path, parcel, key="parcel-1")
    again = post(client, path, parcel, key="parcel-1")
    known = post(client, path, parcel, key="parcel-2")
    refused = post(client, path, {"carrier": "Parcel Post", "number": "0035", "url": "http://parcel.example/x"})
    foreign = post(stranger, path, parcel)

    assert first.status_code == 201 and again.content == first.content
    assert (known.status_code, known.json()["code"]) == (409, "shipment_known")
    assert (refused.status_code, foreign.status_code) == (400, 404)
    assert stranger.get(path).status_code == 404
    assert [row["number"] for row in client.get(path).json()["data"]] == ["0034"]
    with acting_for(shop.merchant.id):
        assert Shipment.objects.count() == 1 and Fulfilment.objects.count() == 0
