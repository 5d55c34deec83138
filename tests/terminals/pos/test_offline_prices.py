"""Sales made offline at prices of a list, with a discount, in rounded cash: they land as they happened, and come back as they were paid."""

from __future__ import annotations

import pytest

from orders.documents.models import Document
from orders.order.models import OrderLine
from payments.records.models import Payment
from terminals.pos.models import OfflineSale
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import a_gift_card, balance, counts, exchange, holds, list_price, offline, put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finnish_offline(finnish: Counter) -> Counter:
    put(finnish, "offline-rules", is_allowed=True)
    return finnish


def test_an_offline_cash_sale_is_rounded_as_the_till_did(finnish_offline: Counter) -> None:
    counter = finnish_offline
    landed = offline(counter, 1248)

    assert landed.status_code == 201, landed.content
    assert balance(counter, "cash_register") == 1250
    with counter.scope():
        paper = Document.objects.get(kind="receipt")
    assert (paper.content["rounding_minor"], paper.content["register_code"]) == (2, counter.left.register.code)
    holds(counter)


def test_the_change_of_an_offline_sale_that_was_rounded_down_is_right(finnish_offline: Counter) -> None:
    counter = finnish_offline
    tenders = [{"method": "cash", "amount_minor": 1247, "tendered_minor": 1245}]
    landed = offline(counter, 1247, tenders=tenders)

    assert landed.status_code == 201, landed.content
    with counter.scope():
        payment = Payment.objects.get()
    assert (payment.rounding_minor, payment.tendered_minor) == (-2, 1245)
    holds(counter)


@pytest.mark.parametrize("cash_first", [True, False])
def test_cash_and_gift_card_of_an_offline_sale_land_in_whatever_order_they_are_named(
    finnish_offline: Counter, cash_first: bool
) -> None:
    counter = finnish_offline
    card = {"method": "gift_card", "amount_minor": 300, "code": a_gift_card(counter, 300)}
    cash = {"method": "cash", "amount_minor": 948}
    landed = offline(counter, 1248, tenders=[cash, card] if cash_first else [card, cash])

    assert landed.status_code == 201, landed.content
    assert balance(counter, "cash_register") == 950
    holds(counter)


def test_an_offline_sale_is_compared_with_the_price_list_that_held(german: Counter) -> None:
    put(german, "offline-rules", is_allowed=True)
    list_price(german, 800)

    landed = offline(german, 800)

    assert landed.status_code == 201, landed.content
    with german.scope():
        row = OfflineSale.objects.get()
        line = OrderLine.objects.get()
    assert row.price_difference_minor == 0
    assert (line.unit_price_minor, line.discount_minor) == (800, 0)
    holds(german)


def test_an_offline_sale_at_another_price_than_a_list_without_tax_says(german: Counter) -> None:
    put(german, "offline-rules", is_allowed=True)
    list_price(german, 1000, includes_tax=False)

    landed = offline(german, 1071)

    assert landed.status_code == 201, landed.content
    with german.scope():
        line = OrderLine.objects.get()
    assert (line.total_minor, line.tax_minor, line.unit_price_minor - line.discount_minor) == (1071, 171, 900)
    holds(german)


@pytest.mark.parametrize(
    "sold_at",
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"],
)
def test_an_offline_sale_at_the_end_of_time_is_answered(german: Counter, sold_at: str) -> None:
    put(german, "offline-rules", is_allowed=True)

    assert offline(german, 1000, sold_at=sold_at).status_code < 500


def test_a_gift_card_at_risk_is_not_exchanged(german: Counter) -> None:
    put(german, "offline-rules", is_allowed=True)
    landed = offline(german, 1000, tenders=[{"method": "gift_card", "amount_minor": 1000, "code": "NOSUCHCARD"}])
    assert landed.status_code == 201, landed.content
    order = landed.json()["order"]
    with german.scope():
        line = OrderLine.objects.get(order_id=order["id"])
    before = counts(german)

    body = {"back": [{"line_id": str(line.id), "quantity": 1}], "basket": {"lines": german.lines(1)}, "reason": "size"}
    refused = german.left.post(f"orders/{order['id']}/exchanges/", body)

    assert refused.status_code == 409, refused.content
    assert counts(german) == before
    holds(german)


def test_a_discounted_offline_sale_comes_back_and_is_exchanged_for_what_was_paid(finnish_offline: Counter) -> None:
    counter = finnish_offline
    order = offline(counter, 2001, quantity=3).json()["order"]
    with counter.scope():
        line = {"id": str(OrderLine.objects.get(order_id=order["id"]).id)}
    order["lines"] = [line]

    body = {"lines": [{"line_id": line["id"], "quantity": 1}], "reason": "broken"}
    back = counter.left.post(f"orders/{order['id']}/returns/", body)
    swapped = exchange(counter, order, counter.lines(0, 1), settling={"method": "cash"})
    again = exchange(counter, order, counter.lines(0, 1), settling={"method": "cash"})

    assert [answer.status_code for answer in (back, swapped, again)] == [201, 201, 201], swapped.content
    worths = [back.json()["total"], swapped.json()["back"], again.json()["back"]]
    assert sum(worth["amount_minor"] for worth in worths) == 2001
    holds(counter)
