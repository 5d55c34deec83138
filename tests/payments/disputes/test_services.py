"""Disputes: state table, money, and notices in every order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import DatabaseError, transaction

from merchant.core.errors import Invalid
from merchant.core.money import Money
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.disputes import services
from payments.disputes.models import Dispute, DisputeMovement, DisputeNote
from payments.disputes.states import DISPUTE, reason_of
from payments.processing.refunds import request_refund
from payments.processing.refusals import PaymentDisputed
from payments.records.models import Payment
from payments.records.queries import refundable_minor
from tests.factories import a_merchant
from tests.factories.disputes import TOLD_AT, a_notice
from tests.factories.papers import a_gateway_account
from tests.factories.settled import a_refund, an_authorised_payment

pytestmark = pytest.mark.django_db


class Case:
    """A captured payment of 50.00 EUR at an account of its own, and the notices of one dispute about it."""

    def __init__(self):
        self.merchant = a_merchant()
        self.account = a_gateway_account(self.merchant)
        self.operation = an_authorised_payment(self.account, minor=5000)
        self.first = a_notice(self.operation)

    def tell(self, *notices, source="webhook", now=TOLD_AT):
        for notice in notices:
            dispute = services.apply_notice(gateway_account_id=self.account.id, notice=notice, source=source, now=now)
        dispute.refresh_from_db()
        return dispute

    def notice(self, sequence, status, **changes):
        return replace(self.first, sequence=sequence, status=status, **changes)

    def books(self):
        """What stands on the dispute's accounts, and how far clearing is from the sale."""
        account = str(self.account.id)
        names = ("disputed", "dispute_losses", "clearing")
        return tuple(ledger.balance(name, subject=account).get("EUR", 0) for name in names)

    @property
    def payment(self):
        return Payment.objects.get(id=self.operation.payment_id)


@pytest.fixture
def case():
    made = Case()
    with acting_for(made.merchant.id):
        yield made


def test_a_chargeback_is_at_stake_until_it_is_decided(case):
    dispute = case.tell(case.first)

    assert (dispute.status, dispute.held_minor, dispute.lost_minor, dispute.fee_minor) == (
        "evidence_due",
        5000,
        0,
        1500,
    )
    assert case.books() == (5000, 0, 0)
    assert case.payment.disputed_minor == 5000


@pytest.mark.parametrize(
    ("outcome", "changes", "books"),
    [
        ("won", {}, (0, 0, 5000)),
        ("won", {"returned_minor": 3000}, (0, 2000, 3000)),
        ("lost", {}, (0, 5000, 0)),
    ],
)
def test_the_outcome_books_the_money(case, outcome, changes, books):
    dispute = case.tell(case.first, case.notice(2, outcome, **changes))

    assert dispute.status == outcome
    assert case.books() == books
    assert case.payment.disputed_minor == books[1]
    assert dispute.closed_at == TOLD_AT


def test_part_of_a_payment_can_be_disputed(case):
    case.tell(replace(case.first, amount_minor=1200))

    assert case.books() == (1200, 0, 3800)
    assert refundable_minor(case.payment) == 3800


def test_an_inquiry_moves_nothing_until_it_becomes_a_chargeback(case):
    inquiry = replace(case.first, phase="inquiry")

    dispute = case.tell(inquiry)
    assert (dispute.status, dispute.held_minor, case.books()) == ("evidence_due", 0, (0, 0, 5000))

    dispute = case.tell(case.notice(2, "open"))
    assert (dispute.phase, dispute.held_minor, case.books()) == ("chargeback", 5000, (5000, 0, 0))


def test_an_inquiry_that_ends_moves_nothing(case):
    dispute = case.tell(replace(case.first, phase="inquiry"), case.notice(2, "won", phase="inquiry"))

    assert dispute.status == "won"
    assert case.books() == (0, 0, 5000)
    assert not DisputeMovement.objects.exists()


def test_a_dispute_that_was_won_comes_back_and_is_lost(case):
    second = {"phase": "pre_arbitration", "round": 2}

    case.tell(case.first, case.notice(2, "won"))
    dispute = case.tell(case.notice(3, "open", **second))
    assert (dispute.status, dispute.round, dispute.phase, case.books()) == (
        "evidence_due",
        2,
        "pre_arbitration",
        (5000, 0, 0),
    )

    dispute = case.tell(case.notice(4, "lost", **second))
    assert (dispute.status, case.books()) == ("lost", (0, 5000, 0))
    assert [row.kind for row in DisputeMovement.objects.order_by("id")] == [
        "withdrawn",
        "returned",
        "withdrawn",
        "lost",
    ]


def test_what_was_lost_and_given_back_after_all_is_no_loss(case):
    dispute = case.tell(case.first, case.notice(2, "lost"), case.notice(3, "won"))

    assert dispute.status == "won"
    assert case.books() == (0, 0, 5000)
    assert case.payment.disputed_minor == 0


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_notices_in_every_order_and_repeated_end_in_one_state(case, order):
    second = {"phase": "pre_arbitration", "round": 2}
    story = [case.first, case.notice(2, "won"), case.notice(3, "open", **second), case.notice(4, "lost", **second)]

    dispute = case.tell(*[story[place] for place in order], *story)

    assert (dispute.status, dispute.round, dispute.held_minor, dispute.lost_minor) == ("lost", 2, 0, 5000)
    assert case.books() == (0, 5000, 0)
    assert Dispute.objects.count() == 1
    assert DisputeNote.objects.count() == 8


