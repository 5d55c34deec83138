"""What files leave to be concluded: payouts only the sum of their rows tells, cents between two files, and files that are only a check."""

from __future__ import annotations

import pytest

from merchant.core.clock import machine_now
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.settlement import queries
from payments.settlement.models import Payout, ReportFile, SettlementLine
from reports.verify.checks import settling
from reports.verify.look import Look
from tests.factories import a_gateway_account
from tests.payments.books import Books
from tests.payments.settlement.formats.builders import ACCOUNTING, BALANCE, BREAKDOWN, PAYOUTS, STRIPE, Sale, a_report

SALES = [Sale(1250, 31), Sale(-500, 0), Sale(9900, 120)]
NET = sum(sale.net for sale in SALES)


def at(books: Books, gateway: str) -> Books:
    """The same books, whose reports are now those of an account at another processor."""
    books.account = a_gateway_account(books.merchant, gateway=gateway)
    return books


def without_payout(sales: list[Sale]) -> bytes:
    return STRIPE.write(STRIPE.header, STRIPE.rows(sales)[:-1]).encode()


def is_proven(books: Books) -> bool:
    look = Look(books.merchant.id, machine_now())
    return not [*settling.clearing_is_open_items(look).violations, *settling.reports_booked(look).violations]


def in_transit(books: Books) -> dict[str, int]:
    return ledger.balance("payouts_in_transit", subject=str(books.account.id))


def test_a_stripe_payout_without_a_row_is_announced_as_its_rows_make_it(books):
    report = at(books, "stripe").take_report(without_payout(SALES)).report

    assert (report.status, report.summary["batches"][0]["status"]) == ("posted", "open")
    payout = Payout.objects.get()
    assert (payout.reference, payout.amount_minor, payout.status) == ("po_7", NET, "in_transit")
    assert in_transit(books) == {"EUR": NET}
    assert is_proven(books)
    line = SettlementLine.objects.get(kind="payout")
    assert (line.line, line.net_minor) == (0, -NET)
    assert queries.cells_of(report, [(0, "")], lines_max=100) == {}


def test_a_payout_that_is_written_in_a_later_report_takes_the_place_of_the_concluded_one(books):
    at(books, "stripe").take_report(without_payout(SALES))

    later = books.take_report(a_report(STRIPE, SALES), name="with-payout.csv").report

    assert (later.status, later.rows_known) == ("posted", 3)
    assert Payout.objects.get().report_id == later.id
    assert SettlementLine.objects.get(kind="payout").line_key == "txn_payout"
    assert in_transit(books) == {"EUR": NET}
    assert is_proven(books)


def test_a_balance_change_report_brings_nothing_that_its_payouts_report_brought(books):
    at(books, "stripe").take_report(without_payout(SALES))
    journals, lines = Journal.objects.count(), SettlementLine.objects.count()

    again = books.take_report(a_report(BALANCE, SALES), name="balance.csv").report

    assert (again.status, again.rows_known) == ("posted", 3)
    assert (Journal.objects.count(), SettlementLine.objects.count()) == (journals, lines)
    assert is_proven(books)


@pytest.mark.parametrize("payouts_first", [True, False])
def test_cents_between_a_payout_and_its_rows_are_booked_once_both_files_are_there(books, payouts_first):
    files = [a_report(PAYOUTS, SALES, payout=NET + 1), a_report(BREAKDOWN, SALES)]
    at(books, "checkout")

    for number, data in enumerate(files if payouts_first else reversed(files)):
        assert not Journal.objects.filter(recipe="payout_rounded").exists()
        assert books.take_report(data, name=f"{number}.csv").report.status == "posted"

    assert ledger.balance("write_off") == {"EUR": -1}
    assert in_transit(books) == {"EUR": NET + 1}
    assert is_proven(books)


def test_more_than_cents_between_a_payout_and_its_rows_stay_on_clearing(books):
    fewer = SALES[:2]
    at(books, "checkout").take_report(a_report(PAYOUTS, SALES))

    books.take_report(a_report(BREAKDOWN, fewer), name="fewer.csv")

    assert not Journal.objects.filter(recipe="payout_rounded").exists()
    assert is_proven(books)


def test_a_payment_accounting_report_is_checked_and_books_nothing(books):
    report = at(books, "adyen").take_report(a_report(ACCOUNTING, SALES)).report

    assert (report.status, report.summary["rows"]) == ("balanced", 10)
    assert report.summary["checks"][0]["passed"] is True
    assert ReportFile.objects.count() == 1
    assert not SettlementLine.objects.exists()
    assert not Journal.objects.exists()
    assert not Payout.objects.exists()
