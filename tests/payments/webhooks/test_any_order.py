"""
Whatever order a payment's events come in, however often each, and wherever the synchronous answer falls between them: one final state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from orders.order.models import Order
from payments.gateways.base import UNKNOWN, Outcome
from payments.processing.refunds import request_refund
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from payments.webhooks import services
from tests.processor import RunningProcessor
from tests.races.conftest import at_once
from tests.shops import Shop, a_shop, a_shop_of

from .test_inbound import an_operation, deliver

CAPTURED = Outcome(status="succeeded", amount_minor=2500, is_captured=True, gateway_reference="pay_1")
REFUND_MINOR = 700
# What is told of the authorisation, then of the two refunds: (operation, status). A refund that fails after it succeeded is taken back, an event of its own:
# `records/test_taken_back.py`.
FIRST = (("authorise", "action_required"), ("authorise", "captured"), ("authorise", "declined"))
SECOND = (("authorise", "captured"), ("refund", "succeeded"), ("other refund", "succeeded"))

Told = Sequence[tuple[str, str]]


@st.composite
def any_order(draw: Any, events: Told) -> list[tuple[str, str]]:
    """Each event one to three times, shuffled."""
    copies = [event for event in events for _ in range(draw(st.integers(1, 3)))]
    return draw(st.permutations(copies))


class Story:
    """One payment, told by webhooks, with the synchronous answer somewhere between them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.operations = {"authorise": an_operation(shop)}
        self.told: Counter[tuple[str, str]] = Counter()

    @property
    def payment(self) -> Payment:
        return Payment.objects.get(id=self.operations["authorise"].payment_id)

    def tell(self, events: Told, answers: dict[int, tuple[str, Outcome]]) -> None:
        """Deliver the events; before the one at each place of `answers` the send's own answer is stored."""
        for place in range(len(events) + 1):
            if place in answers:
                name, outcome = answers[place]
                self.answer(name, outcome)
            if place < len(events):
                self.deliver(*events[place])

    def answer(self, name: str, outcome: Outcome) -> None:
        with acting_for(self.shop.merchant.id):
            apply_result(operation_id=self.operations[name].id, outcome=outcome, source="answer", now=machine_now())

    def deliver(self, name: str, status: str) -> None:
        operation = self.operations[name]
        event = f"evt_{operation.reference}_{status}"
        changes = (
            {}
            if name == "authorise"
            else {"kind": "refund", "id": f"ref_{operation.reference}", "amount_minor": REFUND_MINOR}
        )
        assert deliver(self.shop, event, operation.reference, status, **changes).status_code == 200
        services.process_inbound()

    def refund(self) -> None:
        """Ask for two refunds, as two people would, and hand them to the gateway."""
        with acting_for(self.shop.merchant.id):
            for name in ("refund", "other refund"):
                asked = request_refund(
                    payment_id=self.payment.id, amount=Money(REFUND_MINOR, "EUR"), reason="broken", now=machine_now()
                )
                Operation.objects.filter(id=asked.id).update(status="submitted")
                self.operations[name] = asked

    def state(self) -> Any:
        """Everything that matters of it, without ids and moments."""
        with acting_for(self.shop.merchant.id):
            payment = self.payment
            order = Order.objects.get(id=payment.order_id)
            journals = Journal.objects.filter(about=f"order:{order.id}").values_list("recipe", flat=True)
            return (
                (payment.status, payment.captured_minor, payment.refunded_minor, payment.refunding_minor, payment.capturing_minor),
                (order.captured_minor, order.refunded_minor, order.secured_minor),
                sorted(journals),
                {name: Operation.objects.get(id=operation.id).status for name, operation in self.operations.items()},
            )  # fmt: skip


PAID = (("captured", 2500, 0, 0, 0), (2500, 0, 2500), ["money_in"], {"authorise": "succeeded"})
GIVEN_BACK = (
    ("partly_refunded", 2500, 1400, 0, 0), (2500, 1400, 2500), ["money_in", "refund", "refund"],
    {"authorise": "succeeded", "refund": "succeeded", "other refund": "succeeded"},
)  # fmt: skip


@pytest.fixture
def shop(processor: RunningProcessor) -> Shop:
    return a_shop(processor, stock=10_000)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_with_repeats_around_the_synchronous_answer_ends_in_one_state(
    shop: Shop, data: st.DataObject
) -> None:
    story = Story(shop)
    first = data.draw(any_order(FIRST))
    answers = {data.draw(st.integers(0, len(first))): ("authorise", data.draw(st.sampled_from([CAPTURED, UNKNOWN])))}

    story.tell(first, answers)
    assert story.state() == PAID

    story.refund()
    second = data.draw(any_order(SECOND))
    answered = Outcome(status="succeeded", amount_minor=REFUND_MINOR, gateway_reference="ref_1")
    answers = {
        data.draw(st.integers(0, len(second))): (name, data.draw(st.sampled_from([answered, UNKNOWN])))
        for name in ("refund", "other refund")
    }
    story.tell(second, answers)

    assert story.state() == GIVEN_BACK


@pytest.mark.django_db(transaction=True)
def test_webhooks_racing_the_synchronous_answer_and_each_other_end_in_one_state(processor: RunningProcessor) -> None:
    from tests.factories import a_merchant

    shop = a_shop_of(a_merchant(), processor, stock=10_000)
    for _ in range(6):
        story = Story(shop)
        reference = story.operations["authorise"].reference

        def act(number: int, story: Story = story, reference: str = reference) -> None:
            if number == 0:
                story.answer("authorise", CAPTURED)
                return
            _, status = FIRST[number % len(FIRST)]
            deliver(shop, f"evt_{reference}_{status}", reference, status)
            services.process_inbound()

        answers = at_once(7, act)
        # What found the row held by another relay comes in the next round.
        services.process_inbound()

        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert story.state() == PAID
    with acting_for(shop.merchant.id):
        assert ledger.balance("clearing") == {"EUR": 6 * 2500}
