"""A report is taken in once, checked before it is booked, and booked in a handful of journals."""

from __future__ import annotations

import re

import pytest

from merchant.core import files
from merchant.core.audit.models import AuditEntry
from merchant.core.errors import NotFound
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.settlement import queries, services
from payments.settlement.models import Payout, ReportFile, SettlementLine
from tests.factories import an_authorised_payment
from tests.payments.settlement.reports import Row, on_disk, report

TWO_SALES = [Row(10000, "A1", fee=165), Row(2500, "A2", fee=60), Row(-1000, "R1", type="refund")]


def nothing_is_booked():
    assert not Journal.objects.exclude(recipe="money_in").exists()
    assert not Payout.objects.exists()
    assert not SettlementLine.objects.exists()


def test_a_balanced_report_is_stored_read_and_booked(books):
    outcome = books.take_report(report(TWO_SALES))

    assert outcome.duplicate_of is None
    assert outcome.report.status == "posted"
    assert outcome.report.summary["rows"] == 4
    assert outcome.report.summary["totals"] == {"EUR": {"gross_minor": 11500, "fee_minor": 225, "net_minor": 11275}}
    assert files.path_of(outcome.report.sha256).read_bytes() == report(TWO_SALES)
    assert SettlementLine.objects.count() == 4
    payout = Payout.objects.get()
    assert (payout.reference, payout.amount_minor, payout.status) == ("po_20261120", 11275, "in_transit")
    account = str(books.account.id)
    assert ledger.balance("fees", subject=f"{account}:transactions") == {"EUR": 225}
    assert ledger.balance("payouts_in_transit", subject=account) == {"EUR": 11275}
    assert ledger.balance("clearing", subject=account) == {"EUR": -11500}


def test_the_number_of_journals_does_not_grow_with_the_rows(books):
    books.take_report(report([Row(1000 + number, f"A{number}", fee=10) for number in range(300)]))

    assert Journal.objects.count() == 2


def test_the_same_bytes_twice_change_nothing(books):
    first = books.take_report(report(TWO_SALES))
    journals, lines = Journal.objects.count(), SettlementLine.objects.count()

    again = books.take_report(report(TWO_SALES), name="other name.csv")

    assert again.duplicate_of == first.report.id
    assert again.report.summary == first.report.summary
    assert (ReportFile.objects.count(), Journal.objects.count(), SettlementLine.objects.count()) == (1, journals, lines)


def test_a_report_off_by_one_cent_is_kept_and_books_nothing(books):
    outcome = books.take_report(report(TWO_SALES, payout_minor=11274))

    assert outcome.report.status == "out_of_balance"
    assert [batch["difference_minor"] for batch in outcome.report.summary["batches"]] == [1]
    assert files.path_of(outcome.report.sha256).exists()
    nothing_is_booked()
    [act] = AuditEntry.objects.filter(action="report.out_of_balance", subject=f"report:{outcome.report.id}")
    assert act.data == {"name": outcome.report.name, "rows": 4}
    assert OutboxEvent.objects.filter(topic="report.out_of_balance").count() == 1


def test_a_row_whose_net_is_tampered_with_blocks_the_report(books):
    outcome = books.take_report(report([Row(10000, "A1", fee=165, net=9834)]))

    assert outcome.report.status == "out_of_balance"
    assert [failure["code"] for failure in outcome.report.summary["row_failures"]] == ["row_identity"]
    nothing_is_booked()


def test_after_a_blocked_report_the_right_one_is_taken_in(books):
    books.take_report(report(TWO_SALES, payout_minor=11274))

    right = books.take_report(report(TWO_SALES))

    assert right.report.status == "posted"
    assert SettlementLine.objects.count() == 4


def test_a_file_that_is_no_report_leaves_no_trace(books):
    with pytest.raises(services.ReportRefused) as refused:
        books.take_report(b"Name,Price\nMug,12.50\n")

    assert refused.value.data["line"] == 1
    assert not ReportFile.objects.exists()
    assert not Job.objects.exists()
    assert not (books.folder / "files").exists()


def test_an_overlapping_report_adds_only_its_new_rows(books):
    books.take_report(report(TWO_SALES[:2], paid=False))
    assert ledger.balance("clearing") == {"EUR": -225}

    books.take_report(report(TWO_SALES, paid=False), name="longer.csv")

    assert SettlementLine.objects.count() == 3
    assert ledger.balance("clearing") == {"EUR": -225}


def test_two_rows_with_the_same_number_and_content_both_stay(books):
    twice = report([Row(1000, "A1")], paid=False).decode().splitlines()
    data = "\n".join([*twice, twice[-1]]).encode()

    outcome = books.take_report(data)

    assert outcome.report.summary["totals"]["EUR"]["gross_minor"] == 2000
    assert SettlementLine.objects.count() == 2


def test_reserves_disputes_and_rows_nobody_knows_have_accounts_of_their_own(books):
    rows = [
        Row(-500, type="reserve_hold"), Row(-2000, type="chargeback", fee=1500), Row(0, type="fee", fee=300, net=-300), Row(77, type="goodwill"),
    ]  # fmt: skip

    books.take_report(report(rows))

    account = str(books.account.id)
    assert ledger.balance("reserve", subject=account) == {"EUR": 500}
    assert ledger.balance("disputed", subject=account) == {"EUR": 2000}
    assert ledger.balance("fees", subject=f"{account}:chargebacks") == {"EUR": 1500}
    assert ledger.balance("fees", subject=f"{account}:account") == {"EUR": 300}
    assert ledger.balance("suspense", subject=account) == {"EUR": -77}
    assert ledger.balance("payouts_in_transit", subject=account) == {"EUR": -4223}
    assert ledger.balance("clearing", subject=account) == {}


def test_a_raw_row_can_be_read_back_as_it_came(books):
    outcome = books.take_report(report(TWO_SALES))

    line = queries.list_lines(outcome.report.id).first()

    columns = ("Operation Reference", "Gross", "Payout Reference")
    cells = queries.cells_of(outcome.report, [(line.line, column) for column in columns], lines_max=100)
    assert [cells[line.line, column] for column in columns] == ["A1", "100.00", "po_20261120"]


def test_another_merchants_account_is_not_found(books, tmp_path):
    path = on_disk(tmp_path, report(TWO_SALES))

    with pytest.raises(NotFound):
        services.import_report(path=path, account_id=books.foreign_account.id, name="x", now=books.now)

    assert not ReportFile.across_merchants.exists()


def test_clearing_stands_at_nothing_when_all_is_settled(books):
    sale = an_authorised_payment(books.account, minor=10000)

    books.take_report(report([Row(10000, sale.reference, fee=165)]))

    assert ledger.balance("clearing", subject=str(books.account.id)) == {}


def test_a_file_of_the_last_day_there_is_is_kept_and_booked_nowhere(books):
    sale = an_authorised_payment(books.account, minor=10000)
    data = re.sub(rb"20\d\d-\d\d-\d\d", b"9999-12-31", report([Row(10000, sale.reference)]))

    taken = books.take_report(data).report

    assert taken.status in ("out_of_balance", "refused") and not Payout.objects.exists()
    assert not SettlementLine.objects.exists()
    assert Job.objects.get(id=taken.job_id).status == "done"
    books.reconcile()
