"""Payouts that the bank shows only as sums, suggestions that nobody follows by himself, and statements that do not follow each other."""

from __future__ import annotations

from datetime import date

import pytest

from merchant.ledger import queries as ledger
from payments.reconciliation.models import Deviation, Match
from payments.settlement.models import Payout
from tests.factories import an_authorised_payment
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions
from tests.payments.settlement.reports import Row, report


@pytest.fixture
def weekend(books):
    """Three payouts of three days: 100.00, 25.00 and 9.99."""
    for number, minor in enumerate((10000, 2500, 999)):
        day = date(2026, 11, 18 + number)
        sale = an_authorised_payment(books.account, minor=minor, day=day)
        books.take_report(
            report([Row(minor, sale.reference)], batch=str(number), payout=f"po_2026111{number}", day=day),
            f"{number}.csv",
        )
    return books


def bank_matches():
    rows = Match.objects.filter(statement_line_id__isnull=False, undone_at=None)
    return sorted(rows.values_list("rule", "amount_minor", "part"))


def test_one_line_that_is_the_sum_of_payouts_brings_them_all(weekend):
    weekend.take_statement(statement([Entry(13499, "COLLECTED")]))
    weekend.reconcile()

    assert exceptions() == []
    assert bank_matches() == [("payouts_of_days", 999, 2), ("payouts_of_days", 2500, 1), ("payouts_of_days", 10000, 0)]
    assert set(Payout.objects.values_list("status", flat=True)) == {"in_bank"}
    assert ledger.balance("payouts_in_transit") == {}
    assert ledger.balance("bank", subject=str(weekend.bank.id)) == {"EUR": 13499}
    clearing_proves_itself(weekend)


def test_a_line_that_names_two_payouts_is_their_sum(weekend):
    weekend.take_statement(statement([Entry(10999, "po_20261110 and po_20261112"), Entry(2500, "po_20261111")]))
    weekend.reconcile()

    assert exceptions() == []
    assert [rule for rule, _, _ in bank_matches()] == ["payout_reference", "payout_references", "payout_references"]


def test_two_lines_with_the_same_sum_are_never_picked_from(weekend):
    weekend.take_statement(statement([Entry(12500, "A"), Entry(12500, "B")]))
    weekend.reconcile()

    assert bank_matches() == []
    assert [kind for kind, _, _ in exceptions()].count("ambiguous") == 2
    assert ledger.balance("bank") == {}


def test_a_payout_in_two_lines_of_one_day_is_their_sum(weekend):
    weekend.take_statement(statement([Entry(6000, "A"), Entry(4000, "B"), Entry(2500, "C"), Entry(999, "D")]))
    weekend.reconcile()

    assert [(kind, minor) for kind, _, minor in exceptions()] == []
    assert [rule for rule, _, _ in bank_matches()].count("lines_of_a_day") == 2


def test_a_close_amount_is_suggested_and_not_taken(weekend):
    weekend.take_statement(statement([Entry(9990, "Gutschrift")]))
    weekend.reconcile()

    found = Deviation.objects.get(kind="unexplained_bank_line")
    payout = Payout.objects.get(amount_minor=10000)
    assert (found.suggestions[0]["payout_id"], found.suggestions[0]["score"]) == (str(payout.id), 400)
    assert bank_matches() == []
    assert payout.status == "in_transit"


def test_a_small_line_is_not_suggested_for_the_rest_of_a_large_payout(weekend):
    payout = Payout.objects.get(amount_minor=10000)
    weekend.take_statement(
        statement([Entry(9900, f"PAYOUT {payout.reference}"), Entry(60, "Rent"), Entry(98, "Gutschrift")])
    )
    weekend.reconcile()

    suggested = {
        row.amount_minor: [one["payout_id"] for one in row.suggestions]
        for row in Deviation.objects.filter(kind="unexplained_bank_line")
    }
    # Of 1.00 that is still to come 0.98 is nearly all, and 0.60 is nothing.
    assert suggested == {60: [], 98: [str(payout.id)]}


def test_a_row_that_fits_nothing_has_the_nearest_payment_suggested(books):
    sale = an_authorised_payment(books.account, minor=10000, answer={"card_last4": "4242"})

    books.take_report(report([Row(9900, "foreign-1", last4="4242")]))
    books.reconcile()

    found = Deviation.objects.get(kind="not_ours")
    assert [(one["reference"], one["score"], one["why"]) for one in found.suggestions] == [
        (sale.reference, 550, ["amount_close", "day", "last4"])
    ]
    assert not Match.objects.exists()


def test_a_missing_statement_shows_as_the_difference_of_balances(books):
    books.take_statement(statement([Entry(500, "A")], day=date(2026, 11, 18)), "1.xml")
    books.take_statement(statement([Entry(300, "C")], day=date(2026, 11, 20), opening=700, number="3"), "3.xml")
    books.reconcile()
    assert ("statement_gap", "2026-11-18..2026-11-20", 200) in exceptions()

    books.take_statement(statement([Entry(200, "B")], day=date(2026, 11, 19), opening=500, number="2"), "2.xml")
    books.reconcile()

    assert [kind for kind, _, _ in exceptions()] == ["unexplained_bank_line"] * 3


def test_a_day_that_grew_is_no_gap(books):
    books.take_statement(statement([Entry(500, "A")]), "1.xml")
    books.take_statement(statement([Entry(500, "A"), Entry(300, "B")]), "2.xml")
    books.take_statement(statement([Entry(1, "C")], day=date(2026, 11, 22), opening=800, number="2"), "3.xml")
    books.reconcile()

    assert "statement_gap" not in [kind for kind, _, _ in exceptions()]
