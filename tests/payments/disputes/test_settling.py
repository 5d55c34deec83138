"""Report rows and disputes: each row proves a movement, or is the news itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from merchant.ledger import queries as ledger
from payments.disputes import services
from payments.disputes.models import Dispute, DisputeMovement
from payments.reconciliation import queries
from payments.reconciliation.models import Deviation, Match
from tests.factories import an_authorised_payment
from tests.factories.disputes import TOLD_AT, a_notice
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(books):
    return an_authorised_payment(books.account, minor=5000)


def tell(books, notice):
    return services.apply_notice(gateway_account_id=books.account.id, notice=notice, source="webhook", now=TOLD_AT)


def take(books, *rows, batch="1"):
    books.take_report(report(list(rows), batch=batch, payout=f"po_{batch}"), name=f"{batch}.csv")
    books.reconcile()


def chargeback(minor, reference, sale=None, kind="chargeback", fee=1500):
    payment = sale.gateway_reference if sale else ""
    return Row(minor, reference, type=kind, fee=fee, payment=payment)


def balance(books, kind):
    return ledger.balance(kind, subject=str(books.account.id)).get("EUR", 0)


def prove(books):
    items = queries.list_clearing_items(str(books.account.id))
    assert sum(item.amount_minor for item in items) == balance(books, "clearing")


def test_a_row_proves_what_the_webhook_told_and_books_nothing_again(books, sale):
    dispute = tell(books, a_notice(sale))

    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, dispute.external_id, sale))

    assert balance(books, "disputed") == 5000
    movement = DisputeMovement.objects.get()
    assert movement.settlement_line_id is not None
    match = Match.objects.get(dispute_id=dispute.id)
    assert (match.rule, match.amount_minor, match.settlement_line_id) == (
        "dispute_withdrawn",
        -5000,
        movement.settlement_line_id,
    )
    assert not Deviation.objects.filter(status="open").exists()
    assert ledger.balance("fees", subject=f"{books.account.id}:chargebacks") == {"EUR": 1500}
    prove(books)


def test_a_row_nobody_told_us_of_opens_the_dispute(books, sale):
    take(books, Row(5000, sale.reference, fee=80), chargeback(-1200, "dp_new", sale))

    dispute = Dispute.objects.get()
    assert (dispute.origin, dispute.external_id, dispute.status, dispute.held_minor) == (
        "report",
        "dp_new",
        "opened",
        1200,
    )
    assert dispute.payment_id == sale.payment_id
    assert dispute.fee_minor == 1500
    prove(books)


def test_the_processors_notice_takes_over_what_the_report_opened(books, sale):
    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, "dp_new", sale))

    dispute = tell(books, a_notice(sale, external_id="dp_new"))

    assert (Dispute.objects.count(), dispute.status, dispute.held_minor) == (1, "evidence_due", 5000)
    assert balance(books, "disputed") == 5000


def test_money_given_back_in_a_report_wins_the_dispute(books, sale):
    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, "dp_1", sale))

    take(books, chargeback(5000, "dp_1", sale, kind="chargeback_reversal", fee=0), batch="2")

    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.held_minor, balance(books, "disputed")) == ("won", 0, 0)
    assert DisputeMovement.objects.filter(settlement_line_id=None).count() == 0
    prove(books)


def test_a_loss_that_the_report_gives_back_is_no_loss(books, sale):
    notice = a_notice(sale)
    tell(books, notice)
    tell(books, replace(notice, sequence=2, status="lost"))
    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, notice.external_id, sale))
    assert balance(books, "dispute_losses") == 5000

    take(books, chargeback(5000, notice.external_id, sale, kind="chargeback_reversal", fee=0), batch="2")

    assert (balance(books, "dispute_losses"), balance(books, "disputed")) == (0, 0)
    prove(books)


def test_money_taken_again_after_a_win_begins_the_second_round(books, sale):
    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, "dp_1", sale))
    take(books, chargeback(5000, "dp_1", sale, kind="chargeback_reversal", fee=0), batch="2")

    take(books, chargeback(-5000, "dp_1", sale), batch="3")

    dispute = Dispute.objects.get()
    assert (dispute.round, dispute.phase, dispute.held_minor) == (2, "pre_arbitration", 5000)
    prove(books)


def test_the_same_money_taken_twice_is_an_exception(books, sale):
    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, "dp_1", sale))

    take(books, chargeback(-5000, "dp_1", sale), batch="2")

    assert Dispute.objects.get().held_minor == 5000
    [found] = Deviation.objects.filter(status="open")
    assert (found.kind, found.reference, found.amount_minor) == ("duplicate", "dp_1", -5000)
    prove(books)


def test_another_amount_than_was_told_is_an_exception(books, sale):
    dispute = tell(books, a_notice(sale))

    take(books, Row(5000, sale.reference, fee=80), chargeback(-4990, dispute.external_id, sale))

    [found] = Deviation.objects.filter(status="open")
    assert (found.kind, found.amount_minor, found.expected_minor, found.found_minor) == ("amount", 10, -5000, -4990)
    assert balance(books, "disputed") == 5000
    prove(books)


def test_a_dispute_about_a_payment_that_is_not_ours_is_named(books):
    take(books, chargeback(-700, "dp_stranger"))

    dispute = Dispute.objects.get()
    assert (dispute.payment_id, dispute.held_minor, balance(books, "disputed")) == (None, 700, 700)
    [found] = Deviation.objects.filter(status="open")
    assert (found.kind, found.reference, found.amount_minor) == ("not_ours", "dp_stranger", -700)
    prove(books)


def test_a_withdrawal_that_no_report_brings_is_missing(books, sale):
    told = services.apply_notice(
        gateway_account_id=books.account.id, notice=a_notice(sale), source="webhook", now=TOLD_AT.replace(day=16)
    )
    take(books, Row(5000, sale.reference, fee=80))

    [found] = Deviation.objects.filter(status="open")
    assert (found.kind, found.reference, found.amount_minor) == ("missing_in_report", told.external_id, 5000)
    prove(books)


def test_a_row_without_the_disputes_name_is_found_by_payment_and_amount(books, sale):
    dispute = tell(books, a_notice(sale))

    take(books, Row(5000, sale.reference, fee=80), chargeback(-5000, sale.reference, sale))

    assert Dispute.objects.count() == 1
    assert DisputeMovement.objects.get().settlement_line_id is not None
    assert dispute.id == Match.objects.get(rule="dispute_withdrawn").dispute_id
    prove(books)
