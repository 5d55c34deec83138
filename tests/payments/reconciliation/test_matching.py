"""Lines find their payments, payouts their bank lines, and what does not agree gets a name, an amount and a reference."""

from __future__ import annotations

from datetime import date

import pytest

from merchant.core.clock import machine_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.reconciliation import queries, services
from payments.reconciliation.desk.services import ExceptionNotOpen, WayNotOffered
from payments.reconciliation.models import Deviation, Match, StatementFile, StatementLine
from payments.records.models import Operation, Payment
from payments.records.queries import with_stage
from payments.settlement.models import Payout
from tests.factories import a_fee_contract, a_placed_order, a_refund, an_authorised_payment
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report


def exceptions(status="open"):
    rows = Deviation.objects.filter(status=status).order_by("kind", "reference", "amount_minor")
    return [(row.kind, row.reference, row.amount_minor) for row in rows]


def rules():
    return sorted(Match.objects.values_list("rule", flat=True))


def clearing_proves_itself(books):
    """What stands on clearing, in transit and in suspense is exactly the sum of the listed items."""
    account = str(books.account.id)
    for kind, items in [
        ("clearing", queries.list_clearing_items(account)),
        ("payouts_in_transit", queries.list_transit_items(account)),
        ("suspense", queries.list_suspense_items(account)),
    ]:
        listed: dict[str, int] = {}
        for item in items:
            listed[item.currency] = listed.get(item.currency, 0) + item.amount_minor
        assert {currency: total for currency, total in listed.items() if total} == ledger.balance(
            kind, subject=account
        ), kind


def stored(operation):
    return with_stage(Payment.objects.filter(id=operation.payment_id)).get()


def stage(operation):
    return stored(operation).money_stage


