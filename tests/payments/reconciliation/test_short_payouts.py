"""Of a payout that came short, what arrived is in the bank and only the difference is not, cent by cent, on Home and in the lists its figures open."""

from __future__ import annotations

from datetime import date

import pytest

from merchant.core.clock import machine_now
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk.hand_matching import Sides, match_by_hand
from payments.reconciliation.desk.undoing import undo_match
from payments.reconciliation.models import Deviation, Match, StatementLine
from payments.records.models import Payment, Stage
from payments.records.queries import PaymentFilters, find_payments, with_stage
from payments.settlement.models import Payout
from reports.overview import queries as home
from reports.search.queries import sum_payments
from reports.verify.checks.settling import short_payouts_are_shared, stages_follow_books
from reports.verify.look import Look
from tests.clients import signed_in
from tests.factories import a_refund, a_staff_member, an_authorised_payment
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report


def told(*operations):
    by_id = {payment.id: payment for payment in with_stage(Payment.objects.all())}
    return [
        (by_id[operation.payment_id].money_stage, by_id[operation.payment_id].missing_minor) for operation in operations
    ]


def figures():
    home.forget()
    rows = home.list_flow(home.Narrowed(), since=date(2026, 1, 1), methods=["card", "card_present"])
    return {row["stage"]: (row["number"], row["minor"], row["missing_minor"] or 0) for row in rows}


def violations():
    look = Look(current_merchant_id(), machine_now(), ())
    return [*stages_follow_books(look).violations, *short_payouts_are_shared(look).violations]


@pytest.fixture
def sales(books):
    """Three sales in one payout, announced as 134.39 after fees of 0.60."""
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    books.take_report(report([Row(sale.amount_minor, sale.reference, fee=20) for sale in sales]))
    books.reconcile()
    return sales


def arrive(books, minor, *, number="1", opening=0, day=date(2026, 11, 21)):
    lines = statement([Entry(minor, "PAYOUT po_20261120")], day=day, opening=opening, number=number)
    books.take_statement(lines, f"{number}.xml")
    books.reconcile()


def test_only_the_difference_is_outstanding_and_is_shared_to_the_cent(books, sales):
    arrive(books, 13439 - 50)

    assert told(*sales) == [("short", 37), ("short", 9), ("short", 4)]
    assert figures() == {"short": (3, 13499, 50)}
    assert violations() == []


