"""A payment lives through anything that can be asked or told, in any order: the sums, the caps and the books hold after each step."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order.models import Order
from orders.order.queries import position
from payments.gateways.base import Outcome
from payments.processing import expiry, increments
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION
from payments.records.tips import share_of, tip_kept
from reports.verify.checks import money
from reports.verify.look import Look
from tests.payments.records.test_apply_result import Shop

# Halves and wholes far more often than odd cents: most of life happens at the caps.
AMOUNTS = st.sampled_from([5000, 2500, 2500, 1000]) | st.integers(min_value=1, max_value=6000)
ANSWERS = st.sampled_from(["succeeded"] * 5 + ["declined", "failed", "unknown"])


# What a processor may undo: it knows of captures at once too.
MONEY = Q(kind__in=["capture", "refund"]) | Q(kind="authorise", captures_at_once=True, status="succeeded")
CHECKS = (
    money.orders_follow_payments,
    money.payments_follow_operations,
    money.captures_booked,
    money.refunds_booked,
)


class PaymentLife(RuleBasedStateMachine):
    """One order of EUR 50.00 and whatever happens to its payments."""

    @initialize(mode=st.sampled_from(["day_close", "day_close", "automatic"]))
    def begin(self, mode: str) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.shop = Shop(capture_mode=mode)
        self.scope = acting_for(self.shop.merchant.id)
        self.scope.__enter__()

    def teardown(self) -> None:
        if not hasattr(self, "scope"):
            return
        try:
            self._verify()
        finally:
            self.scope.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def _verify(self) -> None:
        """At the end of a life the product's own proof agrees."""
        look = Look(self.shop.merchant.id, machine_now())
        for check in CHECKS:
            assert list(check(look).violations) == [], check.__name__

    def _try(self, ask: Any) -> None:
        """Refusals are fine; they must change nothing, which the invariants see."""
        try:
            with transaction.atomic():
                ask()
        except AppError:
            pass

    def _payment(self, data: Any) -> Payment:
        return data.draw(st.sampled_from(list(Payment.objects.order_by("id"))))

    @precondition(lambda self: Payment.objects.count() < 4)
    @rule(minor=AMOUNTS)
    def authorise(self, minor: int) -> None:
        self._try(lambda: self.shop.authorise(minor))

    @precondition(lambda self: Payment.objects.exists())
    @rule(data=st.data(), minor=AMOUNTS, is_final=st.booleans())
    def capture(self, data: Any, minor: int, is_final: bool) -> None:
        payment, amount = self._payment(data), Money(minor, "EUR")
        self._try(lambda: request_capture(payment_id=payment.id, amount=amount, is_final=is_final, now=self.shop.now))

    @precondition(lambda self: Payment.objects.exists())
    @rule(data=st.data(), minor=AMOUNTS)
    def refund(self, data: Any, minor: int) -> None:
        payment, amount = self._payment(data), Money(minor, "EUR")
        self._try(lambda: request_refund(payment_id=payment.id, amount=amount, reason="x", now=self.shop.now))

    @precondition(lambda self: Payment.objects.exists())
    @rule(data=st.data(), minor=st.integers(min_value=1, max_value=1500), is_tip=st.booleans())
    def raise_it(self, data: Any, minor: int, is_tip: bool) -> None:
        payment, amount, now = self._payment(data), Money(minor, "EUR"), self.shop.now
        if is_tip:
            self._try(lambda: increments.add_tip(payment_id=payment.id, tip=amount, now=now))
        else:
            self._try(lambda: increments.request_increment(payment_id=payment.id, amount=amount, now=now))

    @precondition(lambda self: Payment.objects.exists())
    @rule(data=st.data())
    def void(self, data: Any) -> None:
        payment = self._payment(data)
        self._try(lambda: request_void(payment_id=payment.id, now=self.shop.now))

    @precondition(lambda self: Payment.objects.filter(status="authorised").count() > 1)
    @rule(data=st.data())
    def expire(self, data: Any) -> None:
        payment = data.draw(st.sampled_from(list(Payment.objects.filter(status="authorised").order_by("id"))))
        self._try(lambda: expiry.expire(payment_id=payment.id, now=payment.authorisation_ends_at))

    @precondition(lambda self: Payment.objects.filter(status="authorised").exists())
    @rule(share=st.sampled_from([1, 2, 3]))
    def capture_some(self, share: int) -> None:
        payment = Payment.objects.filter(status="authorised").order_by("id").last()
        amount = Money(payment.authorised_minor // share, "EUR")
        self._try(lambda: self._succeed(request_capture(payment_id=payment.id, amount=amount, now=self.shop.now)))

    def _succeed(self, operation: Operation) -> None:
        self.shop.apply(operation, Outcome(status="succeeded"))

    @precondition(lambda self: Operation.objects.exclude(kind__in=["expire", "take_back"]).exists())
    @rule(data=st.data(), status=ANSWERS, source=st.sampled_from(["answer", "webhook", "look_up", "report"]))
    def tell(self, data: Any, status: str, source: str) -> None:
        told = Operation.objects.exclude(kind__in=["expire", "take_back"]).order_by("id")
        operation = data.draw(st.sampled_from(list(told)))
        self.shop.apply(operation, Outcome(status=status), source)

    @precondition(lambda self: Operation.objects.filter(status="requested").exists())
    @rule()
    def succeed(self) -> None:
        for operation in Operation.objects.filter(status="requested").order_by("id"):
            self.shop.apply(operation, Outcome(status="succeeded"))

    @precondition(lambda self: Operation.objects.filter(MONEY).exists())
    @rule(data=st.data())
    def undo(self, data: Any) -> None:
        operation = data.draw(st.sampled_from(list(Operation.objects.filter(MONEY).order_by("-id"))))
        self.shop.apply(operation, Outcome(status="failed", is_taken_back=True), "webhook")

    @invariant()
    def the_order_is_what_its_payments_are(self) -> None:
        if not hasattr(self, "shop"):
            return
        order = Order.objects.get()
        shares = [share_of(payment) for payment in Payment.objects.all()]
        assert order.secured_minor == sum(share.secured_minor for share in shares)
        assert order.captured_minor == sum(share.captured_minor for share in shares)
        assert order.refunded_minor == sum(share.refunded_minor for share in shares)

    @invariant()
    def the_books_are_what_the_payments_are(self) -> None:
        if not hasattr(self, "shop"):
            return
        payments = list(Payment.objects.all())
        kept = sum(payment.captured_minor - payment.refunded_minor for payment in payments)
        stands = position(Order.objects.get())
        assert ledger.balance("clearing").get("EUR", 0) == kept
        assert ledger.balance("tips").get("EUR", 0) == -sum(tip_kept(payment) for payment in payments)
        assert ledger.balance("prepayments").get("EUR", 0) == -stands.prepayments_minor
        assert ledger.balance("receivable").get("EUR", 0) == stands.receivable_minor

    @invariant()
    def what_is_asked_counts(self) -> None:
        if not hasattr(self, "shop"):
            return
        for payment in Payment.objects.all():
            asked = Operation.objects.filter(payment=payment, kind="refund", status__in=OPEN_OPERATION)
            minor = asked.aggregate(minor=Sum("amount_minor"))["minor"] or 0
            left = max(0, payment.captured_minor - payment.refunded_minor)
            assert payment.refunding_minor == min(minor, left)


@pytest.mark.django_db
def test_a_payment_lives_through_anything() -> None:
    run_state_machine_as_test(
        PaymentLife,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
