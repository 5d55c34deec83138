"""Lists and details over REST: the right rows, few statements, one's own stores only."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import a_device, a_register, a_shop, a_staff_member, a_store, an_api_key

pytestmark = pytest.mark.django_db


class Reader:
    """Asks as an API key of the shop's merchant."""

    def __init__(self, client, shop, *, scopes=("reports",)):
        self.client = client
        _, secret = an_api_key(shop.merchant, scopes=scopes)
        self.header = f"Bearer {secret}"

    def get(self, path, **params):
        return self.client.get(f"/api/v1/{path}", params, HTTP_AUTHORIZATION=self.header)

    def rows(self, path, **params):
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    def statements(self, path, **params):
        self.get(path, **params)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert self.get(path, **params).status_code == 200
        return [query["sql"] for query in captured if query["sql"].startswith(("SELECT", "\nSELECT"))]


@pytest.fixture
def reader(client, shop):
    return Reader(client, shop)


def test_pages_go_to_older_and_back_to_newer_orders_without_a_gap(shop, reader):
    numbers = [shop.sell(1).order.number for _ in range(5)][::-1]

    first = reader.get("orders/", size=2).json()
    second = reader.get("orders/", size=2, after=first["older"]).json()
    back = reader.get("orders/", size=2, before=second["newer"]).json()

    assert [row["number"] for row in first["results"]] == numbers[:2]
    assert [row["number"] for row in second["results"]] == numbers[2:4]
    assert [row["number"] for row in back["results"]] == numbers[:2]
    assert first["newer"] is None


def test_orders_are_narrowed_by_each_filter(shop, reader):
    sale = shop.sell(2)
    shop.sell(1, 1)
    shop.sell(3)

    for filters in (
        {"number": sale.order.number.lower()},
        {"amount_minor": 3750, "status": "completed"},
        {"store": shop.store.id, "channel": shop.channel.id, "amount_minor": 3750},
    ):
        assert len(reader.rows("orders/", **filters)) == 1
    assert reader.rows("orders/", date_to="2020-01-01") == []
    assert len(reader.rows("orders/", date_from="2020-01-01", currency="eur")) == 3
    assert reader.rows("orders/", store=uuid4()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"date_from": "tomorrow"},
        {"store": "x"},
        {"status": "paid"},
        {"size": "many"},
        {"after": "x"},
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused(reader, wrong):
    answer = reader.get("orders/", **wrong)

    assert answer.status_code == 400
    assert answer.json()["code"] in ("filter_refused", "invalid_request")


def test_an_order_shows_lines_payments_goods_and_papers(shop, reader):
    sale = shop.sell(2, 1)

    order = reader.get(f"orders/{sale.order.id}/").json()

    assert [(line["quantity"], line["total"]["amount_minor"]) for line in order["lines"]] == [(2, 2500), (1, 1250)]
    assert [(payment["method"], payment["captured"]["amount_minor"]) for payment in order["payments"]] == [
        ("cash", 3750)
    ]
    assert [sum(line["quantity"] for line in part["lines"]) for part in order["fulfilments"]] == [3]
    assert [(paper["kind"], paper["number"]) for paper in order["documents"]] == [("receipt", 1)]
    assert order["open"] == {"amount_minor": 0, "currency": "EUR"}


def test_a_payment_shows_its_operations_and_timeline(shop, reader):
    sale = shop.sell(2)

    payment = reader.get(f"payments/{sale.payment_id}/").json()

    assert payment["order"]["number"] == sale.order.number
    assert [(one["kind"], one["status"]) for one in payment["operations"]] == [("authorise", "succeeded")]
    reference = payment["operations"][0]["reference"]
    assert [row["id"] for row in reader.rows("payments/", reference=reference)] == [payment["id"]]
    assert reader.rows("payments/", reference="somebody-elses") == []
    assert [row["id"] for row in reader.rows("payments/", order_number=sale.order.number, method="cash")] == [
        payment["id"]
    ]


def test_the_journal_shows_balanced_legs(shop, reader):
    shop.sell(1)

    journals = reader.rows("journal/")

    assert {journal["recipe"] for journal in journals} == {"money_in", "goods_handed_over"}
    assert [sum(leg["amount"]["amount_minor"] for leg in journal["postings"]) for journal in journals] == [0, 0]
    assert [row["recipe"] for row in reader.rows("journal/", account="cash_register")] == ["money_in"]


def test_every_read_needs_at_most_four_statements(shop, reader):
    sales = [shop.sell(1, 1) for _ in range(3)]

    for path in (
        "orders/",
        "payments/",
        "journal/",
        f"orders/{sales[0].order.id}/",
        f"payments/{sales[0].payment_id}/",
    ):
        statements = reader.statements(path)
        assert len(statements) <= 4, (path, statements)


def test_another_merchants_order_and_payment_do_not_exist(client, shop):
    sale = shop.sell(1)
    stranger = Reader(client, a_shop())

    assert stranger.get(f"orders/{sale.order.id}/").status_code == 404
    assert stranger.get(f"payments/{sale.payment_id}/").status_code == 404
    assert stranger.rows("orders/") == stranger.rows("payments/") == stranger.rows("journal/") == []


def test_a_tablet_sees_its_own_store_only(client, shop):
    sale = shop.sell(1)
    _, token = a_device(a_register(a_store(shop.merchant)))

    for path in (f"orders/{sale.order.id}/", f"payments/{sale.payment_id}/"):
        assert client.get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Device {token}").status_code == 404
    answer = client.get("/api/v1/orders/", {"store": str(shop.store.id)}, HTTP_AUTHORIZATION=f"Device {token}")
    assert answer.json()["results"] == []


def test_the_books_need_their_right_and_all_stores(client, shop):
    shop.sell(1)
    accountant = a_staff_member(shop.merchant, role="accountant", stores=[shop.store])
    client.force_login(accountant.user)

    assert client.get("/api/v1/journal/").status_code == 404
    assert Reader(client, shop, scopes=["orders"]).get("journal/").json()["code"] == "right_missing"


def test_support_sees_an_address_masked(client, shop):
    from merchant.core.tenancy import acting_for
    from orders.order.models import Order

    sale = shop.sell(1)
    with acting_for(shop.id):
        Order.objects.filter(id=sale.order.id).update(email="karin@example.com", delivery={"street": "Storgatan 1"})
    client.force_login(a_staff_member(shop.merchant, role="support").user)

    order = client.get(f"/api/v1/orders/{sale.order.id}/").json()

    assert (order["email"], order["delivery"]) == ("k***@example.com", {})
