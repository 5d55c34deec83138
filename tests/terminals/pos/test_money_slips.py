"""Money that goes back without goods has a slip in the till's own series, and the answer names it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from merchant.accounts import callers
from orders.documents.models import Document
from terminals.pos.shifts import figures
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import a_gift_card, balance, exchange, holds, owner, sell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(country="FI", prices=(1248, 2500))


def euro(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "EUR"}


def refunded(counter: Counter, minor: int = 248, **more: Any) -> tuple[dict[str, Any], Any]:
    sale = sell(counter, 1)
    body = {"amount": euro(minor), "reason": "goodwill"} | more
    return sale, counter.left.post(f"payments/{sale['payment_id']}/refunds/", body)


def slips(counter: Counter) -> list[Document]:
    with counter.scope():
        return list(Document.objects.filter(kind="refund_receipt").order_by("number"))


def test_a_refund_without_goods_prints_what_went_back_why_and_of_which_receipt(counter: Counter) -> None:
    sale, answer = refunded(counter)
    paper = answer.json()["receipt"]

    assert answer.status_code == 202, answer.content
    assert (paper["number"], sale["receipt"]["number"]) == (2, 1)
    [slip] = slips(counter)
    assert (str(slip.id), slip.total_minor, slip.content["lines"], slip.content["taxes"]) == (paper["id"], 248, [], [])
    page = counter.left.client.get(paper["html_url"]).content.decode()
    for words in ("−2.48", "−2.50", "goodwill", f"{counter.left.register.name}-1", "no goods were returned"):
        assert words in page, words
    assert 'class="taxes"' not in page
    printed = counter.left.client.get(paper["escpos_url"]).content
    assert b"-2.50" in printed and b"goodwill" in printed
    assert counter.left.client.get(paper["pdf_url"]).content.startswith(b"%PDF")
    holds(counter)


def test_the_same_refund_asked_twice_has_one_slip(counter: Counter) -> None:
    sale, key = sell(counter, 1), str(uuid4())
    body = {"amount": euro(248), "reason": "goodwill"}
    answers = [counter.left.post(f"payments/{sale['payment_id']}/refunds/", body, key=key) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert len(slips(counter)) == 1


def test_a_refused_refund_takes_no_number(counter: Counter) -> None:
    _, answer = refunded(counter, 99_999)

    assert answer.status_code == 409
    assert slips(counter) == []
    assert sell(counter, 1)["receipt"]["number"] == 2


def test_store_credit_instead_of_money_stands_on_the_slip(counter: Counter) -> None:
    _, answer = refunded(counter, as_credit=True)

    [slip] = slips(counter)
    assert [tender["method"] for tender in slip.content["tenders"]] == ["store_credit"]
    assert answer.json()["receipt"]["id"] == str(slip.id)


def test_a_refund_over_several_tenders_has_one_slip_with_each(counter: Counter) -> None:
    code = a_gift_card(counter, 1000)
    order = counter.begin(counter.left, 0, 1)
    counter.left.post(f"orders/{order['id']}/payments/", {"method": "gift_card", "amount": euro(1000), "code": code})
    assert counter.left.pay_cash(order["id"], 1500).status_code == 201

    answer = counter.left.post(f"orders/{order['id']}/refunds/", {"amount": euro(2500), "reason": "mistake"})

    assert answer.status_code == 202, answer.content
    [slip] = slips(counter)
    assert answer.json()["receipt"]["id"] == str(slip.id)
    tenders = {tender["method"]: tender["amount_minor"] for tender in slip.content["tenders"]}
    assert (slip.total_minor, tenders) == (2500, {"gift_card": 1000, "cash": 1500})
    holds(counter)


def test_money_of_a_cancelled_order_has_a_slip(counter: Counter) -> None:
    sale = sell(counter, 1)["order"]
    new = exchange(counter, sale, counter.lines(0, 1)).json()["order"]["id"]

    cancelled = counter.left.post(f"orders/{new}/cancellations/", {"reason": "walked away"})

    last = slips(counter)[-1]
    assert cancelled.json()["receipt"]["id"] == str(last.id)
    assert (last.total_minor, last.content["tenders"][0]["method"], last.content["rounding_minor"]) == (1248, "cash", 2)
    assert balance(counter, "cash_register") == 0
    holds(counter)


def test_an_unpaid_order_that_is_cancelled_and_the_back_office_print_nothing(counter: Counter) -> None:
    order = counter.begin()
    assert counter.left.post(f"orders/{order['id']}/cancellations/", {"reason": "left"}).json()["receipt"] is None
    sale = sell(counter, 1)

    answer = owner(counter).post(
        f"/api/v1/payments/{sale['payment_id']}/refunds/",
        {"amount": euro(248), "reason": "goodwill"},
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="once",
    )

    assert (answer.status_code, answer.json()["receipt"]) == (202, None)
    assert slips(counter) == []


def test_a_slip_is_no_sale_in_the_z(counter: Counter) -> None:
    refunded(counter)

    with counter.scope():
        found = figures.take_figures(figures.span_of(counter.left.register.id))
    assert (found.receipts, found.sales_minor, found.returns, found.refunds_minor) == (1, 1248, 0, 250)
