"""Prices of a store or a channel, with tax or without."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.pricing.models import ListPrice, PriceList
from merchant.accounts import callers
from merchant.ledger import queries as ledger
from orders.documents.models import Document
from orders.documents.render import render
from orders.order.models import OrderLine
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.factories.goods import a_price_list
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1250, 900))


def list_price(counter, price_list, minor, *, article=0):
    with counter.scope():
        ListPrice.objects.create(price_list=price_list, variant=counter.goods[article], amount_minor=minor)


def totals(order):
    return [line["total_minor"] for line in order["lines"]]


def test_the_stores_price_comes_before_the_channels_and_that_before_the_articles_own(counter):
    list_price(counter, a_price_list(counter.merchant, channel=counter.channel), 1100)
    of_channel = totals(counter.begin())
    list_price(counter, a_price_list(counter.merchant, store=counter.store), 1000)

    assert of_channel == [1100, 900]
    assert totals(counter.begin()) == [1000, 900]
    assert totals(counter.begin(counter.left, 2)) == [2000]


def test_another_stores_list_and_another_currency_change_nothing(counter):
    list_price(counter, a_price_list(counter.merchant, store=counter.elsewhere.register.store), 1)
    list_price(counter, a_price_list(counter.merchant, store=counter.store, currency="SEK"), 2)

    assert totals(counter.begin()) == [1250, 900]


def test_a_list_without_tax_puts_it_on_top_and_a_discount_is_taken_before_tax(counter):
    list_price(counter, a_price_list(counter.merchant, store=counter.store, includes_tax=False), 1000)
    order = counter.begin(counter.left, 2)
    body = {"amount_minor": 100, "reason": "scratched", "version": 1}
    done = counter.left.post(f"orders/{order['id']}/discounts/", body).json()

    assert (order["total"]["amount_minor"], order["tax"]["amount_minor"]) == (2380, 380)
    assert (done["total"]["amount_minor"], done["tax"]["amount_minor"]) == (2261, 361)
    with counter.scope():
        line = OrderLine.objects.get()
        assert (line.unit_price_minor, line.includes_tax, line.discount_minor) == (1000, False, 100)


def test_a_sale_without_tax_in_its_prices_is_booked_and_printed_with_it(counter):
    list_price(counter, a_price_list(counter.merchant, store=counter.store, includes_tax=False), 1000)
    sale = counter.left.post("sales/", {"lines": counter.lines(3), "tendered_minor": 5000}).json()

    assert sale["order"]["total"]["amount_minor"] == 3570
    with counter.scope():
        assert ledger.balance("sales") == {"EUR": -3000}
        assert ledger.balance("vat_payable") == {"EUR": -570}
        page = render(Document.objects.get(), format_="html").body.decode()
    assert "3 × 10.00 without VAT" in page


def test_the_tablet_syncs_the_price_that_will_be_asked(counter):
    first = counter.left.get("catalog/").json()
    price_list = a_price_list(counter.merchant, store=counter.store)
    client = signed_in(a_staff_member(counter.merchant, role="owner"))

    def set_price(minor):
        return client.post(
            f"/api/v1/price-lists/{price_list.id}/prices/",
            json.dumps({"sku": counter.goods[0].sku, "amount_minor": minor}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )

    assert set_price(1111).status_code == 200
    [changed] = [
        row
        for row in counter.left.get(f"catalog/?since={first['cursor']}").json()["variants"]
        if row["sku"] == counter.goods[0].sku
    ]
    elsewhere = {row["sku"]: row["price"] for row in counter.elsewhere.get("catalog/").json()["variants"]}
    assert changed["price"]["amount_minor"] == 1111
    assert elsewhere[counter.goods[0].sku]["amount_minor"] == 1250
    assert set_price(None).json()["price"] is None
    assert totals(counter.begin()) == [1250, 900]


def test_a_list_is_for_one_place_and_there_is_one_of_a_place_and_currency(counter):
    client = signed_in(a_staff_member(counter.merchant, role="owner"))

    def make(**body):
        return client.post(
            "/api/v1/price-lists/",
            json.dumps({"name": "Trade", "currency": "EUR", "includes_tax": False} | body),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )

    store = str(counter.store.id)
    statuses = [make().status_code, make(store_id=store, channel="store").status_code]
    made, twice = make(channel="store"), make(channel="store")

    assert statuses == [400, 400]
    assert (made.status_code, twice.status_code) == (201, 400)
    with counter.scope():
        assert PriceList.objects.count() == 1


def test_price_lists_cost_a_sale_no_statement(counter):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            answer = counter.left.post("sales/", {"lines": counter.lines(), "tendered_minor": 5000})
            assert answer.status_code == 201
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    statements()
    before = statements()
    list_price(counter, a_price_list(counter.merchant, store=counter.store), 1000)

    assert statements() == before <= 14
