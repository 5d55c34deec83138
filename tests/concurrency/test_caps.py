"""Two hands on the same money: what is captured and refunded never passes what there is."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.gateways.base import Outcome
from payments.processing.authorisations import request_authorisation
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from tests.factories import a_gateway_account, a_payment, an_order

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 10


def answer(operation, **outcome):
    """Let the gateway answer an operation as if it had been sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payment_operation SET status = 'submitted', submitted_at = now() WHERE id = %s", [operation.id]
        )
    return apply_result(operation_id=operation.id, outcome=Outcome(**outcome), source="answer", now=machine_now())


def attempt(merchant, work):
    """Return `done` or the code of the refusal."""
    try:
        with acting_for(merchant.id):
            work()
    except AppError as refusal:
        return refusal.code
    return "done"


@pytest.fixture
def authorised(merchant):
    payment = a_payment(merchant, amount_minor=5000)
    with acting_for(merchant.id):
        answer(payment.operations.get(), status="succeeded", gateway_reference="pay_1")
    return payment


@pytest.fixture
def captured(merchant, authorised):
    with acting_for(merchant.id):
        answer(request_capture(payment_id=authorised.id, now=machine_now()), status="succeeded")
    return authorised


def test_captures_at_once_never_pass_what_is_authorised(merchant, authorised, at_once):
    amount = Money(2000, "EUR")

    done = at_once(
        HANDS,
        lambda _: attempt(
            merchant, lambda: request_capture(payment_id=authorised.id, amount=amount, now=machine_now())
        ),
    )

    assert Counter(done) == {"done": 2, "nothing_to_capture": HANDS - 2}
    with acting_for(merchant.id):
        assert Payment.objects.get().capturing_minor == 4000


def test_refunds_at_once_never_pass_what_is_captured(merchant, captured, at_once):
    amount = Money(1500, "EUR")

    done = at_once(
        HANDS,
        lambda _: attempt(
            merchant,
            lambda: request_refund(payment_id=captured.id, amount=amount, reason="back", now=machine_now()),
        ),
    )

    assert Counter(done) == {"done": 3, "refund_exceeds_captured": HANDS - 3}
    with acting_for(merchant.id):
        assert Payment.objects.get().refunding_minor == 4500


def test_a_void_and_a_capture_at_once_are_never_both_asked(merchant, at_once):
    for _ in range(5):
        payment = a_payment(merchant, amount_minor=5000)
        with acting_for(merchant.id):
            answer(payment.operations.get(), status="succeeded")

        def work(number: int, payment=payment):
            ask = request_void if number % 2 else request_capture
            return attempt(merchant, lambda: ask(payment_id=payment.id, now=machine_now()))

        done = at_once(4, work)

        assert Counter(done)["done"] == 1
        with acting_for(merchant.id):
            assert Operation.objects.filter(payment=payment, kind__in=["void", "capture"]).count() == 1


def test_authorisations_of_one_order_at_once_ask_the_gateway_once(merchant, at_once):
    order, account = an_order(merchant, total_minor=5000), a_gateway_account(merchant)

    done = at_once(
        HANDS,
        lambda _: attempt(
            merchant,
            lambda: request_authorisation(
                order_id=order.id, method="card", amount=Money(5000, "EUR"), gateway_account=account, now=machine_now()
            ),
        ),
    )

    assert Counter(done) == {"done": 1, "payment_in_progress": HANDS - 1}
    with acting_for(merchant.id):
        assert Operation.objects.count() == 1


def test_one_answer_applied_by_many_books_once(merchant, at_once):
    payment = a_payment(merchant, amount_minor=5000)
    with acting_for(merchant.id):
        answer(payment.operations.get(), status="succeeded")
        capture = request_capture(payment_id=payment.id, now=machine_now())
        answer(capture, status="unknown")

    def apply(number: int):
        with acting_for(merchant.id):
            source = ("answer", "webhook", "look_up")[number % 3]
            outcome = Outcome(status="succeeded")
            return apply_result(operation_id=capture.id, outcome=outcome, source=source, now=machine_now()).status

    done = at_once(HANDS, apply)

    assert done == ["succeeded"] * HANDS
    with acting_for(merchant.id):
        payment = Payment.objects.get()
        assert (payment.captured_minor, payment.capturing_minor, payment.status) == (5000, 0, "captured")
