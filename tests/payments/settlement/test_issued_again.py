"""A report that is issued again changes what really changed, and nothing else."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pytest
from django.db import IntegrityError, transaction

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.jobs.services import JobRun
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.disputes.models import DisputeMovement
from payments.reconciliation import queries as reconciliation
from payments.reconciliation.models import Deviation, Match
from payments.records.models import Payment, Stage
from payments.records.queries import with_stage
from payments.settlement import services
from payments.settlement.models import LineChange, Payout, ReportFile, SettlementLine
from payments.settlement.queries import list_changes
from payments.settlement.states import standing_of
from reports.verify.checks import settling as checks
from reports.verify.look import Look
from tests.factories import an_authorised_payment
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, on_disk, report


@pytest.fixture
def sales(books):
    return [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 4000)]


def rows_of(sales, **fees):
    return [Row(10000, sales[0].reference, fee=165), Row(2500, sales[1].reference, fee=fees.get("fee", 60))]


def books_prove_themselves(books):
    account = books.account.id
    for kind, items in (
        ("clearing", reconciliation.list_clearing_items(account)),
        ("payouts_in_transit", reconciliation.list_transit_items(account)),
    ):
        sums = {}
        for item in items:
            sums[item.currency] = sums.get(item.currency, 0) + item.amount_minor
        assert {code: minor for code, minor in sums.items() if minor} == ledger.balance(kind, subject=str(account))
    look = Look(books.merchant.id, books.now)
    for check in (
        checks.reports_booked,
        checks.clearing_is_open_items,
        checks.transit_is_open_payouts,
        checks.stages_follow_books,
    ):
        assert check(look).violations == [], check.__name__


def live_matches():
    found = Match.objects.filter(undone_at=None, operation_id__isnull=False)
    return dict(found.values_list("operation_id", "settlement_line_id"))


def test_a_changed_row_is_reversed_and_booked_anew_and_finds_its_payment_again(books, sales):
    first = books.take_report(report(rows_of(sales))).report
    books.reconcile()
    before, untouched = live_matches(), Match.objects.get(operation_id=sales[0].id).id

    again = books.take_report(report(rows_of(sales, fee=75)), name="again.csv").report
    books.reconcile()

    assert (again.status, again.rows_known, again.rows_changed, again.rows_gone) == ("posted", 1, 2, {})
    account = str(books.account.id)
    assert ledger.balance("fees", subject=f"{account}:transactions") == {"EUR": 240}
    assert ledger.balance("payouts_in_transit", subject=account) == {"EUR": 12260}
    assert Payout.objects.get().amount_minor == 12260
    assert sorted(Journal.objects.filter(recipe="settlement_fee").values_list("source", flat=True)) == sorted(
        [f"{first.id}:sale:EUR", f"{again.id}:sale:EUR", f"{again.id}:sale:EUR:reversed"]
    )
    changed = LineChange.objects.get(line_id=live_matches()[sales[1].id])
    assert changed.replaced_id == before[sales[1].id]
    assert Match.objects.get(operation_id=sales[0].id).id == untouched
    assert (
        Match.objects.get(settlement_line_id=changed.replaced_id, undone_at__isnull=False).operation_id == sales[1].id
    )
    assert not Deviation.objects.filter(status="open").exclude(kind="missing_in_report").exists()
    books_prove_themselves(books)


def test_the_history_says_from_what_to_what(books, sales):
    books.take_report(report(rows_of(sales)))
    again = books.take_report(report(rows_of(sales, fee=75)), name="again.csv").report

    told = [
        (row["line"], row["type_text"], row["was_net_minor"], row["is_net_minor"], row["earlier_name"])
        for row in list_changes(again.id)
    ]

    assert told == [(3, "sale", 2440, 2425, "report.csv"), (4, "payout", -12275, -12260, "report.csv")]


def test_the_same_again_changes_nothing_more(books, sales):
    books.take_report(report(rows_of(sales)))
    again = report(rows_of(sales, fee=75))
    books.take_report(again, name="again.csv")
    books.reconcile()

    def counts():
        return [table.objects.count() for table in (SettlementLine, Journal, LineChange, Match, Payout)]

    before = counts()
    books.take_report(again, name="twice.csv")
    same_rows = books.take_report(again + b"\n", name="thrice.csv").report
    books.reconcile()

    assert counts() == before
    assert (same_rows.rows_known, same_rows.rows_changed, same_rows.brings_nothing) == (3, 0, True)
    books_prove_themselves(books)


def test_a_row_may_change_more_than_once(books, sales):
    for number, fee in enumerate((60, 75, 50)):
        books.take_report(report(rows_of(sales, fee=fee)), name=f"{number}.csv")
        books.reconcile()

    assert ledger.balance("fees") == {"EUR": 215}
    assert Payout.objects.get().amount_minor == 12285
    assert LineChange.objects.count() == 4
    books_prove_themselves(books)


def test_changes_that_come_before_the_first_run_are_matched_once(books, sales):
    books.take_report(report(rows_of(sales)))
    books.take_report(report(rows_of(sales, fee=75)), name="again.csv")

    books.reconcile()

    assert set(live_matches()) == {sales[0].id, sales[1].id}
    assert not Deviation.objects.filter(kind="duplicate").exists()
    books_prove_themselves(books)


def test_a_payment_whose_amount_was_wrong_is_right_after_the_report_came_again(books, sales):
    wrong = [Row(10000, sales[0].reference), Row(2400, sales[1].reference)]
    books.take_report(report(wrong))
    books.reconcile()
    assert Deviation.objects.get(kind="amount").amount_minor == -100

    books.take_report(report([wrong[0], replaced := Row(2500, sales[1].reference)]), name="again.csv")
    books.reconcile()

    assert Deviation.objects.get(kind="amount").status == "cleared"
    [payment] = with_stage(Payment.objects.filter(id=sales[1].payment_id))
    assert (payment.settled_minor, payment.money_stage, replaced.gross) == (2500, "paid_out", 2500)
    books_prove_themselves(books)


def test_a_payout_in_the_bank_keeps_what_arrived_and_the_difference_is_an_exception(books, sales):
    books.take_report(report(rows_of(sales)))
    books.take_statement(statement([Entry(12275, reference="po_20261120", text="po_20261120")]))
    books.reconcile()
    assert Payout.objects.get().status == "in_bank"

    books.take_report(report(rows_of(sales, fee=75)), name="again.csv")
    books.reconcile()

    payout = Payout.objects.get()
    assert (payout.status, payout.amount_minor, payout.arrived_minor) == ("in_bank", 12260, 12275)
    found = Deviation.objects.get(payout_id=payout.id, status="open")
    assert (found.kind, found.amount_minor) == ("amount", 15)
    books_prove_themselves(books)


def test_rows_a_batch_no_longer_has_are_shown_and_stay(books, sales):
    books.take_report(report([*rows_of(sales), Row(4000, sales[2].reference, fee=10)]))
    data = report(rows_of(sales))
    # The payout keeps its own number in the file, as processors number rows once.
    again = books.take_report(data.replace(b"1,3,payout", b"1,4,payout"), name="again.csv").report
    books.reconcile()

    assert again.rows_gone["number"] == 1
    assert [(row["line_key"], row["net_minor"]) for row in again.rows_gone["rows"]] == [("1/3", 3990)]
    assert SettlementLine.objects.filter(line_key="1/3").exists()
    assert Payout.objects.get().amount_minor == 12275
    books_prove_themselves(books)


def test_a_dispute_is_proved_by_the_row_that_holds_now(books):
    books.take_report(report([Row(-2000, "D1", type="chargeback", fee=1500)]))
    books.reconcile()
    books.take_report(report([Row(-2000, "D1", type="chargeback", fee=1000)]), name="again.csv")
    books.reconcile()

    movement = DisputeMovement.objects.get()
    assert LineChange.objects.filter(line_id=movement.settlement_line_id).exists()
    assert ledger.balance("disputed") == {"EUR": 2000}
    assert not Deviation.objects.filter(kind="duplicate", status="open").exists()
    books_prove_themselves(books)


def test_a_report_that_changes_one_not_booked_yet_waits_for_it(books, monkeypatch):
    first = [Row(1000, "A1"), Row(2000, "A2")]
    path = on_disk(books.folder, report(first), "first.csv")
    waiting = services.receive_report(path=path, account_id=books.account.id, name="first.csv", now=books.now).report
    with monkeypatch.context() as broken:
        broken.setattr("payments.settlement.posting.post_report", _breaks)
        assert jobs.run(waiting.job_id) == "queued"
    path = on_disk(books.folder, report([Row(1100, "A1"), first[1]]), "again.csv")
    again = services.receive_report(path=path, account_id=books.account.id, name="again.csv", now=books.now).report

    assert jobs.run(again.job_id) == "queued"
    assert not LineChange.objects.exists()
    for job_id in (waiting.job_id, again.job_id):
        Job.objects.filter(status="queued").update(run_at=machine_now())
        assert jobs.run(job_id) == "done"

    assert Payout.objects.get().amount_minor == 3100


def _breaks(*_args, **_options):
    raise RuntimeError("the lights went out")


@pytest.mark.parametrize("point", ["lines", "stored", "posted"])
def test_a_change_broken_off_is_finished_by_the_next_worker_once(books, sales, monkeypatch, point):
    books.take_report(report(rows_of(sales)))
    books.reconcile()
    path = on_disk(books.folder, report(rows_of(sales, fee=75)), "again.csv")
    again = services.receive_report(path=path, account_id=books.account.id, name="again.csv", now=books.now).report
    with monkeypatch.context() as broken:
        _break_behind(broken, point)
        assert jobs.run(again.job_id) == "queued"
    assert ledger.balance("fees") == {"EUR": 225}
    Job.objects.filter(status="queued").update(run_at=machine_now())

    assert jobs.run(again.job_id) == "done"
    books.reconcile()

    assert ledger.balance("fees") == {"EUR": 240}
    assert LineChange.objects.count() == 2
    assert ReportFile.objects.get(id=again.id).rows_changed == 2
    books_prove_themselves(books)


def _break_behind(broken, point):
    """Let the step fail inside its transaction, when all its effects are written."""
    original = JobRun.checkpoint

    def checkpoint(self, step, **options):
        block = original(self, step, **options)
        return _Breaking(block) if step == point else block

    broken.setattr(JobRun, "checkpoint", checkpoint)


class _Breaking:
    def __init__(self, block):
        self.block = block

    def __enter__(self):
        return self.block.__enter__()

    def __exit__(self, kind, error, trace):
        fault = error or RuntimeError("the lights went out")
        self.block.__exit__(type(fault), fault, fault.__traceback__)
        raise fault


def test_the_database_replaces_a_line_only_once(books, sales):
    books.take_report(report(rows_of(sales)))
    books.take_report(report(rows_of(sales, fee=75)), name="again.csv")
    known = LineChange.objects.first()

    with pytest.raises(IntegrityError), transaction.atomic():
        LineChange.objects.create(
            report=known.report, earlier_report=known.earlier_report, replaced_id=known.replaced_id,
            reversal_id=known.line_id, line_id=known.reversal_id,
        )  # fmt: skip


def corrected_to(books, sales, minor, *, name):
    """The report of the batch again, its second sale with other fees, so that the payout is `minor`."""
    gross = sum((10000, 2500))
    return books.take_report(report(rows_of(sales, fee=gross - 165 - minor)), name=name).report


def arrive(books, minor, *, number, text="po_20261120", opening=0):
    said = statement([Entry(minor, reference=f"{text}-{number}", text=text)], number=str(number), opening=opening)
    books.take_statement(said, f"{number}.xml")
    books.reconcile()


def standing():
    payout = Payout.objects.get()
    found = Deviation.objects.filter(payout_id=payout.id, status="open").values_list("kind", "amount_minor")
    return payout.status, payout.amount_minor, payout.arrived_minor, sorted(found)


def transit(books):
    return ledger.balance("payouts_in_transit", subject=str(books.account.id)).get("EUR", 0)


def test_a_payout_that_turns_out_to_be_a_debit_before_it_came_is_met_by_the_debit(books, sales):
    books.take_report(report(rows_of(sales)))
    books.reconcile()
    corrected_to(books, sales, -20, name="again.csv")
    books.reconcile()
    assert (standing()[:3], transit(books)) == (("in_transit", -20, 0), -20)
    books_prove_themselves(books)

    arrive(books, -20, number=1)

    assert (standing(), transit(books)) == (("in_bank", -20, -20, []), 0)
    books_prove_themselves(books)


def test_a_payout_in_the_bank_that_turns_out_to_be_a_debit_is_open_until_it_was_taken_back(books, sales):
    books.take_report(report(rows_of(sales)))
    arrive(books, 12275, number=1)
    assert standing() == ("in_bank", 12275, 12275, [])

    corrected_to(books, sales, -20, name="again.csv")
    books.reconcile()
    assert (standing(), transit(books)) == (("short", -20, 12275, [("short_payout", 12295)]), -12295)
    books_prove_themselves(books)

    arrive(books, -12000, number=2, opening=12275)
    assert (standing(), transit(books)) == (("short", -20, 275, [("short_payout", 295)]), -295)
    arrive(books, -295, number=3, opening=275)

    assert (standing(), transit(books)) == (("in_bank", -20, -20, []), 0)
    books_prove_themselves(books)


def test_a_debit_that_turns_out_to_be_a_payout(books, sales):
    books.take_report(report(rows_of(sales, fee=12500 - 165 + 20)))
    arrive(books, -20, number=1, opening=100)
    assert standing() == ("in_bank", -20, -20, [])

    corrected_to(books, sales, 12275, name="again.csv")
    books.reconcile()
    assert (standing(), transit(books)) == (("short", 12275, -20, [("short_payout", -12295)]), 12295)
    books_prove_themselves(books)
    arrive(books, 12295, number=2, opening=80)

    assert (standing(), transit(books)) == (("in_bank", 12275, 12275, []), 0)
    books_prove_themselves(books)


def test_a_payout_that_turns_out_to_be_nothing_is_not_waited_for(books, sales):
    books.take_report(report(rows_of(sales)))
    corrected_to(books, sales, 0, name="again.csv")
    # A statement that covers its day makes a payout that is waited for a missing one.
    books.take_statement(statement([Entry(5, text="Rent")], day=date(2026, 11, 28)), "later.xml")
    books.reconcile()
    assert (standing(), transit(books)) == (("in_bank", 0, 0, []), 0)
    books_prove_themselves(books)

    corrected_to(books, sales, 12270, name="after all.csv")
    books.reconcile()

    assert (standing(), transit(books)) == (("in_transit", 12270, 0, [("missing_payout", -12270)]), 12270)
    books_prove_themselves(books)


def test_a_missing_payout_that_was_written_off_and_turns_out_to_be_nothing_takes_the_loss_back(books, sales):
    books.take_report(report(rows_of(sales)))
    books.take_statement(statement([Entry(5, text="Rent")], day=date(2026, 11, 28)), "later.xml")
    books.reconcile()
    found = Deviation.objects.get(kind="missing_payout")
    decide(books, found, "write_off")
    assert (ledger.balance("write_off"), transit(books)) == ({"EUR": 12275}, 0)

    corrected_to(books, sales, 0, name="again.csv")
    books.reconcile()

    found.refresh_from_db()
    assert (found.status, ledger.balance("write_off"), transit(books)) == ("cleared", {}, 0)
    assert standing() == ("in_bank", 0, 0, [])
    books_prove_themselves(books)


def move_payouts():
    db.execute(import_module("payments.migrations.0040_payouts_stand_right").MOVE_PAYOUTS)


def an_ordinary_payout(books):
    """One sale of 9.99 in a payout of its own that is waited for."""
    sale = an_authorised_payment(books.account, minor=999)
    rows = [Row(999, sale.reference)]
    books.take_report(report(rows, batch="9", payout="po_9", day=date(2026, 11, 19)), name="ordinary.csv")
    books.reconcile()


def all_that_stands():
    stages = {payment.id: payment.money_stage for payment in with_stage(Payment.objects.order_by("id"))}
    return list(Payout.objects.order_by("id").values_list("status", "amount_minor", "arrived_minor")), stages


def stages_off(books):
    return checks.stages_follow_books(Look(books.merchant.id, books.now)).violations


def test_a_payout_that_came_to_nothing_before_that_was_understood_is_moved_by_the_migration(books, sales):
    books.take_report(report(rows_of(sales)))
    corrected_to(books, sales, 0, name="again.csv")
    books.reconcile()
    an_ordinary_payout(books)
    right = all_that_stands()
    assert right[0] == [("in_bank", 0, 0), ("in_transit", 999, 0)]
    # So it stood before: waited for, and its payments with it.
    payout = Payout.objects.get(amount_minor=0)
    Payout.objects.filter(id=payout.id).update(status="in_transit")
    Stage.objects.filter(money_stage="reconciled").update(money_stage="paid_out")
    assert len(stages_off(books)) == 2

    move_payouts()

    assert all_that_stands()[0] == right[0]
    assert standing_of(arrived_minor=0, amount_minor=0) == "in_bank"
    books.reconcile()
    assert all_that_stands() == right
    assert stages_off(books) == []
    move_payouts()
    assert all_that_stands() == right


@pytest.mark.parametrize(
    ("arrived", "amount"),
    [
        # Corrected to a debit after it had come, and the other way round.
        (10000, -20),
        (-20, 10000),
    ],
)
def test_a_payout_of_which_the_other_side_arrived_is_moved_by_the_migration(books, sales, arrived, amount):
    books.take_report(report(rows_of(sales, fee=12500 - 165 - arrived)))
    arrive(books, arrived, number=1, opening=100)
    corrected_to(books, sales, amount, name="again.csv")
    books.reconcile()
    an_ordinary_payout(books)
    right, lacking = all_that_stands(), missing()
    assert right[0] == [("short", amount, arrived), ("in_transit", 999, 0)]
    assert sorted(right[1].values()) == ["paid_out", "short", "short", "taken"]
    # So it stood before: in the bank by its size, and its payments with it, of which one had no row of its own.
    payout = Payout.objects.get(reference="po_20261120")
    Payout.objects.filter(id=payout.id).update(status="in_bank")
    Stage.objects.filter(money_stage="short").update(money_stage="reconciled", missing_minor=0)
    Match.objects.filter(operation_id=sales[0].id, undone_at=None).update(carried_by_id=payout.id)
    Stage.objects.filter(payment_id=sales[0].payment_id).delete()
    assert [stage for stage in all_that_stands()[1].values() if stage != "taken"].count("reconciled") == 2
    assert len(stages_off(books)) == 2

    move_payouts()

    assert all_that_stands() == right
    assert standing_of(arrived_minor=arrived, amount_minor=amount) == "short"
    assert stages_off(books) == []
    move_payouts()
    assert all_that_stands() == right
    # What each lacks is shared out by the next run.
    books.reconcile()
    assert (all_that_stands(), missing()) == (right, lacking)
    books_prove_themselves(books)


def missing():
    return sorted(Stage.objects.filter(money_stage="short").values_list("missing_minor", flat=True))


def test_payouts_that_stand_right_are_left_alone_by_the_migration(books, sales):
    books.take_report(report(rows_of(sales)))
    arrive(books, 12000, number=1)
    an_ordinary_payout(books)
    later = an_authorised_payment(books.account, minor=500)
    returned = report([Row(500, later.reference)], batch="8", payout="po_8", day=date(2026, 11, 18))
    books.take_report(returned, name="returned.csv")
    Payout.objects.filter(reference="po_8").update(status="in_bank", arrived_minor=500)
    Payout.objects.filter(reference="po_8").update(status="returned", amount_minor=0)
    before = all_that_stands()
    assert sorted(before[0]) == [("in_transit", 999, 0), ("returned", 0, 500), ("short", 12275, 12000)]

    move_payouts()

    assert all_that_stands() == before
