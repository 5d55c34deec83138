"""Payments, orders and search as pages: the right rows for the right people, with few statements."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.core.tenancy import acting_for
from payments.records.queries import find_payments, read_filters
from reports.exports.models import ExportFile
from tests.clients import signed_in
from tests.factories import a_staff_member, a_store, an_order

pytestmark = pytest.mark.django_db
STATEMENTS_MAX = 6


def statements(client, path):
    """What a page asks for itself: who asks, the clock and the rail are remembered for a second or more and not counted."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    remembered = (
        "django_session",
        "merchant_user",
        "usersessions",
        "merchant_staff_member",
        "merchant_merchant",
        "core_business_clock",
        "SAVEPOINT",
    )
    return [query["sql"] for query in captured if not any(part in query["sql"] for part in remembered)]


def test_an_order_opens_in_the_drawer_beside_the_list_and_as_a_page_of_its_own(shop, owner):
    order = shop.sell(2).order
    listed = owner.get("/orders/").content.decode()
    beside = owner.get(f"/orders/{order.id}/", headers={"HX-Request": "true", "HX-Target": "drawer"}).content.decode()
    again = owner.get(f"/orders/{order.id}/", headers={"HX-Request": "true", "HX-Target": "order-live"})

    assert f'data-drawer="/orders/{order.id}/"' in listed and 'id="drawer"' in listed
    assert "data-drawer-close" in beside and "<html" not in beside
    assert f'href="/orders/{order.id}/"' in beside and "Timeline" in beside and "Cash" in beside
    assert "<html" in again.content.decode()


def test_ticked_orders_are_printed_as_pick_lists_and_receipts_on_one_page(shop, owner):
    sold, other = shop.sell(1).order, an_order(shop.merchant)
    ticked = {"selected": [str(sold.id), str(other.id)], "idempotency_key": "print-1"}

    led = owner.post("/orders/print/?what=picks", ticked)
    picks = owner.get(led["Location"]).content.decode()
    with CaptureQueriesContext(connection) as captured:
        receipts = owner.get(led["Location"].replace("what=picks", "what=receipts")).content.decode()

    assert led.status_code == 302
    assert picks.count('class="card sheet"') == 1 and f">{other.number}</h2>" in picks
    assert "1 order has nothing left to pick." in picks
    assert receipts.count('<article class="receipt') == 1 and receipts.count("<h1") == 1
    assert "1 order has no receipt." in receipts and "Coat" in picks
    assert sum("order_order" in query["sql"] or "document" in query["sql"] for query in captured) <= 4


@pytest.mark.parametrize("ticked", [["a" * 100_000], ["<b>"], [str(uuid4()) for _ in range(51)]])
def test_what_the_list_cannot_tick_is_refused_and_leads_nowhere(owner, ticked):
    answer = owner.post("/orders/print/?what=picks", {"selected": ticked, "idempotency_key": "print-2"})

    assert answer.status_code == 400 and "tick at most 50 orders of the list" in answer.content.decode()
    assert len(answer.content) < 50_000


def test_nobody_prints_papers_of_another_store(shop, owner):
    order = shop.sell(1).order
    elsewhere = signed_in(
        a_staff_member(shop.merchant, role="manager", stores=[a_store(shop.merchant, name="Uppsala")])
    )

    for what in ("picks", "receipts"):
        shown = elsewhere.get(f"/orders/print/?what={what}&orders={order.id}").content.decode()
        assert order.number not in shown and '<article class="receipt' not in shown


@pytest.mark.parametrize(
    "path",
    ["/payments/", "/orders/", "/stock/", "/payouts/", "/imports/", "/exports/", "/payment-links/", "/webhook-log/"],
)
def test_a_list_costs_few_statements_however_many_rows(shop, owner, path):
    for _ in range(3):
        shop.sell(1, 1)
    few = len(statements(owner, path))
    for _ in range(5):
        shop.sell(2)

    assert len(statements(owner, path)) == few <= STATEMENTS_MAX


def test_a_payment_shows_in_the_list_and_on_its_page(shop, owner):
    sale = shop.sell(1)

    page = owner.get("/payments/").content.decode()

    assert str(sale.payment_id) in page
    assert "12.50" in page
    detail = owner.get(f"/payments/{sale.payment_id}/")
    assert detail.status_code == 200
    assert "Cash" in detail.content.decode()
    assert owner.get(f"/orders/{sale.order.id}/").status_code == 200


