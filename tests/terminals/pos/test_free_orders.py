"""An order of which discounts or a coupon left nothing to pay is sold like any other: handed over, printed, counted, with no tender."""

from __future__ import annotations

from typing import Any

import pytest

from inventory.stock.models import StockLevel
from merchant.accounts import callers
from merchant.accounts.approvals import services as approvals
from merchant.core.clock import business_now
from orders.documents.models import Document
from orders.documents.render import render
from orders.fulfilment.models import Fulfilment, Return
from orders.order.models import Order
from payments.records.models import Payment, TillEntry
from terminals.pos.shifts import figures
from tests.factories.goods import a_coupon
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import balance, counts, exchange, holds, owner, sell

pytestmark = pytest.mark.django_db(transaction=True)
APPROVALS = approvals


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1250, 1250))


def free(counter: Counter, *quantities: int) -> dict[str, Any]:
    """An order that a coupon pays, as a till begins it."""
    coupon = a_coupon(counter.merchant, percent_basis_points=10_000)
    order = counter.begin(counter.left, *quantities, coupon=coupon.code)
    assert order["total"]["amount_minor"] == 0
    return order


def complete(counter: Counter, order: dict[str, Any], *, till: Any = None, **more: Any) -> Any:
    body = {"version": order["version"]} | more.pop("body", {})
    return (till or counter.left).post(f"orders/{order['id']}/completions/", body, **more)


def on_hand(counter: Counter, article: int = 0) -> tuple[int, int]:
    with counter.scope():
        level = StockLevel.objects.get(variant=counter.goods[article], store=counter.store)
        return level.on_hand, level.reserved


def test_an_order_that_a_coupon_pays_is_handed_over_printed_and_counted(counter: Counter) -> None:
    order = free(counter, 2, 0)

    done = complete(counter, order)

    assert done.status_code == 201, done.content
    assert (done.json()["order"]["status"], done.json()["receipt"]["number"]) == ("completed", 1)
    assert on_hand(counter) == (98, 0)
    with counter.scope():
        assert not Payment.objects.exists()
        assert not TillEntry.objects.exists()
        receipt = Document.objects.get()
        assert (receipt.total_minor, receipt.content["tenders"]) == (0, [])
        assert "25.00" in render(receipt, format_="html").body.decode().replace("−", "-")
        found = figures.take_figures(figures.span_of(counter.left.register.id))
    assert (found.receipts, found.sales_minor, found.discounts, found.discounts_minor) == (1, 0, 1, 2500)
    assert (found.tenders, found.cash_minor) == ((), 0)
    for account in ("sales", "receivable", "prepayments", "cash_register", "vat_payable"):
        assert balance(counter, account) == 0
    holds(counter)


def test_an_order_that_a_manager_gave_away_is_completed(counter: Counter) -> None:
    order = counter.begin(counter.left, 1, 0)
    given = owner(counter).post(
        f"/api/v1/orders/{order['id']}/discounts/",
        {"percent_basis_points": 10_000, "reason": "birthday", "version": 1},
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="birthday",
    )
    assert given.status_code == 201, given.content

    done = complete(counter, given.json())

    assert done.status_code == 201, done.content
    assert on_hand(counter) == (99, 0)
    holds(counter)


def test_pressed_twice_it_is_one_sale(counter: Counter) -> None:
    order = free(counter, 1, 0)

    answers = [complete(counter, order, key=key) for key in ("one", "one", "two")]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["receipt"]["id"] for answer in answers}) == 1
    assert on_hand(counter) == (99, 0)
    with counter.scope():
        assert Fulfilment.objects.count() == 1
    holds(counter)


def test_an_order_with_something_to_pay_is_not_completed_without_it(counter: Counter) -> None:
    order = counter.begin(counter.left, 1, 0)

    refused = complete(counter, order)

    assert (refused.status_code, refused.json()["code"]) == (409, "still_to_pay")
    assert on_hand(counter) == (100, 0)
    with counter.scope():
        assert Order.objects.get().status == "draft"
        assert not Document.objects.exists()