def test_a_repeated_notice_tells_nobody_and_books_nothing(case):
    case.tell(case.first)
    before = OutboxEvent.objects.count(), DisputeMovement.objects.count()

    case.tell(case.first, case.first)

    assert (OutboxEvent.objects.count(), DisputeMovement.objects.count()) == before


@pytest.mark.parametrize("source", DISPUTE.states)
@pytest.mark.parametrize("target", DISPUTE.states)
def test_postgresql_keeps_the_state_table(case, source, target):
    dispute = case.tell(case.first)
    path = {"evidence_due": []}.get(source, [source])
    for step in path:
        Dispute.objects.filter(id=dispute.id).update(status=step)

    if source == target or DISPUTE.allows(source, target):
        assert Dispute.objects.filter(id=dispute.id).update(status=target) == 1
    else:
        with pytest.raises(DatabaseError), transaction.atomic():
            Dispute.objects.filter(id=dispute.id).update(status=target)


def test_a_movement_never_changes_its_amount(case):
    case.tell(case.first)

    with pytest.raises(DatabaseError), transaction.atomic():
        DisputeMovement.objects.update(amount_minor=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        DisputeMovement.objects.all().delete()


def test_a_deadline_that_passed_leaves_the_money_at_stake(case):
    dispute = case.tell(case.first)

    assert not services.expire(dispute_id=dispute.id, now=TOLD_AT + timedelta(days=6))
    assert services.expire(dispute_id=dispute.id, now=TOLD_AT + timedelta(days=8))

    dispute.refresh_from_db()
    assert (dispute.status, case.books()) == ("expired", (5000, 0, 0))


def test_a_notice_that_arrives_after_its_deadline_is_expired_at_once(case):
    assert case.tell(case.first, now=TOLD_AT + timedelta(days=8)).status == "expired"


def test_disputed_money_is_not_refunded_as_well(case):
    case.tell(replace(case.first, amount_minor=4000))

    with pytest.raises(PaymentDisputed) as refusal:
        request_refund(payment_id=case.payment.id, amount=Money(1001, "EUR"), reason="x", now=TOLD_AT)

    assert refusal.value.data == {"disputed_minor": 4000, "left_minor": 1000, "currency": "EUR"}
    assert case.payment.refunding_minor == 0
    request_refund(payment_id=case.payment.id, amount=Money(1000, "EUR"), reason="x", now=TOLD_AT)


def test_a_dispute_about_money_that_was_refunded_is_recorded_all_the_same(case):
    a_refund(case.operation, minor=5000)

    dispute = case.tell(case.first)

    assert dispute.held_minor == 5000
    assert refundable_minor(case.payment) == 0


def test_a_dispute_about_a_payment_nobody_knows_is_recorded_and_finds_it_later(case):
    stranger = replace(case.first, payment_reference="pay_later", operation_reference="")
    assert case.tell(stranger).payment_id is None
    Payment.objects.filter(id=case.payment.id).update(gateway_reference="pay_later")

    dispute = case.tell(replace(stranger, sequence=2, status="under_review"))

    assert dispute.payment_id == case.payment.id
    assert case.payment.disputed_minor == 5000


def test_a_letter_is_taken_over_by_the_processors_own_notice(case):
    by_hand = services.open_by_hand(
        payment_id=case.payment.id, amount_minor=5000, reason="fraudulent", phase="chargeback", due_at=None, external_id="",
        now=TOLD_AT,
    )  # fmt: skip
    assert by_hand.status == "opened"

    dispute = case.tell(case.first)

    assert (dispute.id, dispute.external_id, dispute.status) == (by_hand.id, case.first.external_id, "evidence_due")
    assert case.books() == (5000, 0, 0)


@pytest.mark.parametrize("amount", [0, 5001])
def test_no_more_than_was_captured_is_opened_by_hand(case, amount):
    with pytest.raises(services.DisputeExceedsCaptured):
        services.open_by_hand(
            payment_id=case.payment.id, amount_minor=amount, reason="other", phase="chargeback", due_at=None, external_id="",
            now=TOLD_AT,
        )  # fmt: skip
    assert not Dispute.objects.exists()


def test_a_letter_decides_once(case):
    dispute = case.tell(case.first)

    services.decide_by_hand(dispute_id=dispute.id, outcome="won", returned_minor=2000, note="letter", now=TOLD_AT)

    assert case.books() == (0, 3000, 2000)
    with pytest.raises(services.DisputeClosed):
        services.decide_by_hand(dispute_id=dispute.id, outcome="lost", now=TOLD_AT)
    assert case.books() == (0, 3000, 2000)


def test_a_letter_about_more_than_the_dispute_is_refused(case):
    dispute = case.tell(case.first)

    with pytest.raises(Invalid):
        services.decide_by_hand(dispute_id=dispute.id, outcome="won", returned_minor=5001, now=TOLD_AT)

    assert case.books() == (5000, 0, 0)


def test_reasons_have_one_word_each():
    assert [reason_of(told) for told in ("Product-Not-Received", "fraudulent", "10.4")] == [
        "not_received",
        "fraudulent",
        "other",
    ]