def test_several_states_at_once_narrow_the_list(shop, owner):
    sale = shop.sell(1)

    assert str(sale.payment_id) in owner.get("/payments/?status=captured&status=refunded").content.decode()
    assert str(sale.payment_id) in owner.get("/payments/?status=captured,refunded").content.decode()
    assert str(sale.payment_id) not in owner.get("/payments/?status=declined,refunded").content.decode()
    assert owner.get("/payments/?status=paid").status_code == 400


def test_what_is_filtered_is_added_up(shop, owner):
    shop.sell(1)
    shop.sell(2)

    page = owner.get("/payments/?totals=1", headers={"HX-Request": "true"}).content.decode()

    assert "37.50" in page
    assert "<html" not in page


def test_htmx_gets_the_drawer_and_the_page_gets_itself(shop, owner):
    sale = shop.sell(1)
    address = f"/payments/{sale.payment_id}/"

    drawer = owner.get(address, headers={"HX-Request": "true", "HX-Target": "drawer"}).content.decode()
    itself = owner.get(address, headers={"HX-Request": "true", "HX-Target": "payment-live"}).content.decode()

    assert "drawer-body" in drawer and "<html" not in drawer
    assert 'id="payment-live"' in itself


def test_somebody_of_another_store_sees_neither_rows_nor_pages(shop):
    sale = shop.sell(1)
    other = a_store(shop.merchant, name="Uppsala")
    client = signed_in(a_staff_member(shop.merchant, role="manager", stores=[other]))

    assert str(sale.payment_id) not in client.get("/payments/").content.decode()
    assert client.get(f"/payments/{sale.payment_id}/").status_code == 404
    assert client.get(f"/orders/{sale.order.id}/").status_code == 404
    assert client.get(f"/payments/?store={shop.store.id}").status_code == 404


def test_the_scope_above_narrows_the_list_and_travels_with_the_rail(shop, owner):
    sale, other = shop.sell(1), a_store(shop.merchant, name="Uppsala")

    here, there = (owner.get(f"/payments/?store={store.id}").content.decode() for store in (shop.store, other))

    assert str(sale.payment_id) in here
    assert str(sale.payment_id) not in there
    assert f'href="/orders/?store={other.id}"' in there


def test_a_single_hit_opens_by_itself_and_nothing_is_said_to_be_nothing(shop, owner):
    sale = shop.sell(1)

    found = owner.get("/search/", {"q": sale.order.number.lower()})
    nothing = owner.get("/search/", {"q": "ZZZZZZZZ"})

    assert found.status_code == 302
    assert found["Location"] == f"/orders/{sale.order.id}/"
    assert "Nothing is called that" in nothing.content.decode()


def test_what_is_ticked_is_exported_and_nothing_else(shop, owner):
    ticked, other = shop.sell(1), shop.sell(2)

    form = owner.post("/exports/new/?subject=payments", {"selected": [ticked.payment_id]}).content.decode()
    asked = owner.post("/exports/", {"subject": "payments", "ids": str(ticked.payment_id), "idempotency_key": "one"})

    assert f'value="{ticked.payment_id}"' in form and "1 ticked row" in form
    assert asked.status_code == 302
    with acting_for(shop.merchant.id):
        filters = ExportFile.objects.get().filters["params"]
        [row] = find_payments(read_filters(filters))
    assert row.id == ticked.payment_id != other.payment_id
    assert owner.get("/payments/?ids=nonsense").status_code == 400


def test_a_payment_of_another_store_is_answered_like_one_that_does_not_exist(shop):
    sale = shop.sell(1)
    client = signed_in(a_staff_member(shop.merchant, role="cashier", stores=[a_store(shop.merchant)]))

    hidden, absent = (client.get(f"/payments/{key}/") for key in (sale.payment_id, uuid4()))

    assert hidden.status_code == absent.status_code == 404
    told = [re.sub(rb'(csrfmiddlewaretoken" value=)"\w+"', rb"\1", answer.content) for answer in (hidden, absent)]
    assert told[0] == told[1]
