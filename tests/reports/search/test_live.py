"""Rows on open lists: drawn once for each kind of reader who watches, never told to people of other stores."""

from __future__ import annotations

import re

import pytest

from merchant.core.ids import new_id
from merchant.core.outbox import screens
from merchant.core.outbox.readers import Reader
from merchant.core.outbox.services import Event
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from reports.search import live
from tests.factories import a_shop
from tests.factories.goods import a_customer

pytestmark = pytest.mark.django_db

OWNER, SUPPORT, GERMAN = Reader("en", is_masked=False), Reader("en", is_masked=True), Reader("de", is_masked=False)


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(live.screens, "push", lambda merchant_id, topic, **rest: messages.append((topic, rest)))
    return messages


def told_of(shop, sale):
    rows = live.ChangedRows()
    payload = {"payment_id": str(sale.payment_id), "order_id": str(sale.order.id)}
    for topic in ("payment.captured", "order.paid"):
        rows.note(Event(new_id(), shop.merchant.id, topic, f"order:{sale.order.id}", payload))
    return rows


def test_several_events_of_one_payment_draw_its_row_once(sent, monkeypatch):
    shop = a_shop()
    sale = shop.sell(1)
    monkeypatch.setattr(screens, "list_readers", lambda: {shop.merchant.id: frozenset({OWNER})})

    assert told_of(shop, sale).draw() == 2

    assert [topic for topic, _ in sent] == [
        "merchant:payments", f"payment:{sale.payment_id}", "merchant:orders", f"order:{sale.order.id}",
    ]  # fmt: skip
    assert sent[0][1]["drawings"][Reader("en")].startswith(f'<tr id="payment-{sale.payment_id}"')
    assert {rest["store_id"] for _, rest in sent} == {shop.store.id}


def test_a_row_names_the_customer_to_those_alone_who_may_read_names_and_speaks_their_language(sent, monkeypatch):
    shop = a_shop()
    sale = shop.sell(1)
    with acting_for(shop.merchant.id):
        customer = a_customer(shop.merchant)
        Order.objects.filter(id=sale.order.id).update(customer=customer)
    readers = frozenset({OWNER, SUPPORT, GERMAN})
    monkeypatch.setattr(screens, "list_readers", lambda: {shop.merchant.id: readers})

    told_of(shop, sale).draw()

    payments, orders = (rest["drawings"] for _, rest in sent if "drawings" in rest)
    assert {reader: customer.name in html for reader, html in orders.items()} == {
        OWNER: True,
        SUPPORT: False,
        GERMAN: True,
    }
    assert "k***@example.com" in orders[SUPPORT]
    assert ("Bezahlt" in orders[GERMAN], "Paid" in orders[OWNER]) == (True, True)
    assert payments.keys() == {Reader("en"), Reader("de")}
    plain = {reader.language: re.sub(r"<[^>]+>", "", html).replace("\xa0", " ") for reader, html in payments.items()}
    assert ("€12.50" in plain["en"], "12,50 €" in plain["de"]) == (True, True)


def test_nothing_is_drawn_where_nobody_watches(sent, monkeypatch):
    shop = a_shop()
    monkeypatch.setattr(screens, "list_readers", dict)

    told_of(shop, shop.sell(1)).draw()

    assert sent == []


def test_a_merchant_is_watched_by_whoever_asked_for_a_page(valkey_url, settings):
    settings.REDIS_URL = valkey_url
    merchant_id = new_id()

    assert merchant_id not in screens.list_readers()
    for reader in (OWNER, SUPPORT):
        screens.current_seq(merchant_id, reader)

    assert screens.list_readers()[merchant_id] == {OWNER, SUPPORT}


def test_without_valkey_nobody_watches_and_nothing_breaks(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert screens.current_seq(new_id(), OWNER) == 0
    assert screens.list_readers() == {}