def test_payments_that_the_report_has_as_one_sum_share_the_difference_to_the_cent_too(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    books.take_report(report([Row(13499)]))
    books.reconcile()

    arrive(books, 13499 - 50)

    assert told(*sales) == [("short", 37), ("short", 9), ("short", 4)]
    assert figures() == {"short": (3, 13499, 50)}
    assert violations() == []


def test_of_a_payout_that_came_whole_nothing_is_missing(books, sales):
    arrive(books, 13439)

    assert not Stage.objects.exists()
    assert figures() == {"reconciled": (3, 13499, 0)}


def test_a_second_run_changes_nothing(books, sales):
    arrive(books, 13439 - 50)
    before = list(Stage.objects.order_by("payment_id").values_list())

    books.reconcile()

    assert list(Stage.objects.order_by("payment_id").values_list()) == before


def test_the_lists_that_the_figures_open_come_to_them(books, sales):
    later = an_authorised_payment(books.account, minor=700)
    books.take_report(
        report([Row(700, later.reference)], batch="2", payout="po_20261121", day=date(2026, 11, 21)), name="next.csv"
    )
    arrive(books, 13439 - 50)

    [outside] = sum_payments(PaymentFilters(money_stage=("paid_out", "short")))
    [inside] = sum_payments(PaymentFilters(money_stage=("short", "reconciled")))
    rows = list(find_payments(PaymentFilters(money_stage=("paid_out", "short"))))

    assert (outside["captured"] - outside["refunded"] - outside["arrived"], outside["number"]) == (700 + 50, 4)
    assert (inside["captured"] - inside["refunded"] - inside["missing"], inside["number"]) == (13499 - 50, 3)
    assert sum(row.missing_minor if row.money_stage == "short" else row.captured_minor for row in rows) == 750


def test_the_rest_makes_all_of_them_whole(books, sales):
    arrive(books, 13439 - 50)
    arrive(books, 50, number="2", opening=13389, day=date(2026, 11, 22))

    assert told(*sales) == [("reconciled", 0)] * 3
    assert figures() == {"reconciled": (3, 13499, 0)}


def test_a_line_undone_leaves_the_money_outside_again(books, sales):
    arrive(books, 13439 - 50)
    arrive(books, 50, number="2", opening=13389, day=date(2026, 11, 22))

    undo_match(match_id=Match.objects.get(amount_minor=50).id, reason="Another payer", now=books.now)
    assert told(*sales) == [("short", 37), ("short", 9), ("short", 4)]
    undo_match(match_id=Match.objects.get(amount_minor=13389, undone_at=None).id, reason="Another payer", now=books.now)

    assert told(*sales) == [("paid_out", 0)] * 3
    assert Payout.objects.get().status == "in_transit"


def test_a_line_matched_by_hand_tells_it_at_once(books, sales):
    books.take_statement(statement([Entry(13000, "Gutschrift")]))
    books.reconcile()
    assert told(*sales) == [("paid_out", 0)] * 3

    line = StatementLine.objects.get()
    match_by_hand(
        sides=Sides(statement_line_id=line.id, payout_ids=[Payout.objects.get().id]), reason="Ours", now=books.now
    )

    assert sum(missing for _, missing in told(*sales)) == 439
    assert {state for state, _ in told(*sales)} == {"short"}


def test_what_was_refunded_of_a_payment_cannot_be_missing(books):
    sale, other = an_authorised_payment(books.account, minor=10000), an_authorised_payment(books.account, minor=1000)
    refund = a_refund(sale, minor=9990)
    rows = [Row(10000, sale.reference), Row(1000, other.reference), Row(-9990, refund.reference, type="refund")]
    books.take_report(report(rows))
    books.reconcile()

    arrive(books, 1010 - 500)

    assert told(sale, other) == [("short", 4), ("short", 496)]
    assert violations() == []


def test_a_payout_that_lacks_more_than_its_payments_lacks_each_of_them_once(books):
    sale = an_authorised_payment(books.account, minor=1000)
    books.take_report(report([Row(1000, sale.reference), Row(5000, "reserve", type="reserve_released")]))
    books.reconcile()

    arrive(books, 100)

    assert told(sale) == [("short", 1000)]
    assert violations() == []


def test_verify_agrees_with_what_is_told_of_short_payouts(books, sales):
    arrive(books, 13439 - 50)
    assert violations() == []

    Stage.objects.filter(payment_id=sales[0].payment_id).update(money_stage="reconciled", missing_minor=0)

    # How far it is, and that the others alone do not come to what the payout lacks.
    assert [found["money_stage"] for found in violations() if "money_stage" in found] == ["reconciled"]
    assert [found["of_payments_minor"] for found in violations() if "payouts" in found] == [13]


@pytest.mark.parametrize("change", [1, -1])
def test_verify_names_a_short_payout_whose_payments_lack_a_cent_more_or_less(books, sales, change):
    arrive(books, 13439 - 50)

    Stage.objects.filter(payment_id=sales[0].payment_id).update(missing_minor=37 + change)

    [found] = violations()
    assert (found["lacking_minor"], found["of_payments_minor"]) == (50, 50 + change)


def corrected(books, sales, *, fee):
    """The report issued again with another fee of the first sale, so that the payout is announced with another amount."""
    fees = [fee, 20, 20]
    rows = [Row(sale.amount_minor, sale.reference, fee=each) for sale, each in zip(sales, fees, strict=True)]
    books.take_report(report(rows), name="again.csv")
    books.reconcile()


def test_a_payout_in_the_bank_that_is_announced_with_more_is_short_until_the_rest_comes(books, sales):
    arrive(books, 13439)

    corrected(books, sales, fee=0)

    assert Payout.objects.get().status == "short"
    assert told(*sales) == [("short", 14), ("short", 4), ("short", 2)]
    assert list(Deviation.objects.values_list("kind", "status", "amount_minor")) == [("short_payout", "open", -20)]
    assert violations() == []

    arrive(books, 20, number="2", opening=13439, day=date(2026, 11, 22))

    assert (Payout.objects.get().status, told(*sales)) == ("in_bank", [("reconciled", 0)] * 3)
    assert not Deviation.objects.filter(status="open").exists() and violations() == []


def test_a_payment_that_a_corrected_report_adds_to_a_payout_in_the_bank_is_short_with_the_others(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    rows = [Row(sale.amount_minor, sale.reference, fee=20) for sale in sales]
    books.take_report(report(rows[:2]))
    books.reconcile()
    arrive(books, 12460)

    books.take_report(report(rows), name="again.csv")
    books.reconcile()

    # The payout lacks 9.99 less its fee, shared by what each brought.
    assert told(*sales) == [("short", 725), ("short", 181), ("short", 73)]
    assert violations() == []


@pytest.mark.parametrize(("fee", "missing"), [(0, [51, 13, 6]), (50, [14, 4, 2]), (70, [0, 0, 0]), (170, [0, 0, 0])])
def test_a_short_payout_that_is_announced_with_another_amount_lacks_what_it_lacks_now(books, sales, fee, missing):
    arrive(books, 13439 - 50)

    corrected(books, sales, fee=fee)

    assert [lacks for _stage, lacks in told(*sales)] == missing
    assert Payout.objects.get().status == ("short" if sum(missing) else "in_bank")
    assert violations() == []


def test_payments_of_two_short_payouts_lack_what_both_lack_and_verify_agrees(books, sales):
    arrive(books, 13439 - 50)
    refund = a_refund(sales[0], minor=4000)
    rows = [Row(-4000, refund.reference, type="refund"), Row(5000, "reserve", type="reserve_released")]
    books.take_report(report(rows, batch="2", payout="po_20261121", day=date(2026, 11, 21)), name="next.csv")
    books.reconcile()
    assert [stage for stage, _lacks in told(*sales)] == ["paid_out", "short", "short"]
    assert violations() == []

    second = statement([Entry(900, "PAYOUT po_20261121")], day=date(2026, 11, 22), opening=13389, number="2")
    books.take_statement(second, "2.xml")
    books.reconcile()

    assert told(*sales) == [("short", 37), ("short", 9), ("short", 4)]
    assert violations() == []


def test_lists_say_that_money_lacks_only_of_the_payments_that_lack_some(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    books.take_report(report([Row(sale.amount_minor, sale.reference) for sale in sales]))
    books.take_statement(statement([Entry(13498, "PAYOUT po_20261120")]))
    books.reconcile()
    assert sorted(payment.missing_minor for payment in with_stage(Payment.objects.all())) == [0, 0, 1]

    listed = signed_in(a_staff_member(books.merchant)).get("/payments/?money_stage=short").content.decode()

    assert (
        listed.count('trail-word">In a payout that came short<') == 2
        and listed.count('trail-word">Paid out short<') == 1
    )
