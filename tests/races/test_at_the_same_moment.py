"""Several hands on the same money at the same moment: it moves once, and everything still adds up."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from inventory.pricing.services import Wanted
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg
from orders.order.models import Order
from orders.placing import services as placing
from payments.checkout import services as checkout
from payments.checkout.deliveries import Shopper
from payments.checkout.models import PaymentLink
from payments.checkout.services import Request
from payments.processing import sending
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.voids import request_void
from payments.reconciliation import services as reconciliation
from payments.records.models import Payment
from payments.vouchers import services as vouchers
from payments.vouchers.models import Voucher
from tests import shops
from tests.races.conftest import Trade, at_once

pytestmark = pytest.mark.django_db(transaction=True)
EURO = "EUR"


def kinds(answers: list[Any]) -> Counter[str]:
    """How often which answer came: a status, a refusal's class, or done."""
    return Counter(
        type(answer).__name__ if isinstance(answer, Exception) else str(getattr(answer, "status_code", "done"))
        for answer in answers
    )


def test_eight_refunds_of_one_cash_payment_give_it_back_once(trade: Trade) -> None:
    sale = trade.post("sales/", {"lines": [{"article": trade.till.variants[0].sku}], "tendered_minor": 1250}).json()
    body = {"amount": {"amount_minor": 1250, "currency": EURO}, "reason": "broken"}

    answers = at_once(8, lambda _: trade.post(f"payments/{sale['payment_id']}/refunds/", body))

    assert kinds(answers) == {"202": 1, "409": 7}
    with acting_for(trade.id):
        payment = Payment.objects.get(id=sale["payment_id"])
        assert (payment.status, payment.refunded_minor) == ("refunded", 1250)
    trade.holds()


def test_cash_given_back_at_another_till_leaves_both_drawers_right(trade: Trade) -> None:
    from tests.factories import a_device, a_register

    sale = trade.post("sales/", {"lines": [{"article": trade.till.variants[0].sku}], "tendered_minor": 1250}).json()
    _, trade.device_token = a_device(a_register(trade.till.store))
    body = {"amount": {"amount_minor": 1250, "currency": EURO}, "reason": "broken"}

    assert trade.post(f"payments/{sale['payment_id']}/refunds/", body).status_code == 202

    trade.holds()


def test_two_refunds_of_more_than_half_a_card_payment_are_one(trade: Trade) -> None:
    payment = trade.captured()
    answers = at_once(6, lambda _: _acting(trade, lambda: _refund(payment, 3000)))
    shops.run_relay()

    assert kinds(answers) == {"done": 1, "RefundExceedsCaptured": 5}
    with acting_for(trade.id):
        payment.refresh_from_db()
        assert (payment.refunded_minor, payment.refunding_minor) == (3000, 0)
    trade.holds()


def test_captures_at_once_take_the_money_once(trade: Trade) -> None:
    payment = trade.authorised()
    answers = at_once(6, lambda _: _acting(trade, lambda: request_capture(payment_id=payment.id, now=machine_now())))
    shops.run_relay()

    assert kinds(answers) == {"done": 1, "NothingToCapture": 5}
    with acting_for(trade.id):
        payment.refresh_from_db()
        assert (payment.status, payment.captured_minor) == ("captured", 5000)
    trade.holds()


def test_of_a_capture_and_a_void_at_once_one_wins(trade: Trade) -> None:
    ask = [request_capture, request_void]
    for _ in range(3):
        payment = trade.authorised()
        answers = at_once(2, lambda n, p=payment: _acting(trade, lambda: ask[n](payment_id=p.id, now=machine_now())))
        shops.run_relay()

        assert sorted(kinds(answers).values()) == [1, 1]
        assert "done" in kinds(answers)
        with acting_for(trade.id):
            payment.refresh_from_db()
            assert payment.status in ("captured", "voided")
    trade.holds()


