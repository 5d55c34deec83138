"""A tablet sells for cash in one call: everything happens together, or nothing does."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from orders.documents.models import Document
from orders.documents.render import render
from orders.order.models import Order
from payments.records.models import Payment
from tests.factories import a_channel, a_device, a_merchant, a_register, a_store, a_variant

pytestmark = pytest.mark.django_db


class Till:
    """A paired tablet in a store with goods."""

    def __init__(self, client, *, articles=3, stock=100):
        self.client = client
        self.merchant = a_merchant()
        self.store = a_store(self.merchant)
        self.register = a_register(self.store)
        a_channel(self.merchant, kind="in_store", code="store")
        self.variants = [
            a_variant(self.merchant, price_minor=1250, stock=stock, store=self.store) for _ in range(articles)
        ]
        _, self.token = a_device(self.register)

    def post(self, path, body, *, key=None):
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Device {self.token}",
            HTTP_IDEMPOTENCY_KEY=key or str(uuid4()),
        )

    def lines(self, quantity=1):
        return [{"article": variant.sku, "quantity": quantity} for variant in self.variants]

    def nothing_happened(self):
        with acting_for(self.merchant.id):
            assert not Order.objects.exists()
            assert not Payment.objects.exists()
            assert not Journal.objects.exists()
            assert not Document.objects.exists()
            assert not StockMovement.objects.filter(kind="sold").exists()


@pytest.fixture
def till(client):
    return Till(client)


def test_a_sale_moves_stock_money_books_and_receipt_together(till):
    answer = till.post("sales/", {"lines": till.lines(2), "tendered_minor": 10000})

    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["order"]["total"] == {"amount_minor": 7500, "currency": "EUR"}
    assert body["change"]["amount_minor"] == 2500
    assert body["receipt"]["number"] == 1
    with acting_for(till.merchant.id):
        assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {98}
        assert ledger.balance("cash_register", subject=str(till.register.id)) == {"EUR": 7500}
        assert ledger.balance("receivable") == {}
        assert ledger.balance("vat_payable") == {"EUR": -1197}
        assert ledger.balance("sales") == {"EUR": -6303}
        order = Order.objects.get()
        assert (order.status, order.captured_minor, order.handed_over_minor) == ("completed", 7500, 7500)


def test_receipt_numbers_of_a_register_have_no_gaps(till):
    till.post("sales/", {"lines": till.lines(), "tendered_minor": 5000})
    till.post("sales/", {"lines": till.lines(1000), "tendered_minor": 5000000})
    answer = till.post("sales/", {"lines": till.lines(), "tendered_minor": 5000})

    assert answer.json()["receipt"]["number"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tendered_minor": 3749}, "tender_too_small"),
        ({"tendered_minor": 0}, "invalid_request"),
        ({"tendered_minor": -5000}, "invalid_request"),
        # A barcode where an amount was asked, and one cent more change than any.
        ({"tendered_minor": 4006381333931}, "tender_too_large"),
        ({"tendered_minor": 3750 + 100_000_000 + 1}, "tender_too_large"),
        ({"total_minor": 3751}, "total_differs"),
        ({"lines": [{"article": "NO-SUCH", "quantity": 1}]}, "unknown_article"),
        ({"lines": []}, "invalid_request"),
        ({"tendered_minor": "lots"}, "invalid_request"),
    ],
)
def test_a_refused_sale_moves_nothing(till, change, code):
    answer = till.post("sales/", {"lines": till.lines(), "tendered_minor": 5000} | change)

    assert answer.status_code in (400, 409, 422)
    assert answer.json()["code"] == code
    assert answer.json()["money"]
    till.nothing_happened()


def test_a_sale_of_more_than_there_is_moves_nothing(till):
    answer = till.post("sales/", {"lines": till.lines(101), "tendered_minor": 99999999})

    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    till.nothing_happened()


def test_the_same_key_and_body_replays_the_same_bytes(till):
    body = {"lines": till.lines(), "tendered_minor": 5000}
    first = till.post("sales/", body, key="k1")
    second = till.post("sales/", body, key="k1")

    assert second.content == first.content
    assert second["Idempotency-Replayed"] == "true"
    with acting_for(till.merchant.id):
        assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(till):
    till.post("sales/", {"lines": till.lines(), "tendered_minor": 5000}, key="k1")
    answer = till.post("sales/", {"lines": till.lines(2), "tendered_minor": 9000}, key="k1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_sale_without_a_key_is_refused(till):
    answer = till.client.post(
        "/api/v1/sales/",
        json.dumps({"lines": till.lines(), "tendered_minor": 5000}),
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Device {till.token}",
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    till.nothing_happened()


def test_a_sale_takes_seven_statements_whatever_the_basket(client, django_capture_on_commit_callbacks):
    counts = {}
    for articles in (1, 50):
        till = Till(client, articles=articles)
        with django_capture_on_commit_callbacks(execute=True):
            till.post("sales/", {"lines": till.lines(), "tendered_minor": 10000000})
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert till.post("sales/", {"lines": till.lines(), "tendered_minor": 10000000}).status_code == 201
        counts[articles] = len([q for q in captured if "SAVEPOINT" not in q["sql"]])

    assert counts[1] == counts[50]
    assert counts[1] <= 7, counts


def test_an_order_is_paid_with_gift_card_and_cash(till):
    from merchant.core.clock import machine_now
    from merchant.core.money import Money
    from payments.vouchers import services as vouchers

    with acting_for(till.merchant.id):
        _, code = vouchers.issue(amount=Money(1000, "EUR"), source="test", now=machine_now())
    order = till.post("till/orders/", {"lines": till.lines()}).json()
    amount = {"amount_minor": 1000, "currency": "EUR"}
    first = till.post(f"orders/{order['id']}/payments/", {"method": "gift_card", "amount": amount, "code": code})
    rest = first.json()["order"]["open"]
    second = till.post(f"orders/{order['id']}/payments/", {"method": "cash", "amount": rest, "tendered_minor": 3000})

    assert (first.status_code, second.status_code) == (201, 201), (first.content, second.content)
    assert rest["amount_minor"] == 2750
    assert second.json()["payment"]["change"]["amount_minor"] == 250
    assert second.json()["receipt"]["number"] == 1
    with acting_for(till.merchant.id):
        assert ledger.balance("receivable") == {}
        assert ledger.balance("prepayments") == {}
        assert ledger.balance("voucher_liability") == {"EUR": 1000}
        assert ledger.balance("cash_register") == {"EUR": 2750}
        assert set(StockLevel.objects.values_list("on_hand", "reserved")) == {(99, 0)}


def test_what_is_left_on_a_gift_card_is_in_the_answer_and_on_the_receipt(till):
    from merchant.core.clock import machine_now
    from merchant.core.money import Money
    from payments.vouchers import services as vouchers

    with acting_for(till.merchant.id):
        card, code = vouchers.issue(amount=Money(4000, "EUR"), source="test", now=machine_now())
    order = till.post("till/orders/", {"lines": till.lines()}).json()
    tender = {"method": "gift_card", "code": code}
    parts = [
        till.post(f"orders/{order['id']}/payments/", {**tender, "amount": {"amount_minor": minor, "currency": "EUR"}})
        for minor in (1000, 250)
    ]
    cash = till.post(
        f"orders/{order['id']}/payments/",
        {"method": "cash", "amount": {"amount_minor": 2500, "currency": "EUR"}, "tendered_minor": 2500},
    ).json()

    assert [part.json()["gift_card"] for part in parts] == [
        {"hint": card.hint, "left": {"amount_minor": left, "currency": "EUR"}} for left in (3000, 2750)
    ]
    assert cash["gift_card"] is None
    with acting_for(till.merchant.id):
        paper = Document.objects.get(id=cash["receipt"]["id"])
        drawn = [render(paper, format_=kind).body.decode("utf-8", "replace") for kind in ("html", "escpos")]
    assert [(tender.get("left_minor"), tender.get("card_hint")) for tender in paper.content["tenders"]] == [
        (3000, card.hint), (2750, card.hint), (None, None),
    ]  # fmt: skip
    for text in drawn:
        assert f"{card.hint}: 30.00" in text and f"{card.hint}: 27.50" in text
        assert text.count("Left on card") == 2


def test_goods_of_a_receipt_come_back_for_their_money(till):
    sale = till.post("sales/", {"lines": till.lines(2), "tendered_minor": 7500}).json()
    line = sale["order"]["lines"][0]["id"]
    answer = till.post(
        f"orders/{sale['order']['id']}/returns/", {"lines": [{"line_id": line, "quantity": 1}], "reason": "broken"}
    )
    again = till.post(
        f"orders/{sale['order']['id']}/returns/", {"lines": [{"line_id": line, "quantity": 2}], "reason": "broken"}
    )

    assert answer.status_code == 201, answer.content
    assert answer.json()["total"]["amount_minor"] == 1250
    assert again.json()["code"] == "return_exceeds_handed_over"
    with acting_for(till.merchant.id):
        assert ledger.balance("cash_register") == {"EUR": 6250}
        assert ledger.balance("receivable") == {}
        assert sum(StockLevel.objects.values_list("on_hand", flat=True)) == 295
        payment = Payment.objects.get()
        assert (payment.status, payment.refunded_minor) == ("partly_refunded", 1250)


def test_a_refund_beyond_what_is_left_is_refused_with_the_largest_amount(till):
    sale = till.post("sales/", {"lines": till.lines(), "tendered_minor": 3750}).json()
    answer = till.post(
        f"payments/{sale['payment_id']}/refunds/",
        {"amount": {"amount_minor": 3751, "currency": "EUR"}, "reason": "wrong"},
    )

    assert answer.json()["code"] == "refund_exceeds_captured"
    assert answer.json()["data"]["left_minor"] == 3750
    with acting_for(till.merchant.id):
        assert ledger.balance("cash_register") == {"EUR": 3750}


def test_another_merchants_order_is_not_found(till, client):
    other = Till(client)
    order = other.post("till/orders/", {"lines": other.lines()}).json()
    answer = till.post(
        f"orders/{order['id']}/payments/", {"method": "cash", "amount": {"amount_minor": 100, "currency": "EUR"}}
    )

    assert answer.status_code == 404
    with acting_for(other.merchant.id):
        assert not Payment.objects.exists()


def test_a_refund_in_a_currency_that_does_not_exist_is_refused_by_name(till):
    sale = till.post("sales/", {"lines": till.lines(), "tendered_minor": 10000}).json()
    body = {"amount": {"amount_minor": 1, "currency": "GET"}, "reason": "broken"}

    answer = till.post(f"payments/{sale['payment_id']}/refunds/", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    with acting_for(till.merchant.id):
        assert Payment.objects.get().refunded_minor == 0


def test_cash_that_does_not_cover_its_amount_is_refused_and_takes_nothing(till):
    order = till.post("till/orders/", {"lines": till.lines()}).json()
    amount = {"amount_minor": 3750, "currency": "EUR"}
    answer = till.post(f"orders/{order['id']}/payments/", {"method": "cash", "amount": amount, "tendered_minor": 3749})

    assert (answer.status_code, answer.json()["code"]) == (422, "tender_too_small")
    with acting_for(till.merchant.id):
        assert not Payment.objects.exists()
        assert Order.objects.get().status == "draft"


def test_a_line_named_twice_in_a_return_comes_back_twice(till):
    sale = till.post("sales/", {"lines": till.lines(2), "tendered_minor": 7500}).json()
    line = {"line_id": sale["order"]["lines"][0]["id"], "quantity": 1}
    answer = till.post(f"orders/{sale['order']['id']}/returns/", {"lines": [line, line], "reason": "broken"})

    assert answer.json()["total"]["amount_minor"] == 2500
