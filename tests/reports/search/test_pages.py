"""Payments, orders and search as pages: the right rows for the right people, with few statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.core.pages import frame
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member, a_store

pytestmark = pytest.mark.django_db
STATEMENTS_MAX = 6


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    frame.forget()


@pytest.fixture
def shop():
    return a_shop()


@pytest.fixture
def owner(shop):
    return signed_in(a_staff_member(shop.merchant))


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
