"""An invoice and its credit notes always come to what is agreed of their order, whatever happens to it; and discounts go with the pieces they were given on."""

from __future__ import annotations

import pytest

from orders.order.models import Order, OrderLine
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import bill, billed_minor, discounted, exchange, holds, sell, split_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_pieces_with_a_discount_of_people_come_off_an_order(german: Counter) -> None:
    order = discounted(german, german.begin(german.left, 3, 1), percent_basis_points=1000)
    half = german.left.pay_cash(order["id"], 1000)
    assert half.status_code == 201, half.content

    body = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}], "reason": "changed her mind"}
    off = german.left.post(f"orders/{order['id']}/line-cancellations/", body)

    assert off.status_code in (200, 201, 202), off.content
    with german.scope():
        stored = Order.objects.get(id=order["id"])
        line = OrderLine.objects.get(id=order["lines"][0]["id"])
    assert stored.total_minor == 900 + 2250
    assert (line.discount_minor, line.staff_discount_minor) == (100, 100)
    rest = german.left.pay_cash(order["id"], stored.total_minor - 1000)
    assert rest.json()["order"]["status"] == "completed"
    holds(german)


def test_an_exchange_of_invoiced_goods_credits_what_they_cost(german: Counter) -> None:
    sale = sell(german, 3)["order"]
    bill(german, sale["id"])

    done = exchange(german, sale, german.lines(0, 1), settling={"method": "cash"}, quantity=2)
    holds(german)

    assert done.status_code == 201, done.content
    assert billed_minor(german, sale["id"]) == 1000


def test_pieces_taken_off_an_invoiced_order_are_credited(german: Counter) -> None:
    order = german.begin(german.left, 3, 1)
    assert german.left.pay_cash(order["id"], 500).status_code == 201
    bill(german, order["id"])

    body = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}], "reason": "changed her mind"}
    off = german.left.post(f"orders/{order['id']}/line-cancellations/", body)
    holds(german)

    assert off.status_code < 300, off.content
    assert billed_minor(german, order["id"]) == 3500


def test_an_invoiced_order_that_is_cancelled_is_credited(german: Counter) -> None:
    order = german.begin(german.left, 3, 1)
    assert german.left.pay_cash(order["id"], 500).status_code == 201
    bill(german, order["id"])

    off = german.left.post(f"orders/{order['id']}/cancellations/", {"reason": "left"})
    holds(german)

    assert off.status_code < 300, off.content
    assert billed_minor(german, order["id"]) == 0


def test_an_invoiced_order_gets_no_discount_that_its_invoice_does_not_know(german: Counter) -> None:
    order = german.begin(german.left, 3)
    split = german.left.post(f"orders/{order['id']}/splits/", {"mode": "person", "parts": [{}, {}]})
    assert split.status_code == 201, split.content
    bill(german, order["id"])

    body = {"reason": "late", "version": split_version(german, order), "percent_basis_points": 500}
    refused = german.left.post(f"orders/{order['id']}/discounts/", body)

    assert refused.status_code == 409, refused.content
    with german.scope():
        assert Order.objects.get(id=order["id"]).total_minor == billed_minor(german, order["id"])


def test_who_sees_people_masked_is_given_no_key_to_the_invoice(german: Counter) -> None:
    sale = sell(german, 3)["order"]
    bill(german, sale["id"])

    def keys(role: str) -> dict[str, bool]:
        client = signed_in(a_staff_member(german.merchant, role=role))
        papers = client.get(f"/api/v1/orders/{sale['id']}/").json()["documents"]
        return {paper["kind"]: bool(paper["access_token"]) for paper in papers}

    assert keys("support") == {"receipt": True, "invoice": False}
    assert keys("accountant") == {"receipt": True, "invoice": True}
