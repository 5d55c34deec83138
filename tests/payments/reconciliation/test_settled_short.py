"""What a processor settled less than was agreed is in no bank: it is with the processor, on Home and in the lists its figures open, until somebody decides about it."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pytest
from django.db import connection

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk import bulk, services
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.matching import stages
from payments.reconciliation.models import Deviation, Match
from payments.records.models import Payment, Stage
from payments.records.queries import PaymentFilters, find_payments, with_stage
from payments.settlement.models import Payout
from reports.overview import queries as home
from reports.overview.building import _parted
from reports.search.payment_pages import trail_of
from reports.search.queries import sum_payments
from reports.verify.checks.settling import payments_follow_matches
from reports.verify.look import Look
from tests.factories import a_refund, an_authorised_payment
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report


def figures():
    """What Home shows: payments and minor units of each box."""
    home.forget()
    boxes: dict[str, tuple[int, int]] = {}
    for row in _parted(home.list_flow(home.Narrowed(), since=date(2026, 1, 1), methods=["card", "card_present"])):
        number, minor = boxes.get(row["stage"], (0, 0))
        boxes[row["stage"]] = number + row["number"], minor + row["minor"]
    return boxes


def violations():
    return list(payments_follow_matches(Look(current_merchant_id(), machine_now(), ())).violations)


def arrive(books, minor):
    books.take_statement(statement([Entry(minor, "PAYOUT po_20261120")]))
    books.reconcile()


@pytest.fixture
def sales(books):
    """Sales of 100.00, 25.00 and 9.99, of which the second is settled as 22.50: the payout is 132.49 less fees of 0.60."""
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    settled = zip(sales, (10000, 2250, 999), strict=True)
    books.take_report(report([Row(minor, sale.reference, fee=20) for sale, minor in settled]))
    books.reconcile()
    return sales


def test_the_difference_is_with_the_processor_however_far_the_rest_is(books, sales):
    assert figures() == {"taken": (1, 250), "paid_out": (3, 13249)}

    arrive(books, 13249 - 60)

    assert figures() == {"taken": (1, 250), "reconciled": (3, 13249)}
    assert violations() == []


def test_of_a_payout_that_came_short_too_each_cent_is_in_one_box(books, sales):
    arrive(books, 13249 - 60 - 50)

    # The 0.50 are shared by what each brought: 100.00, 22.50 and 9.99.
    assert list(Stage.objects.order_by("payment_id").values_list("missing_minor", "unsettled_minor")) == [
        (37, 0), (9, 250), (4, 0),
    ]  # fmt: skip
    assert figures() == {"taken": (1, 250), "paid_out": (3, 50), "reconciled": (3, 13199)}


def test_the_lists_that_the_figures_open_come_to_them(books, sales):
    arrive(books, 13249 - 60 - 50)
    later = an_authorised_payment(books.account, minor=700)

    [owed] = sum_payments(PaymentFilters(money_stage=("taken", "settled_short")))
    [outside] = sum_payments(PaymentFilters(money_stage=("paid_out", "short")))
    [inside] = sum_payments(PaymentFilters(money_stage=("short", "reconciled")))

    assert figures() == {"taken": (2, 950), "paid_out": (3, 50), "reconciled": (3, 13199)}
    assert (owed["number"], owed["taken"] + owed["unsettled"]) == (2, 950)
    assert {row.id for row in find_payments(PaymentFilters(money_stage=("taken", "settled_short")))} == {
        sales[1].payment_id, later.payment_id,
    }  # fmt: skip
    assert outside["captured"] - outside["refunded"] - outside["unsettled"] - outside["arrived"] == 50
    assert inside["captured"] - inside["refunded"] - inside["unsettled"] - inside["missing"] == 13199


def test_the_trail_says_how_much_of_the_payment_is_in_the_bank(books, sales):
    arrive(books, 13249 - 60)

    steps = trail_of(with_stage(Payment.objects.filter(id=sales[1].payment_id)).get()).steps

    assert [step.amount.minor if step.amount else None for step in steps] == [2500, 2250, None, 2250]


def test_what_was_written_off_is_owed_no_more_and_is_again_when_that_is_taken_back(books, sales):
    arrive(books, 13249 - 60)
    found = Deviation.objects.get(kind="amount")

    decide(books, found, "write_off")
    assert figures() == {"reconciled": (3, 13499)}
    assert violations() == []
    books.reconcile()
    assert figures() == {"reconciled": (3, 13499)}

    services.undo(exception_id=found.id, note="", now=books.now)
    assert figures() == {"taken": (1, 250), "reconciled": (3, 13249)}
    assert violations() == []


def test_what_was_decided_about_several_at_once_is_owed_no_more(books, sales):
    arrive(books, 13249 - 60)
    found = Deviation.objects.get(kind="amount")

    [answer] = bulk.decide_many(
        exception_ids=[found.id], choice=Choice("write_off", "Agreed"), role="owner", now=books.now
    )

    assert answer.is_resolved
    assert figures() == {"reconciled": (3, 13499)}
    bulk.undo_selection(selection_id=answer.selection_id, note="", now=books.now)
    assert figures() == {"taken": (1, 250), "reconciled": (3, 13249)}


def test_what_was_claimed_is_still_with_the_processor(books, sales):
    arrive(books, 13249 - 60)

    decide(books, Deviation.objects.get(kind="amount"), "claim")
    books.reconcile()

    assert figures() == {"taken": (1, 250), "reconciled": (3, 13249)}
    assert violations() == []


def test_what_was_settled_beyond_the_sale_adds_nothing(books):
    sale = an_authorised_payment(books.account, minor=2500)
    books.take_report(report([Row(2750, sale.reference)]))
    books.reconcile()

    arrive(books, 2750)

    assert figures() == {"reconciled": (1, 2500)}


def test_what_was_refunded_is_not_owed(books):
    sale = an_authorised_payment(books.account, minor=2500)
    refund = a_refund(sale, minor=2400)
    rows = [
        Row(2250, sale.reference),
        Row(-2400, refund.reference, type="refund"),
        Row(9000, "reserve", type="reserve_released"),
    ]
    books.take_report(report(rows))
    books.reconcile()

    arrive(books, 2250 - 2400 + 9000)

    assert figures() == {"taken": (1, 100), "reconciled": (1, 0)}


def test_the_rest_that_a_later_report_brings_makes_it_whole(books, sales):
    arrive(books, 13249 - 60)

    books.take_report(
        report([Row(250, sales[1].reference)], batch="2", payout="po_20261121", day=date(2026, 11, 21)), name="rest.csv"
    )
    books.reconcile()

    assert sum(minor for _number, minor in figures().values()) == 13499
    assert not Stage.objects.filter(unsettled_minor__gt=0).exists()
    assert violations() == []


@pytest.mark.parametrize("is_issued_again", [True, False])
def test_what_was_claimed_is_owed_no_more_once_a_report_has_settled_it(books, sales, is_issued_again):
    arrive(books, 13249 - 60)
    decide(books, Deviation.objects.get(kind="amount"), "claim")

    if is_issued_again:
        rows = [Row(sale.amount_minor, sale.reference, fee=20) for sale in sales]
        books.take_report(report(rows), name="again.csv")
    else:
        rest = report([Row(250, sales[1].reference)], batch="2", payout="po_20261121", day=date(2026, 11, 21))
        books.take_report(rest, name="rest.csv")
    books.reconcile()

    assert "taken" not in figures()
    assert sum(minor for _number, minor in figures().values()) == 13499
    assert violations() == []


def test_what_a_report_that_was_issued_again_settles_short_is_owed_and_not_what_was_claimed_too(books, sales):
    arrive(books, 13249 - 60)
    decide(books, Deviation.objects.get(kind="amount"), "claim")

    settled = zip(sales, (10000, 2400, 999), strict=True)
    books.take_report(report([Row(minor, sale.reference, fee=20) for sale, minor in settled]), name="again.csv")
    books.reconcile()

    assert figures()["taken"] == (1, 100)
    assert violations() == []


def test_a_second_run_changes_nothing(books, sales):
    arrive(books, 13249 - 60)
    before = list(Stage.objects.order_by("payment_id").values_list())

    books.reconcile()

    assert list(Stage.objects.order_by("payment_id").values_list()) == before


def test_what_was_settled_short_before_it_was_noted_is_noted_by_the_migration(books, sales):
    arrive(books, 13249 - 60)
    told = Stage.objects.get(payment_id=sales[1].payment_id)
    Match.objects.filter(operation_id=sales[1].id).update(carried_by_id=Payout.objects.get().id)
    told.delete()
    assert figures() == {"reconciled": (3, 13499)}

    db.execute(import_module("payments.migrations.0036_settled_short").NOTE_SETTLED_SHORT)

    noted = Stage.objects.get()
    assert (noted.money_stage, noted.settled_minor, noted.unsettled_minor) == ("reconciled", 2250, 250)
    assert figures() == {"taken": (1, 250), "reconciled": (3, 13249)}
    books.reconcile()
    assert figures() == {"taken": (1, 250), "reconciled": (3, 13249)}
    assert violations() == []


def test_verify_sees_what_was_told_wrong(books, sales):
    arrive(books, 13249 - 60)
    Stage.objects.filter(payment_id=sales[1].payment_id).update(unsettled_minor=0)

    assert len(violations()) == 1


def test_what_a_decision_leaves_unsettled_is_found_by_its_operation_and_not_among_all_exceptions(books):
    """A hundred thousand exceptions were read for every decision about one."""
    db.execute("SET LOCAL enable_seqscan = off")
    db.execute("SET LOCAL enable_bitmapscan = off")
    asked = []

    def keep(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    sale = an_authorised_payment(books.account, minor=1000)
    with connection.execute_wrapper(keep):
        stages.tell_unsettled([sale.id])

    [(sql, params)] = [one for one in asked if "short_settled" in one[0]]
    plan = "\n".join(row[0] for row in db.rows(f"EXPLAIN {sql}", params))
    assert "Index Scan using exception_by_operation" in plan
