"""The gateway falls silent in the middle of a day: what moved is not guessed, nothing is asked twice, and all of it is known when it speaks again."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.processing.authorisations import request_authorisation
from payments.processing.refusals import PaymentOutcomeUnknown
from payments.records.models import Operation, Payment
from tests import shops
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.factories.orders import an_order
from tests.processor import RunningProcessor, running_processor
from tests.races.conftest import Trade

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """One that nobody else talks to while it is stopped."""
    with running_processor(tmp_path_factory.mktemp("silent")) as running:
        yield running


def words(client: Any, address: str) -> str:
    """A page's text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).content.decode()))


LANDS_NO_MORE = timedelta(minutes=10)


def status(operation: Operation) -> str:
    with acting_for(operation.merchant_id):
        operation.refresh_from_db()
    return str(operation.status)


def test_a_sale_and_a_refund_pressed_twice_while_the_gateway_is_silent_end_once_and_known(
    trade: Trade, processor: RunningProcessor
) -> None:
    payment = trade.captured(5000)
    manager = signed_in(a_staff_member(trade.shop.merchant))
    address = f"/payments/{payment.id}/"
    form = {"amount": "12.00", "reason": "goodwill", "note": "", "version": "5000-0-0", "idempotency_key": "pressed"}
    os.kill(processor.pid, signal.SIGSTOP)
    try:
        order = an_order(trade.shop.merchant, total_minor=700, channel_id=trade.shop.channel.id)
        with acting_for(trade.id):
            sale = request_authorisation(
                order_id=order.id, method="card", amount=Money(700, "EUR"), gateway_account=trade.shop.account,
                now=machine_now(), instrument={"token": "tok_visa_ok"},
            )  # fmt: skip
        pressed = [manager.post(f"{address}refund/", form).status_code for _ in range(2)]
        shops.run_relay()
        beside = manager.post(f"{address}refund/", form | {"idempotency_key": "again", "version": "5000-0-0"})
        with acting_for(trade.id):
            [refund] = Operation.objects.filter(kind="refund")
            with pytest.raises(PaymentOutcomeUnknown):
                request_authorisation(
                    order_id=order.id, method="card", amount=Money(700, "EUR"), gateway_account=trade.shop.account,
                    now=machine_now(), instrument={"token": "tok_visa_ok"},
                )  # fmt: skip

        assert pressed == [302, 302]
        assert beside.status_code == 409
        assert (status(sale), status(refund)) == ("unknown", "unknown")
        known = manager.post(f"{address}refund/", form | {"idempotency_key": "seen", "version": "5000-0-1200"})
        told = known.content.decode()
        assert known.status_code == 409
        assert "The outcome of an earlier refund of this payment is unknown" in told
        assert "charged" not in told
        assert "do not refund again" in words(manager, address)
        assert "The gateway was asked and did not answer" in words(manager, address)
        assert f'href="{address}refund/"' not in manager.get(address).content.decode()
        assert "do not charge again" in words(manager, f"/payments/{sale.payment_id}/")
        with acting_for(trade.id):
            assert Payment.objects.get(id=payment.id).refunded_minor == 0
            assert Payment.objects.get(id=sale.payment_id).status == "unknown"
        trade.holds()
    finally:
        os.kill(processor.pid, signal.SIGCONT)

    # What was on its way while the gateway slept lands when it wakes, or its caller's leaving ended it: then, once it can land no more, the gateway promises never
    # to take it.
    for operation in (sale, refund):
        shops.look_up(operation.id, trade.shop.merchant)
        if status(operation) == "unknown":
            with acting_for(trade.id):
                Operation.objects.filter(id=operation.id).update(submitted_at=machine_now() - LANDS_NO_MORE)
            shops.look_up(operation.id, trade.shop.merchant)
    shops.run_relay()

    assert {status(sale), status(refund)} <= {"succeeded", "failed"}
    with acting_for(trade.id):
        assert Payment.objects.get(id=payment.id).refunded_minor == (1200 if status(refund) == "succeeded" else 0)
        assert Operation.objects.filter(kind="refund").count() == 1
        assert Operation.objects.filter(payment_id=sale.payment_id, kind="authorise").count() == 1
    trade.holds()