def test_an_older_page_another_till_and_a_cancelled_order_complete_nothing(counter: Counter) -> None:
    order = free(counter, 1, 0)
    older = complete(counter, order, body={"version": order["version"] + 1})
    elsewhere = complete(counter, order, till=counter.right)
    far = complete(counter, order, till=counter.elsewhere)
    counter.left.post(f"orders/{order['id']}/cancellations/", {"reason": "left"})
    over = complete(counter, order)

    assert [answer.json()["code"] for answer in (older, elsewhere, over)] == [
        "order_changed",
        "cart_not_held",
        "order_not_payable",
    ]
    assert far.status_code == 404
    assert on_hand(counter) == (100, 0)
    with counter.scope():
        assert not Document.objects.exists()


def test_a_free_sale_in_one_call_is_refused_with_the_way_to_do_it(counter: Counter) -> None:
    with counter.scope():
        from inventory.pricing.models import Price

        Price.objects.filter(variant=counter.goods[0]).update(amount_minor=0)

    refused = counter.left.post("sales/", {"lines": counter.lines(1, 0), "tendered_minor": 5})

    assert (refused.status_code, refused.json()["code"]) == (422, "nothing_to_pay")
    assert counts(counter) == (0, 0, 0, 0, 0)
    order = counter.begin(counter.left, 1, 0)
    assert complete(counter, order).status_code == 201
    holds(counter)


def test_goods_that_cost_nothing_come_back_and_bring_nothing(counter: Counter) -> None:
    order = free(counter, 2, 0)
    complete(counter, order)

    lines = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
    back = counter.left.post(f"orders/{order['id']}/returns/", {"lines": lines, "reason": "no"})

    assert back.status_code == 201, back.content
    assert (back.json()["total"]["amount_minor"], back.json()["refunds"]) == (0, [])
    assert on_hand(counter) == (99, 0)
    holds(counter)


def test_goods_that_cost_nothing_are_exchanged_for_others_of_equal_worth(counter: Counter) -> None:
    order = free(counter, 1, 0)
    complete(counter, order)
    coupon = a_coupon(counter.merchant, percent_basis_points=10_000)

    done = exchange(counter, order, counter.lines(0, 1), basket={"coupon": coupon.code})

    assert done.status_code == 201, done.content
    assert (done.json()["difference"]["amount_minor"], done.json()["order"]["status"]) == (0, "completed")
    assert (on_hand(counter, 0), on_hand(counter, 1)) == ((100, 0), (99, 0))
    with counter.scope():
        assert Return.objects.get().total_minor == 0
        assert not Payment.objects.exists()
    holds(counter)


def test_paid_goods_are_exchanged_for_free_ones_and_the_money_goes_back(counter: Counter) -> None:
    sale = sell(counter, 1, 0)["order"]
    coupon = a_coupon(counter.merchant, percent_basis_points=10_000)

    done = exchange(counter, sale, counter.lines(0, 1), basket={"coupon": coupon.code})

    assert done.status_code == 201, done.content
    assert (done.json()["difference"]["amount_minor"], done.json()["order"]["status"]) == (-1250, "completed")
    assert balance(counter, "cash_register") == 0
    holds(counter)


def test_free_orders_stand_in_the_z_and_hold_up_no_close(counter: Counter) -> None:
    complete(counter, free(counter, 1, 0))
    sell(counter, 1, 0)

    with counter.scope():
        found = figures.take_figures(figures.span_of(counter.left.register.id))
        assert business_now(counter.merchant.id)
    assert (found.receipts, found.first_receipt, found.last_receipt) == (2, 1, 2)
    assert (found.sales_minor, found.cash_minor) == (1250, 1250)
    opened = counter.left.post("shifts/", {"float_minor": 0})
    assert opened.status_code in (200, 201), opened.content