def test_a_day_without_faults_ends_reconciled_to_the_cent(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    refund = a_refund(sales[0], minor=1000)
    rows = [Row(sale.amount_minor, sale.reference, fee=20) for sale in sales] + [
        Row(-1000, refund.reference, type="refund")
    ]

    books.take_report(report(rows))
    books.reconcile()
    assert [stage(sale) for sale in sales] == ["paid_out"] * 3
    books.take_statement(statement([Entry(12439, "SANDBOX PAYOUT po_20261120 acct", "po_20261120")]))
    books.reconcile()

    assert exceptions() == []
    assert [stage(sale) for sale in sales] == ["reconciled"] * 3
    assert stored(sales[0]).settled_minor == 9000
    assert Payout.objects.get().status == "in_bank"
    assert ledger.balance("clearing") == {}
    assert ledger.balance("payouts_in_transit") == {}
    assert ledger.balance("bank", subject=str(books.bank.id)) == {"EUR": 12439}
    clearing_proves_itself(books)


def test_a_second_run_changes_nothing(books):
    sale = an_authorised_payment(books.account, minor=10000)
    left_out = an_authorised_payment(books.account, minor=700)
    books.take_report(report([Row(9000, sale.reference), Row(123, "FOREIGN")]))
    first = books.reconcile()
    before = (
        list(Deviation.objects.order_by("id").values()),
        list(Match.objects.order_by("id").values()),
        Journal.objects.count(),
    )

    again = books.reconcile()

    assert first != again
    assert again == services.RunResult(0, 0, 0, 0, 0)
    assert (
        list(Deviation.objects.order_by("id").values()),
        list(Match.objects.order_by("id").values()),
        Journal.objects.count(),
    ) == before
    assert left_out.reference in [reference for _, reference, _ in exceptions()]


def test_settled_short_left_out_twice_and_foreign_are_named_exactly(books):
    short, left_out, twice, fine = [
        an_authorised_payment(books.account, minor=minor) for minor in (10000, 700, 4000, 2500)
    ]
    rows = [
        Row(9900, short.reference), Row(4000, twice.reference), Row(4000, twice.reference), Row(2500, fine.reference), Row(1999, "foreign-1"),
        Row(-300, "foreign-2", type="refund"),
    ]  # fmt: skip

    books.take_report(report(rows))
    books.reconcile()

    assert exceptions() == [
        ("amount", short.reference, -100),
        ("duplicate", twice.reference, 4000),
        ("missing_in_report", left_out.reference, -700),
        ("not_ours", "foreign-1", 1999),
        ("refund_not_ours", "foreign-2", -300),
    ]
    assert ledger.balance("clearing") == {"EUR": 100 + 700 - 4000 - 1999 + 300}
    clearing_proves_itself(books)


def test_a_changed_fee_is_found_per_payment_and_the_agreed_one_is_not(books):
    a_fee_contract(books.account, basis_points=140, fixed_minor=25)
    dear, agreed, short = [an_authorised_payment(books.account, minor=10000) for _ in range(3)]
    rows = [
        Row(10000, dear.reference, fee=240),
        Row(10000, agreed.reference, fee=165),
        Row(9900, short.reference, fee=165),
    ]

    books.take_report(report(rows))
    books.reconcile()

    assert exceptions() == [("amount", short.reference, -100), ("fee", dear.reference, -75)]
    found = Deviation.objects.get(kind="fee")
    assert (found.expected_minor, found.found_minor) == (165, 240)
    clearing_proves_itself(books)


def test_a_later_contract_rules_from_its_day_on(books):
    a_fee_contract(books.account, basis_points=140, fixed_minor=25)
    a_fee_contract(books.account, basis_points=200, fixed_minor=0, valid_from=date(2026, 11, 20))
    sale = an_authorised_payment(books.account, minor=10000)

    books.take_report(report([Row(10000, sale.reference, fee=200)]))
    books.reconcile()

    assert exceptions() == []


def test_what_was_missing_is_cleared_when_a_later_report_brings_it(books):
    sale, late = an_authorised_payment(books.account, minor=10000), an_authorised_payment(books.account, minor=700)
    books.take_report(report([Row(10000, sale.reference)]))
    books.reconcile()
    assert exceptions() == [("missing_in_report", late.reference, -700)]

    books.take_report(
        report([Row(700, late.reference)], batch="2", payout="po_20261121", day=date(2026, 11, 21)), name="next.csv"
    )
    books.reconcile()

    assert exceptions() == []
    assert exceptions("cleared") == [("missing_in_report", late.reference, -700)]
    clearing_proves_itself(books)


def test_the_processors_reference_serves_where_ours_is_missing(books):
    sale = an_authorised_payment(books.account, minor=10000)

    books.take_report(report([Row(9990, payment=sale.gateway_reference)]))
    books.reconcile()

    assert rules() == ["processor_reference"]
    assert exceptions() == [("amount", sale.reference, -10)]


def test_two_refunds_of_one_payment_are_told_apart_by_amount(books):
    sale = an_authorised_payment(books.account, minor=10000)
    refunds = [a_refund(sale, minor=minor) for minor in (1000, 2000)]
    payment = sale.gateway_reference
    rows = [
        Row(10000, sale.reference, payment=payment), Row(-1990, type="refund", payment=payment), Row(-1000, type="refund", payment=payment),
    ]  # fmt: skip

    books.take_report(report(rows))
    books.reconcile()

    assert rules() == ["operation_reference", "processor_reference", "processor_reference_and_amount"]
    assert exceptions() == [("amount", refunds[1].reference, 10)]


def test_our_order_number_serves_when_it_is_unique(books):
    order = a_placed_order(books.merchant, minor=10000)
    an_authorised_payment(books.account, minor=10000, order=order)

    books.take_report(report([Row(10000, order=order.number)]))
    books.reconcile()

    assert rules() == ["our_reference_and_amount"]
    assert exceptions() == []


def test_amount_day_and_card_serve_when_they_fit_one_payment_only(books):
    an_authorised_payment(books.account, minor=10000, answer={"card_last4": "4242", "auth_code": "A1B2C3"})
    an_authorised_payment(books.account, minor=10000, answer={"card_last4": "4242", "auth_code": "D4E5F6"})

    books.take_report(report([Row(10000, auth_code="D4E5F6")]))
    books.reconcile()

    assert rules() == ["amount_day_and_code"]


def test_two_payments_that_fit_equally_well_are_never_picked_from(books):
    for _ in range(2):
        an_authorised_payment(books.account, minor=10000, answer={"card_last4": "4242"})

    books.take_report(report([Row(10000, last4="4242", payment="pay_other")]))
    books.reconcile()

    assert not Match.objects.exists()
    assert ("ambiguous", "pay_other", 10000) in exceptions()
    clearing_proves_itself(books)


def test_two_equal_rows_for_two_equal_payments_are_not_picked_from_either(books):
    for _ in range(2):
        an_authorised_payment(books.account, minor=10000, answer={"card_last4": "4242"})

    books.take_report(report([Row(10000, last4="4242"), Row(10000, last4="4242")]))
    books.reconcile()

    assert not Match.objects.exists()
    assert [kind for kind, _, _ in exceptions()].count("ambiguous") == 2


def test_a_second_row_for_a_matched_refund_never_takes_another_refund(books):
    sale = an_authorised_payment(books.account, minor=10000)
    first, second = a_refund(sale, minor=1000), a_refund(sale, minor=1000)
    payment = sale.gateway_reference
    rows = [Row(10000, sale.reference, payment=payment)] + [
        Row(-1000, first.reference, type="refund", payment=payment)
    ] * 2

    books.take_report(report(rows))
    books.reconcile()

    assert exceptions() == [("duplicate", first.reference, -1000), ("missing_in_report", second.reference, 1000)]
    clearing_proves_itself(books)


def test_a_report_proves_a_payment_whose_outcome_was_unknown(books):
    sale = an_authorised_payment(books.account, minor=10000, answer={"status": "unknown"})
    assert sale.status == "unknown"

    books.take_report(report([Row(10000, sale.reference)]))
    result = books.reconcile()

    assert result.outcomes_learned == 1
    assert Operation.objects.get(id=sale.id).status == "succeeded"
    assert exceptions() == []
    assert ledger.balance("clearing") == {}


def test_a_row_nobody_knows_waits_in_suspense_and_is_listed(books):
    books.take_report(report([Row(77, "goodwill-1", type="goodwill")]))
    books.reconcile()

    assert exceptions() == [("unclassified", "goodwill-1", 77)]
    assert ledger.balance("suspense") == {"EUR": -77}
    clearing_proves_itself(books)


class TestTheBank:
    @pytest.fixture
    def paid_out(self, books):
        sale = an_authorised_payment(books.account, minor=10000)
        books.take_report(report([Row(10000, sale.reference)]))
        books.sale = sale
        return books

    def test_a_payout_that_came_short_is_known_by_its_reference(self, paid_out):
        paid_out.take_statement(statement([Entry(9950, "PAYOUT po_20261120")]))
        paid_out.reconcile()

        assert exceptions() == [("short_payout", "po_20261120", -50)]
        assert ledger.balance("payouts_in_transit") == {"EUR": 50}
        assert (Payout.objects.get().status, stage(paid_out.sale)) == ("short", "short")
        clearing_proves_itself(paid_out)

    def test_the_rest_of_a_short_payout_clears_it(self, paid_out):
        paid_out.take_statement(statement([Entry(9950, "PAYOUT po_20261120")]))
        paid_out.reconcile()
        paid_out.take_statement(
            statement([Entry(50, "REST po_20261120")], day=date(2026, 11, 22), opening=9950, number="2"), "next.xml"
        )
        paid_out.reconcile()

        assert exceptions() == []
        assert (Payout.objects.get().status, stage(paid_out.sale)) == ("in_bank", "reconciled")
        assert ledger.balance("payouts_in_transit") == {}

    def test_a_payout_without_a_bank_line_is_missed_when_a_statement_covers_its_day(self, paid_out):
        paid_out.take_statement(statement([]))
        paid_out.reconcile()

        assert exceptions() == [("missing_payout", "po_20261120", -10000)]
        clearing_proves_itself(paid_out)

    def test_before_a_statement_covers_its_day_nothing_is_missed(self, paid_out):
        paid_out.reconcile()

        assert exceptions() == []

    def test_an_amount_alone_serves_when_it_fits_one_payout_only(self, paid_out):
        paid_out.take_statement(statement([Entry(10000, "Gutschrift")]))
        paid_out.reconcile()

        assert "amount_and_day" in rules()
        assert exceptions() == []

    def test_two_lines_of_the_same_amount_are_never_picked_from(self, paid_out):
        paid_out.take_statement(statement([Entry(10000, "A"), Entry(10000, "B")]))
        paid_out.reconcile()

        assert rules() == ["operation_reference"]
        assert [kind for kind, _, _ in exceptions()] == ["ambiguous", "ambiguous", "missing_payout"]

    def test_what_no_payout_explains_is_listed(self, paid_out):
        paid_out.take_statement(statement([Entry(10000, "po_20261120"), Entry(-1250, "RENT", reference="B2")]))
        paid_out.reconcile()

        assert exceptions() == [("unexplained_bank_line", "B2", -1250)]
        assert ledger.balance("bank") == {"EUR": 10000}

    def test_a_statement_that_does_not_tie_brings_no_lines(self, paid_out):
        outcome = paid_out.take_statement(statement([Entry(10000, "po_20261120")], closing=9999))
        paid_out.reconcile()

        assert outcome.file.status == "out_of_balance"
        assert outcome.file.summary["statements"][0]["difference_minor"] == 1
        assert not StatementLine.objects.exists()
        assert Payout.objects.get().status == "in_transit"

    def test_the_same_statement_twice_and_an_overlapping_one_add_nothing_twice(self, paid_out):
        entries = [Entry(10000, "po_20261120"), Entry(500, "same"), Entry(500, "same")]
        first = paid_out.take_statement(statement(entries[:2]))
        again = paid_out.take_statement(statement(entries[:2]), "copy.xml")
        paid_out.take_statement(statement(entries), "grown.xml")

        assert again.duplicate_of == first.file.id
        assert StatementFile.objects.count() == 2
        assert sorted(StatementLine.objects.values_list("amount_minor", flat=True)) == [500, 500, 10000]


class TestResolving:
    @pytest.fixture
    def short(self, books):
        sale = an_authorised_payment(books.account, minor=10000)
        books.take_report(report([Row(9900, sale.reference)]))
        books.reconcile()
        books.found = Deviation.objects.get()
        return books

    def test_a_write_off_takes_the_amount_off_the_account_it_stood_on(self, short):
        decide(short, short.found, "write_off")

        assert ledger.balance("write_off") == {"EUR": 100}
        assert ledger.balance("clearing") == {}
        clearing_proves_itself(short)

    def test_a_resolved_exception_stays_resolved_in_later_runs(self, short):
        decide(short, short.found, "note")
        short.reconcile()

        assert exceptions() == []
        assert exceptions("resolved") == [("amount", short.found.reference, -100)]
        assert ledger.balance("write_off") == {}

    def test_it_cannot_be_resolved_twice(self, short):
        decide(short, short.found, "write_off")
        with pytest.raises(ExceptionNotOpen):
            decide(short, short.found, "write_off")

        assert ledger.balance("write_off") == {"EUR": 100}

    def test_a_fee_is_no_open_amount_and_cannot_be_written_off(self, short):
        Deviation.objects.update(kind="fee")
        with pytest.raises(WayNotOffered):
            decide(short, short.found, "write_off")

        assert ledger.balance("write_off") == {}
        assert Deviation.objects.get().status == "open"


@pytest.mark.parametrize("broken", ["banking.match_payouts", "stages.tell_stages"])
def test_a_run_broken_off_between_passes_goes_on_behind_the_last_one(books, monkeypatch, broken):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    books.take_statement(statement([Entry(10000, "po_20261120")]))
    module, name = broken.split(".")
    job = services.request_run()

    def fails(**kwargs):
        raise RuntimeError("the lights went out")

    with monkeypatch.context() as patch:
        patch.setattr(getattr(services, module), name, fails)
        assert jobs.run(job.id) == "queued"
    assert Match.objects.filter(operation_id=sale.id).count() == 1
    Job.objects.filter(id=job.id).update(run_at=machine_now())

    assert jobs.run(job.id) == "done"
    job.refresh_from_db()
    assert (job.result["lines_matched"], job.result["payouts_matched"], stage(sale)) == (1, 1, "reconciled")
    assert ledger.balance("payouts_in_transit") == {}
