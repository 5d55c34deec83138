"""Check 14: what belongs to another store is, by its address, as little there as what does not exist."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from merchant.accounts import access
from merchant.accounts.routes import ROUTES
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.records.models import Payment
from tests.clients import signed_in
from tests.factories import a_staff_member, a_store
from tests.routes import Route, list_routes
from tests.security.conftest import House

pytestmark = pytest.mark.django_db
# One for all stores: people and customers with their cards, articles, prices, rates, coupons, gift cards and ways of delivery of the whole merchant, where it sends
# events, and the yes that anybody may be asked for. Of an export it is only that somebody asked for it; its file is not there for who does not see all its stores.
OF_THE_MERCHANT = {
    "approvals:approval",
    "checkout-api:stored-card",
    "coupon_pages:coupon-detail",
    "customer_pages:customer-change",
    "customer_pages:customer-detail",
    "customers:customer",
    "export_pages:export-row",
    "exports:export-detail",
    "inventory:barcode",
    "inventory:price-list-prices",
    "ledger_pages:rate-detail",
    "link_pages:delivery-method",
    "message_pages:delivery-detail",
    "message_pages:endpoint-detail",
    "messages:delivery",
    "messages:endpoint",
    "people_pages:staff-detail",
    "product_pages:import-detail",
    "product_pages:product-detail",
    "gateway_event_pages:event-detail",
    "gateway_events:event",
    "voucher_pages:voucher-detail",
    "vouchers:voucher",
}


def pages_with_an_id(role: str) -> list[Route]:
    rights = access.rights_of_role(role, at_all_stores=False)
    return [
        route
        for route in list_routes()
        if (route.is_page or route.is_rest) and route.ids and ROUTES[route.name].get("GET") in rights
    ]


def words_of(answer: Any) -> str:
    """What one reads, without what differs from request to request."""
    text = answer.content.decode()
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|csrfmiddlewaretoken.*?>|nonce=\"\S+\"", "", text)


@pytest.mark.parametrize("role", ["cashier", "manager"])
def test_check_14_another_stores_address_answers_as_an_id_that_does_not_exist(house: House, role: str) -> None:
    mine, other = a_store(house.merchant), a_store(house.merchant)
    client = signed_in(a_staff_member(house.merchant, role=role, stores=[mine]))
    addresses = {route.name: house.address(route) for route in pages_with_an_id(role)}
    with acting_for(house.merchant.id):
        Order.objects.update(store=other)
        Payment.objects.update(store=other)
    wrong = {}
    for name, address in addresses.items():
        nowhere = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(uuid4()), address)
        theirs, nobodys = client.get(address), client.get(nowhere)
        if name in OF_THE_MERCHANT:
            continue
        if theirs.status_code != 404 or nobodys.status_code != 404 or words_of(theirs) != words_of(nobodys):
            wrong[name] = (theirs.status_code, nobodys.status_code)

    assert "\n".join(sorted(f"{name} {codes}" for name, codes in wrong.items())) == ""
