"""What a parcel may be, and which orders have one on its way."""

from __future__ import annotations

import pytest

from merchant.core.clock import machine_now
from merchant.core.errors import Invalid
from merchant.core.tenancy import acting_for
from orders.fulfilment import shipping
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import OrderBeingCancelled
from orders.fulfilment.shipping import NothingIsSent, Parcel, TooManyParcels
from orders.order.models import Order
from tests.factories import a_merchant, an_order

pytestmark = pytest.mark.django_db


def note(order, **more):
    fields = {"carrier": "Parcel Post", "number": "0034", "url": "https://parcel.example/0034"} | more
    return shipping.note_shipment(order_id=order.id, parcel=Parcel(**fields), now=machine_now())


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_an_order_that_sends_nothing_has_no_parcel(status):
    merchant = a_merchant()
    order = an_order(merchant, status=status)

    with acting_for(merchant.id):
        with pytest.raises(NothingIsSent):
            note(order)
        assert not Shipment.objects.exists()


def test_an_order_whose_money_goes_back_sends_nothing_more():
    merchant = a_merchant()
    order = an_order(merchant, status="open")

    with acting_for(merchant.id):
        Order.objects.filter(id=order.id).update(cancel_asked_at=machine_now())
        with pytest.raises(OrderBeingCancelled):
            note(order)
        assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "1\n2"},
        {"number": "1\u202e2"},
        {"carrier": "Parcel\u0007Post"},
        {"url": "https://parcel.example@elsewhere.example/1"},
        {"url": "https://user:word@elsewhere.example/1"},
        {"url": "https://parcel.example/\n1"},
        {"url": "https://[parcel.example/1"},
        {"url": "http://parcel.example/1"},
    ],
)
def test_a_parcel_has_only_what_people_see_and_an_address_that_is_what_it_looks_like(wrong):
    merchant = a_merchant()
    order = an_order(merchant, status="open")

    with acting_for(merchant.id):
        with pytest.raises(Invalid):
            note(order, **wrong)
        assert not Shipment.objects.exists()


def test_an_order_has_no_more_parcels_than_an_order_may_have():
    merchant = a_merchant()
    order = an_order(merchant, status="completed")
    with acting_for(merchant.id):
        Shipment.objects.bulk_create(
            Shipment(order=order, carrier="Parcel Post", number=f"{number}", sent_at=machine_now())
            for number in range(shipping.PARCELS_MAX - 1)
        )
        note(order)

        with pytest.raises(TooManyParcels):
            note(order, number="0035")
        assert Shipment.objects.count() == shipping.PARCELS_MAX
