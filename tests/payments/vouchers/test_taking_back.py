"""A sold gift card that is not spent comes back in one act: its unspent part leaves the card, then the money goes back, each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order.models import Order, OrderLine
from payments.records.models import Operation, Payment
from payments.vouchers import services
from payments.vouchers.models import Voucher, VoucherMovement
from reports.verify.checks.registry import CHECKS
from reports.verify.look import Look
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.payments.vouchers.test_life import Till
from tests.payments.vouchers.test_not_money_twice import euros, mixed, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(shared_cache: None) -> Till:
    return Till()


def cards_of(till: Till, order_id: str) -> list[dict[str, Any]]:
    """What the till shows of an order's cards."""
    with acting_for(till.shop.id):
        number = Order.objects.get(id=order_id).number
    found = till.client.get(f"/api/v1/returnables/?code={number}").json()
    return list(found["gift_cards"])


def take_back(till: Till, order_id: str, *cards: dict[str, Any], **more: Any) -> Any:
    """Press the button for the cards as they are shown."""
    asked = [
        {"voucher_id": card["voucher_id"], "amount_minor": card["returnable"]["amount_minor"] or 1} for card in cards
    ]
    return till.post(f"orders/{order_id}/returns/", {"gift_cards": asked, "reason": "unwanted", **more})


def spend(till: Till, code: str) -> None:
    """Pay an article of 12.50 with a card."""
    order = till.post("till/orders/", {"lines": [{"article": till.shop.variants[0].sku, "quantity": 1}]}).json()
    paid = till.pay(order["id"], 1250, method="gift_card", code=code)
    assert paid.status_code == 201, paid.content


def complaints(till: Till) -> list[str]:
    """What `verify` says is wrong with the merchant's books."""
    look = Look(till.shop.id, machine_now(), ())
    with acting_for(till.shop.id):
        return [f"{check.name} {found}" for check in CHECKS if (found := check.run(look).violations)]


def test_an_unspent_card_comes_back_for_all_of_its_money_once(till: Till) -> None:
    order_id = till.sell(3000)
    [card] = cards_of(till, order_id)

    done = take_back(till, order_id, card)
    again = take_back(till, order_id, card)

    assert (card["returnable"]["amount_minor"], done.status_code) == (3000, 201), done.content
    assert done.json()["total"]["amount_minor"] == 3000
    assert [row["status"] for row in done.json()["refunds"]] == ["succeeded"]
    assert (again.status_code, again.json()["code"]) == (409, "card_not_returnable")
    assert owed(till) == ({}, {})
    assert [row["why_not"] for row in cards_of(till, order_id)] == ["all_came_back"]
    assert Voucher.across_merchants.get().balance_minor == 0
    with acting_for(till.shop.id):
        assert ledger.balance("sales_returns") == ledger.balance("prepayments") == ledger.balance("receivable") == {}


def test_of_a_card_that_was_spent_in_part_only_the_rest_comes_back(till: Till) -> None:
    order_id, payment_id = mixed(till, {"amount_minor": 3000})
    spend(till, till.code_of(order_id))
    [card] = cards_of(till, order_id)

    done = take_back(till, order_id, card)
    beyond = till.post(f"payments/{payment_id}/refunds/", euros(1251))
    article = till.post(f"payments/{payment_id}/refunds/", euros(1250))

    assert (card["returnable"]["amount_minor"], done.json()["total"]["amount_minor"]) == (1750, 1750)
    assert (beyond.status_code, beyond.json()["code"], article.status_code) == (409, "gift_card_is_money", 202)
    assert owed(till)[0] == {}
    with acting_for(till.shop.id):
        line = OrderLine.objects.get(order_id=order_id, kind="gift_card")
        assert (line.returned_quantity, Order.objects.get(id=order_id).handed_over_minor) == (1, 2500)


def test_the_books_still_hold_after_cards_came_back(till: Till) -> None:
    order_id, _payment = mixed(till, {"amount_minor": 3000}, {"amount_minor": 1001})
    code = till.client.get(f"/api/v1/orders/{order_id}/vouchers/").json()["results"][0]["code"]
    top_up = till.sell(2000, top_up_code=code)
    spend(till, code)

    done = [take_back(till, order_id, *cards_of(till, order_id)), take_back(till, top_up, *cards_of(till, top_up))]

    assert [one.status_code for one in done] == [201, 201], [one.content for one in done]
    assert [one.json()["total"]["amount_minor"] for one in done] == [3000 + 1001, 750]
    assert owed(till)[0] == {}
    assert complaints(till) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"blocked_at": machine_now()}, "card_blocked"),
        ({"expires_at": machine_now() - timedelta(days=1)}, "card_expired"),
    ],
)
def test_a_card_nobody_may_spend_does_not_come_back(till: Till, change: dict[str, Any], why: str) -> None:
    order_id = till.sell(3000)
    Voucher.across_merchants.update(**change)
    [card] = cards_of(till, order_id)

    refused = take_back(till, order_id, card)

    assert (card["why_not"], refused.status_code, refused.json()["code"]) == (why, 409, "card_not_returnable")
    assert Voucher.across_merchants.get().balance_minor == 3000
    assert not Operation.across_merchants.filter(kind="refund").exists()


