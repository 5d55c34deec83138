"""Lines that name nothing, sums, and payments in parts: found where there is one way, and left alone where there are two."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from merchant.core.ids import new_id
from payments.reconciliation.models import Deviation, Match
from payments.settlement.models import SettlementLine
from tests.factories import a_refund, an_authorised_payment
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions, rules, stage, stored
from tests.payments.settlement.reports import Row, report

NEXT_DAY = date(2026, 11, 21)


def test_an_amount_alone_serves_where_it_fits_one_payment_of_the_window(books):
    an_authorised_payment(books.account, minor=10000)
    an_authorised_payment(books.account, minor=2000)

    books.take_report(report([Row(10000)]))
    books.reconcile()

    assert rules() == ["amount_and_day"]
    found = Match.objects.get()
    assert (found.score, found.evidence["day"]) == (700, "2026-11-20")


def test_an_amount_alone_never_takes_a_line_that_is_somebody_elses(books):
    sale = an_authorised_payment(books.account, minor=10000)

    books.take_report(report([Row(10000, payment="pay_foreign")]))
    books.reconcile()

    assert not Match.objects.exists()
    assert exceptions() == [("missing_in_report", sale.reference, -10000), ("not_ours", "pay_foreign", 10000)]


def test_two_equal_amounts_of_the_window_are_ambiguous_although_the_days_differ(books):
    an_authorised_payment(books.account, minor=10000, day=date(2026, 11, 18))
    an_authorised_payment(books.account, minor=10000)

    books.take_report(report([Row(10000)]))
    books.reconcile()

    assert not Match.objects.exists()
    assert [kind for kind, _, _ in exceptions()].count("ambiguous") == 1


def test_a_capture_that_two_rows_pay_is_one_split_and_not_a_shortage_and_a_duplicate(books):
    sale = an_authorised_payment(books.account, minor=10000)

    books.take_report(report([Row(6000, sale.reference), Row(4000, sale.reference)]))
    books.reconcile()

    assert exceptions() == [("split", sale.reference, 0)]
    assert sorted(Match.objects.values_list("amount_minor", "part")) == [(4000, 1), (6000, 0)]
    assert (stage(sale), stored(sale).settled_minor) == ("paid_out", 10000)
    clearing_proves_itself(books)


def test_the_second_part_may_come_in_a_later_report(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(6000, sale.reference)]))
    books.reconcile()
    assert exceptions() == [("amount", sale.reference, -4000)]

    books.take_report(report([Row(4000, sale.reference)], batch="2", payout="po_20261121", day=NEXT_DAY), "next.csv")
    books.reconcile()

    assert exceptions() == [("split", sale.reference, 0)]
    assert exceptions("cleared") == [("amount", sale.reference, -4000)]
    assert (stage(sale), stored(sale).settled_minor) == ("paid_out", 10000)
    clearing_proves_itself(books)


def test_parts_are_known_by_the_processors_reference_too(books):
    sale = an_authorised_payment(books.account, minor=10000)
    payment = sale.gateway_reference

    books.take_report(report([Row(6000, payment=payment), Row(4000, payment=payment)]))
    books.reconcile()

    assert exceptions() == [("split", sale.reference, 0)]
    assert rules() == ["processor_reference_parts"] * 2


def test_a_row_that_is_the_days_sum_settles_each_payment_of_the_day(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]

    books.take_report(report([Row(13499)]))
    books.reconcile()

    assert exceptions() == []
    assert rules() == ["day_sum"] * 3
    assert [stage(sale) for sale in sales] == ["paid_out"] * 3
    clearing_proves_itself(books)


def test_a_sum_that_two_days_make_is_nobodys(books):
    for day in (date(2026, 11, 18), date(2026, 11, 19)):
        for minor in (1000, 2000):
            an_authorised_payment(books.account, minor=minor, day=day)

    books.take_report(report([Row(3000)]))
    books.reconcile()

    assert not Match.objects.exists()


def test_a_row_that_comes_twice_under_the_processors_reference_is_a_duplicate(books):
    sale = an_authorised_payment(books.account, minor=10000)
    an_authorised_payment(books.account, minor=10000, day=NEXT_DAY)
    payment = sale.gateway_reference

    books.take_report(report([Row(10000, payment=payment)] * 2))
    books.reconcile()

    assert exceptions() == [("duplicate", payment, 10000)]
    clearing_proves_itself(books)


def test_a_refund_in_their_report_that_our_books_do_not_have_is_not_ours(books):
    sale = an_authorised_payment(books.account, minor=10000)
    a_refund(sale, minor=1000)
    payment = sale.gateway_reference

    books.take_report(report([Row(10000, payment=payment), Row(-1000, type="refund", payment=payment),
                              Row(-700, type="refund", payment=payment)]))  # fmt: skip
    books.reconcile()

    assert exceptions() == [("refund_not_ours", payment, -700)]


def test_a_payment_that_a_report_books_weeks_later_is_late(books):
    sale = an_authorised_payment(books.account, minor=10000, day=date(2026, 11, 1))

    books.take_report(report([Row(10000, sale.reference)]))
    books.reconcile()

    assert exceptions() == [("late", sale.reference, 0)]


def test_the_database_refuses_a_group_whose_parts_are_not_the_whole(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(6000, sale.reference), Row(4000, sale.reference)]))
    books.reconcile()
    part = Match.objects.get(part=1)

    with pytest.raises(IntegrityError, match="match group"), transaction.atomic():
        Match.objects.filter(id=part.id).update(amount_minor=4001)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="operation_matched_once"), transaction.atomic():
        Match.objects.create(
            id=new_id(), rule="x", operation_id=sale.id, amount_minor=1, currency="EUR", matched_at=books.now
        )

    assert sorted(Match.objects.values_list("amount_minor", flat=True)) == [4000, 6000]
    assert SettlementLine.objects.filter(kind="sale").count() == 2
    assert Deviation.objects.filter(status="open").count() == 1
