"""Support helps without seeing whom: no page and no REST answer it may open shows a name, an address or a number."""

from __future__ import annotations

from typing import Any

import pytest

from merchant.accounts import access
from merchant.accounts.routes import ROUTES
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from merchant.messages import services as messages
from merchant.messages.models import Message
from orders.order.models import Order
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.factories.goods import a_customer
from tests.routes import Route, list_routes
from tests.security.conftest import House

pytestmark = pytest.mark.django_db
NAME, EMAIL, PHONE, STREET = "Xaverine Quist", "xaverine.quist@example.com", "+46 70 555 01 99", "Kungsportsavenyn 7"
SECRETS = ("Quist", "xaverine.quist", "555 01 99", "Kungsportsavenyn")
ADDRESS = {"name": NAME, "line1": STREET, "postal_code": "41101", "city": "Gothenburg", "country": "SE"}


def readable(route: Route) -> bool:
    return ROUTES.get(route.name, {}).get("GET", "public") in access.ROLES["support"]


def give_everybody_a_name(house: House) -> None:
    """Whatever there is belongs to one person from here on."""
    customer = a_customer(house.merchant, email=EMAIL)
    delivery = {
        "method": "parcel",
        "name": NAME,
        "phone": PHONE,
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
    }
    with acting_for(house.merchant.id):
        Customer.objects.update(name=NAME, email=EMAIL, phone=PHONE)
        Order.objects.update(customer_id=customer.id, email=EMAIL, delivery=delivery)
        for order in Order.objects.all()[:3]:
            mail = messages.Mail(
                "confirmation", f"m:{order.id}", EMAIL, f"Thanks {NAME}", NAME, NAME, f"order:{order.id}"
            )
            messages.queue_mail(mail, now=machine_now())
        Message.objects.update(recipient=EMAIL, subject=NAME, body_text=NAME, last_error=f"550 no mailbox {EMAIL}")


def shown_of(answer: Any) -> list[str]:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [secret for secret in SECRETS if secret.encode() in body]


def test_support_sees_nobody_in_full_on_any_page_or_rest_answer(house: House) -> None:
    client = signed_in(a_staff_member(house.merchant, role="support"))
    addresses = {}
    for route in list_routes():
        if (route.is_rest or route.is_page) and readable(route):
            addresses[route.name] = house.address(route)
    give_everybody_a_name(house)
    leaks, seen = {}, 0
    for name, address in addresses.items():
        answer = client.get(address)
        seen += answer.status_code == 200
        if found := shown_of(answer):
            leaks[name] = found

    assert leaks == {}
    assert seen > len(addresses) // 2


def test_the_same_pages_show_them_to_an_owner(house: House) -> None:
    client = signed_in(house.owner)
    names = ("search:order-detail", "customer_pages:customer-detail", "messages:message-list")
    addresses = [house.address(route) for route in list_routes() if route.name in names]
    give_everybody_a_name(house)

    assert all(shown_of(client.get(address)) for address in addresses)
