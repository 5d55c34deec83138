"""What a person matches and takes back: history stays, rules do not make it again, and the books follow to the cent."""

from __future__ import annotations

import pytest

from merchant.ledger import queries as ledger
from payments.reconciliation.desk import closing, services
from payments.reconciliation.desk.hand_matching import DoNotBelong, NotOpen, Sides, match_by_hand
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.desk.undoing import MatchIsFixed, undo_match
from payments.reconciliation.models import Deviation, Match, StatementFile, StatementLine
from payments.settlement.models import Payout, ReportFile, SettlementLine
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_api import Desk
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions, stage, stored
from tests.payments.settlement.reports import Row, report


def live():
    return Match.objects.filter(undone_at=None).order_by("id")


def test_what_a_person_undoes_is_open_again_and_no_rule_makes_it_a_second_time(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    books.reconcile()

    [undone] = undo_match(match_id=live().get().id, reason="Another customer's", now=books.now)
    books.reconcile()

    assert not live().exists()
    assert (undone.evidence["undone_because"], stage(sale), stored(sale).settled_minor) == (
        "Another customer's",
        "taken",
        0,
    )
    assert [(kind, minor) for kind, _, minor in exceptions()] == [("missing_in_report", -10000), ("not_ours", 10000)]
    clearing_proves_itself(books)

    match_by_hand(
        sides=Sides([SettlementLine.objects.get(kind="sale").id], [sale.id]),
        reason="It was right after all",
        now=books.now,
    )
    books.reconcile()

    assert (live().get().rule, stage(sale), exceptions()) == ("by_hand", "paid_out", [])
    assert Match.objects.count() == 2
    clearing_proves_itself(books)


def test_undoing_a_bank_line_books_back_what_had_arrived(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    books.take_statement(statement([Entry(10000, "Gutschrift")]))
    books.reconcile()
    assert stage(sale) == "reconciled"

    undo_match(match_id=live().get(payout_id__isnull=False).id, reason="Rent from our tenant", now=books.now)
    books.reconcile()

    assert (Payout.objects.get().status, Payout.objects.get().arrived_minor, stage(sale)) == (
        "in_transit",
        0,
        "paid_out",
    )
    assert ledger.balance("bank") == {}
    assert ledger.balance("payouts_in_transit") == {"EUR": 10000}
    assert [kind for kind, _, _ in exceptions()] == ["missing_payout", "unexplained_bank_line"]
    clearing_proves_itself(books)

    line = StatementLine.objects.get()
    match_by_hand(
        sides=Sides(statement_line_id=line.id, payout_ids=[Payout.objects.get().id]), reason="No", now=books.now
    )
    books.reconcile()

    assert (exceptions(), stage(sale), ledger.balance("bank")) == ([], "reconciled", {"EUR": 10000})


def test_all_of_a_group_is_undone_together(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(6000, sale.reference), Row(4000, sale.reference)]))
    books.reconcile()

    undone = undo_match(match_id=live()[0].id, reason="No", now=books.now)

    assert len(undone) == 2
    assert not live().exists()
    assert exceptions() == []
    assert exceptions("cleared") == [("split", sale.reference, 0)]


def test_several_payments_by_hand_must_come_to_the_row(books):
    first, second = [an_authorised_payment(books.account, minor=minor) for minor in (3000, 4000)]
    books.take_report(report([Row(7000, "collected")]))
    books.reconcile()
    line = SettlementLine.objects.get(kind="sale")

    with pytest.raises(DoNotBelong):
        match_by_hand(
            sides=Sides([line.id], [first.id] * 1 + [an_authorised_payment(books.account, minor=5).id]),
            reason="",
            now=books.now,
        )
    assert not live().exists()
    match_by_hand(sides=Sides([line.id], [first.id, second.id]), reason="Both of them", now=books.now)
    books.reconcile()

    assert [(match.amount_minor, match.group_id is not None) for match in live().order_by("amount_minor")] == [
        (3000, True),
        (4000, True),
    ]
    assert [stage(sale) for sale in (first, second)] == ["paid_out"] * 2
    clearing_proves_itself(books)


def test_another_amount_by_hand_is_a_difference_and_not_lost(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(9900, "foreign")]))
    books.reconcile()

    match_by_hand(sides=Sides([SettlementLine.objects.get(kind="sale").id], [sale.id]), reason="Same", now=books.now)
    books.reconcile()

    assert exceptions() == [("amount", sale.reference, -100)]
    clearing_proves_itself(books)