def test_a_gift_card_redeemed_twenty_times_at_once_gives_what_is_on_it(trade: Trade) -> None:
    with acting_for(trade.id):
        card, code = vouchers.issue(amount=Money(3000, EURO), source="test", now=machine_now())
        ledger.post(
            recipe="voucher_sold", source="test", about=f"voucher:{card.id}", business_date=machine_now().date(),
            now=machine_now(), legs=[Leg("bank", "", 3000, EURO), Leg("voucher_liability", "", -3000, EURO)],
        )  # fmt: skip
    line = {"lines": [{"article": trade.till.variants[0].sku}]}
    orders = [trade.post("till/orders/", line).json()["id"] for _ in range(20)]
    body = {"method": "gift_card", "amount": {"amount_minor": 1250, "currency": EURO}, "code": code}

    answers = at_once(20, lambda n: trade.post(f"orders/{orders[n]}/payments/", body))

    # Twice the whole price, once the 5.00 that are left.
    assert kinds(answers) == {"201": 3, "422": 17}
    with acting_for(trade.id):
        assert Voucher.objects.get().balance_minor == 0
        assert sum(Payment.objects.values_list("captured_minor", flat=True)) == 3000
    trade.holds()


def test_an_order_placed_by_many_is_reserved_once(trade: Trade) -> None:
    line = {"lines": [{"article": trade.till.variants[0].sku, "quantity": 2}]}
    order_id = trade.post("till/orders/", line).json()["id"]

    def place(_: int) -> Any:
        from django.db import transaction

        with transaction.atomic():
            return placing.place_order(
                order_id=order_id, stock_store_id=trade.till.store.id, reserve_for=None, now=machine_now()
            )

    answers = at_once(6, lambda n: _acting(trade, lambda: place(n)))

    assert kinds(answers) == {"done": 6}
    trade.holds()


def test_a_link_withdrawn_while_it_is_paid_is_one_or_the_other(trade: Trade) -> None:
    for _ in range(4):
        with acting_for(trade.id):
            wanted = [Wanted(str(trade.shop.mug.id), 1)]
            request = Request(channel=trade.shop.channel, currency=EURO, shopper=Shopper(), wanted=wanted)
            link = checkout.begin(kind="link", request=request, now=machine_now())

        def act(number: int, link: PaymentLink = link) -> Any:
            if number % 2:
                return checkout.revoke(link=link, now=machine_now())
            token = {"token": "tok_visa_ok"}
            return checkout.pay(link=link, instrument=token, return_url="", now=machine_now())

        at_once(4, lambda n: _acting(trade, lambda: act(n)))
        shops.run_relay()

        with acting_for(trade.id):
            order = Order.objects.get(id=link.order_id)
            assert (order.status, order.secured_minor) in (("open", 2500), ("cancelled", 0))
    trade.holds()


def test_runs_of_reconciliation_at_once_change_nothing_twice(trade: Trade) -> None:
    trade.captured()

    answers = at_once(3, lambda _: _acting(trade, lambda: reconciliation.reconcile(now=machine_now())))

    assert kinds(answers) == {"done": 3}
    trade.holds()


def test_relays_at_once_send_each_operation_once(trade: Trade) -> None:
    payments = [trade.captured(1000 + n) for n in range(6)]
    with acting_for(trade.id):
        for payment in payments:
            _refund(payment, 500)

    answers = at_once(4, lambda _: [sending.send_due() for _ in range(4)])

    assert sum(sum(answer) for answer in answers) == 6
    assert {operation.status for operation in trade.operations("refund")} == {"succeeded"}
    truth = _truth(trade)
    assert Counter(row.kind for row in truth)["refund"] == 6
    trade.holds()


def _refund(payment: Payment, minor: int) -> Any:
    return request_refund(payment_id=payment.id, amount=Money(minor, EURO), reason="broken", now=machine_now())


def _acting(trade: Trade, act: Any) -> Any:
    with acting_for(trade.id):
        return act()


def _truth(trade: Trade) -> list[Any]:
    from payments.gateways import registry

    with acting_for(trade.id):
        account = registry.access(trade.shop.account)
        return list(registry.gateway("sandbox").list_truth(account))  # type: ignore[attr-defined]
