"""The same facts give the same verdict, whatever order they came in and however many workers look; and every row is accounted for."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import connections

from payments.reconciliation.models import Deviation, Match
from payments.settlement.models import ReportFile, SettlementLine
from tests.factories import a_refund, an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.report_totals import report_totals
from tests.payments.settlement.reports import Row, report


def a_careless_day(books: Books, shuffle: random.Random) -> list[Row]:
    """Sales of a day in any order, and the rows of a report about them, in any order: every way a row may name its sale, and none."""
    kinds = [(2000 + 7 * number, number % 9) for number in range(45)] + [(5000, 9), (5000, 9), (6100, 10), (6200, 10)]
    shuffle.shuffle(kinds)
    rows = [Row(1111, payment="pay_foreign"), Row(-222, type="refund", payment="pay_foreign2")]
    for minor, kind in kinds:
        silent = {"gateway_reference": ""} if kind in (4, 5, 9, 10) else {}
        sale = an_authorised_payment(
            books.account,
            minor=minor,
            answer={"card_last4": "4242", "auth_code": f"A{minor}", **silent} if kind == 4 else silent,
        )
        payment = f"pay_{sale.payment_id}"
        rows += {
            0: [Row(minor, sale.reference)],
            1: [Row(minor, payment=payment)],
            2: [Row(minor - 13, sale.reference)],
            3: [Row(minor - 900, sale.reference), Row(900, sale.reference)],
            4: [Row(minor, auth_code=f"A{minor}")],
            5: [Row(minor)],
            6: [],
            7: [Row(minor, payment=payment)] * 2,
            8: [Row(minor, sale.reference), Row(-500, a_refund(sale, minor=500).reference, type="refund")],
            9: [Row(minor)],
            10: [Row(12300)] if minor == 6100 else [],
        }[kind]
    shuffle.shuffle(rows)
    return rows


def verdict() -> Counter[Any]:
    found = Counter(Match.objects.filter(undone_at=None).values_list("rule", "amount_minor", "part", "score"))
    return found + Counter(Deviation.objects.values_list("kind", "amount_minor", "status", "cause"))


def reconciled(tmp_path: Any, seed: int) -> Counter[Any]:
    books = Books(tmp_path)
    with books.acting():
        shuffle = random.Random(seed)
        books.take_report(report(a_careless_day(books, shuffle)), f"{seed}.csv")
        books.reconcile()
        every_row_is_accounted_for()
        return verdict()


def every_row_is_accounted_for() -> None:
    for total in report_totals(ReportFile.objects.get().id):
        assert total["total"] == total["matched"] + total["unmatched"]
        assert total["rows"] == total["rows_matched"] + total["rows_excepted"]
    for line in SettlementLine.objects.filter(kind__in=["sale", "refund"]):
        matched = sum(
            Match.objects.filter(settlement_line_id=line.id, undone_at=None).values_list("amount_minor", flat=True)
        )
        assert matched in (0, line.gross_minor)


@pytest.mark.django_db
def test_the_order_in_which_facts_came_changes_no_verdict(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"

    first, second, third = [reconciled(tmp_path, seed) for seed in (1, 2, 3)]

    assert first == second == third
    assert {kind for kind, *_ in first if kind in dict.fromkeys(["split", "duplicate", "ambiguous", "amount", "missing_in_report", "not_ours"])} == {
        "split", "duplicate", "ambiguous", "amount", "missing_in_report", "not_ours",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_do_the_work_of_one(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    with books.acting():
        sales = [
            an_authorised_payment(books.account, minor=1000 + number, day=date(2026, 11, 20)) for number in range(8)
        ]
        books.take_report(report([Row(sale.amount_minor, sale.reference) for sale in sales[:6]] + [Row(9999, "X")]))
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with books.acting():
                books.reconcile()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with books.acting():
        assert failed == []
        assert Match.objects.count() == 6
        assert Counter(Deviation.objects.values_list("kind", flat=True)) == {"missing_in_report": 2, "not_ours": 1}
