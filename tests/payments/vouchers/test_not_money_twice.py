"""The money of a gift card that was sold is on the card: no door gives it back as money as well, and none makes a card that nobody paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from payments.vouchers.models import Voucher
from payments.vouchers.standing import GiftCardIsMoney
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.vouchers.test_life import Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(shared_cache: None) -> Till:
    return Till()


def euros(minor: int) -> dict[str, Any]:
    return {"amount": {"amount_minor": minor, "currency": "EUR"}, "reason": "unwanted"}


def mixed(till: Till, *cards: dict[str, Any]) -> tuple[str, str]:
    """Sell one article of 12.50 and cards for cash; return the order's and the payment's id."""
    variant = till.shop.variants[0]
    body = {"lines": [{"article": variant.sku, "quantity": 1}], "gift_cards": list(cards)}
    order_id = till.post("till/orders/", body).json()["id"]
    paid = till.pay(order_id, 1250 + sum(card["amount_minor"] for card in cards), method="cash")
    assert paid.status_code == 201, paid.content
    return order_id, paid.json()["payment"]["id"]


def owed(till: Till) -> Any:
    with acting_for(till.shop.id):
        return ledger.balance("voucher_liability"), ledger.balance("cash_register")


def test_what_stands_on_a_card_is_refunded_by_no_door_and_nothing_moves(till: Till) -> None:
    order_id, payment_id = mixed(till, {"amount_minor": 3000})
    manager = signed_in(a_staff_member(till.shop.merchant, role="owner"))
    hint, before = Voucher.across_merchants.get().hint, owed(till)
    key = {"Idempotency-Key": str(uuid4())}

    refused = [
        till.post(f"payments/{payment_id}/refunds/", euros(1251)),
        till.post(f"payments/{payment_id}/refunds/", euros(3000) | {"as_credit": True}),
        till.post(f"orders/{order_id}/refunds/", euros(4250)),
        manager.post(f"/api/v1/orders/{order_id}/refunds/", euros(1251), "application/json", headers=key),
    ]
    page = manager.get(f"/payments/{payment_id}/refund/").content.decode()

    assert [(one.status_code, one.json()["code"]) for one in refused] == [(409, "gift_card_is_money")] * 4
    assert f"€30.00 of the money of this order stands on gift card …{hint}. At most €12.50" in str(refused[0].json())
    assert (owed(till), Operation.across_merchants.filter(kind="refund").count()) == (before, 0)
    assert 'value="12.50"' in page or 'placeholder="12.50"' in page, page
    assert 200 <= till.post(f"payments/{payment_id}/refunds/", euros(1250)).status_code < 300
    assert till.post(f"orders/{order_id}/refunds/", euros(1)).json()["code"] == "gift_card_is_money"


def test_money_put_on_a_card_there_was_stands_on_it_as_well_also_once_it_is_spent(till: Till) -> None:
    code = till.code_of(till.sell(1000))
    order_id, payment_id = mixed(till, {"amount_minor": 2000, "top_up_code": code})
    variant = till.shop.variants[0]
    order = till.post("till/orders/", {"lines": [{"article": variant.sku, "quantity": 2}]}).json()
    till.pay(order["id"], 2500, method="gift_card", code=code)

    refused = till.post(f"payments/{payment_id}/refunds/", euros(3250))
    proposed = till.client.get(f"/api/v1/returnables/?code={order_id}")
    returned = till.post(f"orders/{order_id}/refunds/", euros(1250))

    assert (refused.json()["code"], proposed.status_code, returned.status_code) == ("gift_card_is_money", 404, 202)
    assert till.balance(code).json()["balance"]["amount_minor"] == 500


def test_a_card_is_not_handed_over_for_money_that_went_back_before(till: Till) -> None:
    order_id = till.post("till/orders/", {"gift_cards": [{"amount_minor": 3000}]}).json()["id"]
    first = till.pay(order_id, 1500, method="cash").json()["payment"]["id"]
    given = till.post(f"payments/{first}/refunds/", euros(1500))

    rest = till.pay(order_id, 1500, method="cash")

    assert (given.status_code, Voucher.across_merchants.count()) == (202, 0), (given.content, rest.content)


def test_an_order_of_a_card_that_is_not_paid_in_full_is_cancelled_with_its_money(till: Till) -> None:
    order_id = till.post("till/orders/", {"gift_cards": [{"amount_minor": 3000}]}).json()["id"]
    till.pay(order_id, 1500, method="cash")

    cancelled = till.post(f"orders/{order_id}/cancellations/", {"reason": "unwanted"})

    assert cancelled.status_code in (200, 201, 202), cancelled.content
    assert [row.refunded_minor for row in Payment.across_merchants.all()] == [1500]


def test_what_is_held_for_a_card_that_was_handed_over_is_not_let_go(till: Till) -> None:
    _order_id, payment_id = mixed(till, {"amount_minor": 3000})
    Payment.across_merchants.filter(id=payment_id).update(captured_minor=0, status="authorised")

    with acting_for(till.shop.id), pytest.raises(GiftCardIsMoney, match=r"At most €12\.50"), transaction.atomic():
        request_void(payment_id=payment_id, now=machine_now())

    assert not Operation.across_merchants.filter(kind="void").exists()
    Payment.across_merchants.filter(id=payment_id).update(captured_minor=4250, status="captured")


@pytest.mark.django_db(transaction=True)
def test_refunds_at_once_leave_the_card_its_money(shared_cache: None) -> None:
    till = Till()
    _order_id, payment_id = mixed(till, {"amount_minor": 3000})

    def refund(_number: int) -> int:
        try:
            return int(till.post(f"payments/{payment_id}/refunds/", euros(1000)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(refund, range(4)))

    assert answers == [202, 409, 409, 409]
    assert Payment.across_merchants.get(id=payment_id).refunded_minor == 1000