def test_who_was_told_another_amount_or_has_no_right_moves_nothing(till: Till) -> None:
    order_id = till.sell(3000)
    [card] = cards_of(till, order_id)
    spend(till, till.code_of(order_id))
    before = owed(till)
    stranger = signed_in(a_staff_member(a_merchant(), role="owner"))
    body = {"gift_cards": [{"voucher_id": card["voucher_id"], "amount_minor": 1750}], "reason": "unwanted"}
    address = f"/api/v1/orders/{order_id}/returns/"

    stale = take_back(till, order_id, card)
    crossed = take_back(till, till.sell(500), card)
    outside = stranger.post(address, body, "application/json", headers={"Idempotency-Key": "another-merchant"})

    assert (stale.status_code, stale.json()["code"]) == (409, "card_holds_other")
    assert (crossed.status_code, crossed.json()["code"], outside.status_code) == (409, "card_not_returnable", 404)
    assert not VoucherMovement.across_merchants.filter(source__startswith="taken-back").exists()
    assert owed(till)[0] == {"EUR": before[0]["EUR"] - 500}


def test_more_than_somebody_refunds_alone_needs_an_approval_and_takes_nothing_off(till: Till) -> None:
    order_id = till.sell(60_000)
    [card] = cards_of(till, order_id)
    cashier = signed_in(a_staff_member(till.shop.merchant, role="cashier", refund_limit_minor=59_999))
    body = {"gift_cards": [{"voucher_id": card["voucher_id"], "amount_minor": 60_000}], "reason": "unwanted"}

    refused = cashier.post(
        f"/api/v1/orders/{order_id}/returns/", body, "application/json", headers={"Idempotency-Key": "beyond-limit"}
    )

    assert (refused.status_code, Voucher.across_merchants.get().balance_minor) == (403, 60_000), refused.content


@pytest.mark.django_db(transaction=True)
def test_two_returns_and_a_spend_at_once_give_the_money_once(shared_cache: None) -> None:
    till = Till()
    order_id = till.sell(3000)
    [card], code = cards_of(till, order_id), till.code_of(order_id)
    other = till.post("till/orders/", {"gift_cards": [{"amount_minor": 3000}]}).json()["id"]

    def act(number: int) -> int:
        try:
            if number == 1:
                return int(till.pay(other, 3000, method="gift_card", code=code).status_code)
            return int(take_back(till, order_id, card).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(act, range(3)))

    assert sum(answer == 201 for answer in answers) == 1, answers
    assert {answer for answer in answers if answer != 201} <= {409, 422}
    with acting_for(till.shop.id):
        [voucher] = Voucher.objects.filter(code_hash=services.code_hash(code))
    assert voucher.balance_minor == 0
    back = Payment.across_merchants.get(order_id=order_id).refunded_minor
    paid = sum(Payment.across_merchants.filter(order_id=other).values_list("captured_minor", flat=True))
    assert back + paid == 3000


@pytest.mark.django_db(transaction=True)
def test_orders_that_pay_for_each_others_cards_wait_for_one_another(shared_cache: None) -> None:
    till = Till()
    codes = [till.code_of(till.sell(8000)) for _ in range(2)]
    start = Barrier(2)

    def top_up(number: int) -> str:
        """Begin an order that puts money on one of the cards."""
        asked = {"gift_cards": [{"amount_minor": 1000, "top_up_code": codes[number]}]}
        return str(till.post("till/orders/", asked).json()["id"])

    def at_once(act: Any) -> list[Any]:
        def one(number: int) -> Any:
            try:
                start.wait()
                return act(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, range(2)))

    def cross() -> None:
        orders = [top_up(0), top_up(1)]
        paid = at_once(lambda number: till.pay(orders[number], 1000, method="gift_card", code=codes[1 - number]))
        assert [answer.status_code for answer in paid] == [201, 201], [answer.content for answer in paid]
        shown = [cards_of(till, order_id)[0] for order_id in orders]
        back = at_once(lambda number: take_back(till, orders[number], shown[number]))
        assert [answer.status_code for answer in back] == [201, 201], [answer.content for answer in back]

    for _ in range(4):
        cross()

    assert set(Voucher.across_merchants.values_list("balance_minor", flat=True)) == {8000}
    assert complaints(till) == []