def test_what_is_matched_or_decided_is_refused(books):
    sale, other = [an_authorised_payment(books.account, minor=10000) for _ in range(2)]
    books.take_report(report([Row(9900, sale.reference)]))
    books.reconcile()
    line = SettlementLine.objects.get(kind="sale")

    with pytest.raises(NotOpen):
        match_by_hand(sides=Sides([line.id], [other.id]), reason="", now=books.now)
    Deviation.objects.filter(kind="amount").update(status="resolved")
    with pytest.raises(MatchIsFixed):
        undo_match(match_id=line.id, reason="", now=books.now)

    assert live().get().operation_id == sale.id


@pytest.mark.django_db
def test_over_rest_a_match_is_made_undone_and_what_is_due_is_told(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    desk = Desk(Books(tmp_path))
    with desk.books.acting():
        sale = an_authorised_payment(desk.books.account, minor=10000)
        desk.books.take_report(report([Row(10000, "foreign")]))
        desk.books.reconcile()
        line = SettlementLine.objects.get(kind="sale")
    body = {"settlement_line_ids": [str(line.id)], "operation_ids": [str(sale.id)], "reason": "Same card, same minute"}

    made = desk.post("reconciliation/matches/", body)
    again = desk.post("reconciliation/matches/", body)
    undone = desk.post(f"reconciliation/matches/{line.id}/undo/", {"reason": "No"})
    due = desk.get("reconciliation/due-payouts/?from_date=2026-11-01&until_date=2026-11-30").json()["data"]

    assert (made.status_code, made.json()["data"][0]["rule"]) == (201, "by_hand")
    assert (again.status_code, again.json()["code"]) == (409, "already_matched")
    assert (undone.status_code, undone.json()["data"][0]["undone_at"] is not None) == (200, True)
    assert [(one["due_on"], one["announced"]["amount_minor"]) for one in due] == [("2026-11-21", 10000)]


def test_what_a_decision_bound_is_taken_back_with_the_decision_alone(books):
    books.take_statement(statement([Entry(10000, "Rent")]))
    books.reconcile()
    found = Deviation.objects.get(kind="unexplained_bank_line")
    decide(books, found, "book", account="commission")
    booked = ledger.balance("bank")

    with pytest.raises(MatchIsFixed):
        undo_match(match_id=live().get(rule="booked_by_hand").id, reason="Not rent", now=books.now)

    assert (live().count(), ledger.balance("bank"), booked) == (1, booked, {"EUR": 10000})
    services.undo(exception_id=found.id, note="Not rent", now=books.now)
    assert (live().count(), ledger.balance("bank")) == (0, {})


def test_a_link_is_taken_back_with_its_decision_alone(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, "nobody's")]))
    undo_match_of_every_row(books)
    found = Deviation.objects.get(kind="not_ours")
    services.decide(exception_id=found.id, choice=Choice("link", partner=str(sale.id)), role="owner", now=books.now)

    with pytest.raises(MatchIsFixed):
        undo_match(match_id=live().get().id, reason="Another's", now=books.now)

    assert live().get().operation_id == sale.id
    services.undo(exception_id=found.id, note="Another's", now=books.now)
    books.reconcile()
    assert not live().exists()
    clearing_proves_itself(books)


def undo_match_of_every_row(books):
    books.reconcile()
    for match in live():
        undo_match(match_id=match.id, reason="Not this one", now=books.now)
    books.reconcile()


@pytest.mark.parametrize("closed", ["report_id", "statement_id"])
def test_of_a_closed_batch_no_match_is_undone(books, closed):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    books.take_statement(statement([Entry(10000, "Gutschrift")]))
    books.reconcile()
    file, side = (ReportFile, "operation_id") if closed == "report_id" else (StatementFile, "payout_id")
    closing.close_batch(role="owner", **{closed: file.objects.get().id}, now=books.now)
    match = live().get(**{f"{side}__isnull": False})

    with pytest.raises(MatchIsFixed):
        undo_match(match_id=match.id, reason="Too late", now=books.now)

    assert (live().count(), stage(sale), ledger.balance("bank")) == (2, "reconciled", {"EUR": 10000})
