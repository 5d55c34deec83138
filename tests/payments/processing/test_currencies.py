"""An amount in another currency than what it is for is refused for that reason, whatever is asked; both are named and nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from merchant.core.money import Money
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from payments.after_sales import proposals, services
from payments.after_sales.proposals import RefundPart
from payments.after_sales.services import RefundRules
from payments.processing import increments
from payments.processing.authorisations import request_authorisation
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.refusals import WrongCurrency
from payments.processing.tenders import take_voucher
from payments.records.models import Operation, Payment
from tests.payments.records.test_apply_result import SUCCESS, Shop

pytestmark = pytest.mark.django_db
KRONOR = Money(1000, "SEK")
# A limit of nothing: who asks in the wrong currency is not sent for an approval first.
RULES = RefundRules(limit_minor=0)


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with acting_for(shop.merchant.id):
        shop.apply(shop.authorise(4000), SUCCESS)
        yield shop


def captured(shop: Shop) -> None:
    shop.apply(request_capture(payment_id=shop.payment.id, now=shop.now), SUCCESS)


def _authorise(shop: Shop) -> Any:
    return request_authorisation(
        order_id=shop.order_id, method="card", amount=KRONOR, gateway_account=shop.account, now=shop.now
    )


def _refund_order(shop: Shop, **more: Any) -> Any:
    return services.refund_order(
        order_id=shop.order_id, reason="x", now=shop.now, rules=RULES, **({"amount": KRONOR} | more)
    )


def _parts(shop: Shop) -> Any:
    part = RefundPart(shop.payment.id, "card", KRONOR)
    return proposals.require_parts(shop.order, [part], Money(1000, "EUR"))


@pytest.mark.parametrize(
    "ask",
    [
        _authorise,
        lambda shop: take_voucher(order_id=shop.order_id, code="x", amount=KRONOR, register_id=None, now=shop.now),
        lambda shop: request_capture(payment_id=shop.payment.id, now=shop.now, amount=KRONOR),
        lambda shop: increments.request_increment(payment_id=shop.payment.id, amount=KRONOR, now=shop.now),
        lambda shop: increments.add_tip(payment_id=shop.payment.id, tip=KRONOR, now=shop.now),
    ],
    ids=["authorise", "voucher", "capture", "increment", "tip"],
)
def test_asked_of_what_is_authorised_it_is_refused(shop: Shop, ask: Callable[[Shop], Any]) -> None:
    refused_and_nothing_moved(shop, ask)


@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: request_refund(payment_id=shop.payment.id, amount=KRONOR, reason="x", now=shop.now),
        lambda shop: services.refund_payment(
            payment_id=shop.payment.id, amount=KRONOR, reason="x", now=shop.now, rules=RULES
        ),
        _refund_order,
        lambda shop: proposals.propose(order=shop.order, amount=KRONOR),
        _parts,
    ],
    ids=["refund", "refund of a payment", "refund of an order", "proposal", "parts"],
)
def test_asked_of_what_is_captured_it_is_refused(shop: Shop, ask: Callable[[Shop], Any]) -> None:
    captured(shop)

    refused_and_nothing_moved(shop, ask)


def refused_and_nothing_moved(shop: Shop, ask: Callable[[Shop], Any]) -> None:
    before = standing(shop)

    with pytest.raises(WrongCurrency) as refusal:
        ask(shop)

    assert refusal.value.data == {"asked_currency": "SEK", "currency": "EUR"}
    assert refusal.value.message == "The amount is in SEK, what it is for is in EUR."
    assert standing(shop) == before


def standing(shop: Shop) -> Any:
    money = ("authorised_minor", "captured_minor", "capturing_minor", "refunded_minor", "refunding_minor")
    return (
        list(Payment.objects.values_list("status", *money)),
        shop.order.secured_minor,
        Operation.objects.count(),
        Journal.objects.count(),
        OutboxEvent.objects.count(),
    )
