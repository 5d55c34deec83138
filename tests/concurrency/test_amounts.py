"""Random lives of payments: whatever is asked and answered, in whatever order, the caps and the books hold."""

from __future__ import annotations

import os

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order.models import Order
from payments.gateways.base import Outcome
from payments.processing.authorisations import request_authorisation
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from tests.factories import a_gateway_account, a_merchant, an_order
from tests.invariants import check_invariants

pytestmark = pytest.mark.django_db
TOTAL = 5000
# 30 steps each; `PAYMENT_LIVES=400` makes the 12,000 steps of a long night.
EXAMPLES = int(os.environ.get("PAYMENT_LIVES", "15"))
amounts = st.integers(min_value=1, max_value=TOTAL + 500)
answers = st.sampled_from(["succeeded", "declined", "failed", "unknown"])
sources = st.sampled_from(["answer", "webhook", "look_up"])


class Payments(RuleBasedStateMachine):
    """One order of 50.00 and everything that may be asked of its payments; the processor answers when and how it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.merchant = a_merchant()
        self.account = a_gateway_account(self.merchant)
        self.order_id = an_order(self.merchant, total_minor=TOTAL).id
        self.now = machine_now()

    @rule(minor=amounts)
    def authorise(self, minor: int) -> None:
        self.ask(
            lambda: request_authorisation(
                order_id=self.order_id,
                method="card",
                amount=Money(minor, "EUR"),
                gateway_account=self.account,
                now=self.now,
            )
        )

    @precondition(lambda self: self.payments())
    @rule(data=st.data(), minor=st.none() | amounts)
    def capture(self, data: st.DataObject, minor: int | None) -> None:
        amount = None if minor is None else Money(minor, "EUR")
        payment_id = data.draw(st.sampled_from(self.payments()))
        self.ask(lambda: request_capture(payment_id=payment_id, amount=amount, now=self.now))

    @precondition(lambda self: self.payments())
    @rule(data=st.data(), minor=amounts)
    def refund(self, data: st.DataObject, minor: int) -> None:
        payment_id = data.draw(st.sampled_from(self.payments()))
        self.ask(lambda: request_refund(payment_id=payment_id, amount=Money(minor, "EUR"), reason="back", now=self.now))

    @precondition(lambda self: self.payments())
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        payment_id = data.draw(st.sampled_from(self.payments()))
        self.ask(lambda: request_void(payment_id=payment_id, now=self.now))

    @precondition(lambda self: self.operations())
    @rule(data=st.data(), status=answers, source=sources)
    def answer(self, data: st.DataObject, status: str, source: str) -> None:
        """Any operation, also one answered long ago, hears any answer."""
        operation_id = data.draw(st.sampled_from(self.operations()))
        with acting_for(self.merchant.id), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE payment_operation SET status = 'submitted', submitted_at = now() WHERE id = %s AND status = 'requested'",
                [operation_id],
            )
            apply_result(operation_id=operation_id, outcome=Outcome(status=status), source=source, now=self.now)

    @invariant()
    def caps_and_books_hold(self) -> None:
        with acting_for(self.merchant.id):
            payments = list(Payment.objects.all())
            order = Order.objects.get()
            for payment in payments:
                asked = list(payment.operations.all())
                self.amounts_follow_from_operations(payment, asked)
            kept = sum(payment.captured_minor - payment.refunded_minor for payment in payments)
            assert order.captured_minor - order.refunded_minor == kept
            assert order.secured_minor == sum(p.authorised_minor - p.voided_minor for p in payments)
            assert ledger.balance("clearing").get("EUR", 0) == kept
            assert ledger.balance("prepayments").get("EUR", 0) == -max(0, kept)
            assert ledger.balance("receivable").get("EUR", 0) == max(0, -kept)
        check_invariants()

    def amounts_follow_from_operations(self, payment: Payment, asked: list[Operation]) -> None:
        def total(kind: str, *statuses: str) -> int:
            return sum(one.amount_minor for one in asked if one.kind == kind and one.status in statuses)

        assert payment.authorised_minor == total("authorise", "succeeded")
        assert payment.captured_minor == total("capture", "succeeded")
        assert payment.refunded_minor == total("refund", "succeeded")
        assert payment.captured_minor <= payment.authorised_minor
        assert payment.refunded_minor + payment.refunding_minor <= payment.captured_minor

    def ask(self, request) -> None:
        try:
            with acting_for(self.merchant.id):
                request()
        except AppError:
            return

    def payments(self) -> list:
        with acting_for(self.merchant.id):
            return list(Payment.objects.order_by("id").values_list("id", flat=True))

    def operations(self) -> list:
        with acting_for(self.merchant.id):
            return list(Operation.objects.order_by("id").values_list("id", flat=True))


def test_no_order_of_requests_and_answers_breaks_a_cap_or_the_books():
    run_state_machine_as_test(
        Payments,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
