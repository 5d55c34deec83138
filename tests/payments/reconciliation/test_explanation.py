"""Explain this cent: a bank line down to the receipts and a payment up to the bank, to the minor unit, in as many statements for one row as for many."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.core import db
from payments.reconciliation.explanation import queries as explanation
from payments.reconciliation.models import StatementLine
from payments.settlement.models import Payout, ReportFile
from reports.exports.formats import payouts
from reports.exports.formats.base import Narrowed
from tests.clients import signed_in
from tests.factories import a_refund, a_staff_member, an_authorised_payment
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import DAY, Row, report

pytestmark = pytest.mark.django_db


def settled(books, rows, *, number="1", arrives=None, day=date(2026, 11, 20), **how):
    """Take a report of `rows` and the statement that brings its payout."""
    payout = f"po_payout_{number}"
    books.take_report(report(rows, batch=number, payout=payout, day=day, **how), name=f"{number}.csv")
    found = Payout.objects.get(reference=payout)
    minor = found.amount_minor if arrives is None else arrives
    books.take_statement(
        statement([Entry(minor, text=f"Payout {payout}", reference=f"bank-{number}")], number=number),
        name=f"{number}.xml",
    )
    books.reconcile()
    return Payout.objects.get(id=found.id)


def ties(found):
    """Whether all that is told of a payout adds up."""
    rows, lines = found.rows, found.lines
    return (
        found.unexplained_minor == 0
        and sum(found.steps.values()) == found.payout["amount_minor"]
        and sum(row["net_minor"] for row in rows)
        == sum(line["net_minor"] for line in lines) + found.lines_left_out["net_minor"]
        and sum(row["number"] for row in rows) == len(lines) + found.lines_left_out["number"]
    )


def test_a_bank_line_is_its_payout_its_rows_and_their_payments(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500)]
    refund = a_refund(sales[0], minor=1000)
    rows = [
        Row(10000, sales[0].reference, fee=165), Row(2500, sales[1].reference, fee=60), Row(-1000, refund.reference, type="refund"),
        Row(-700, "held", type="reserve_hold"), Row(0, "account", type="fee", fee=90),
    ]  # fmt: skip
    payout = settled(books, rows)
    line = StatementLine.objects.get()

    found = explanation.explain_bank_line(line.id)

    [part] = found.parts
    inside = found.payouts[payout.id]
    assert (part["kind"], part["amount_minor"], found.unexplained_minor) == ("payout", payout.amount_minor, 0)
    assert inside.steps == {"gross": 12500, "refunds": -1000, "disputes": 0, "reserve": -700, "other": 0, "fees": -315}
    assert ties(inside)
    assert {(row["reference"], row["payment_id"]) for row in inside.lines if row["kind"] in ("sale", "refund")} == {
        (sales[0].reference, sales[0].payment_id), (sales[1].reference, sales[1].payment_id), (refund.reference, sales[0].payment_id),
    }  # fmt: skip


def test_a_payment_is_explained_up_to_the_bank(books):
    sale = an_authorised_payment(books.account, minor=10000)
    waiting = an_authorised_payment(books.account, minor=500)
    payout = settled(books, [Row(10000, sale.reference, fee=165)])

    found, open_ = explanation.explain_payment(sale.payment_id), explanation.explain_payment(waiting.payment_id)

    assert found.sums == [{"currency": "EUR", "gross_minor": 10000, "fees_minor": 165, "net_minor": 9835}]
    assert [row["id"] for row in found.payouts] == [payout.id]
    assert [(row["id"], row["amount_minor"]) for row in found.bank_lines] == [(StatementLine.objects.get().id, 9835)]
    assert (found.not_settled_minor, open_.not_settled_minor, open_.sums, open_.bank_lines) == (0, 500, [], [])


def test_a_short_payout_says_what_is_missing_and_still_ties(books):
    sale = an_authorised_payment(books.account, minor=10000)
    payout = settled(books, [Row(10000, sale.reference)], arrives=9000)

    found = explanation.explain_bank_line(StatementLine.objects.get().id)

    assert (found.unexplained_minor, found.payouts[payout.id].unexplained_minor) == (0, 0)
    assert (payout.amount_minor, payout.arrived_minor) == (10000, 9000)


def test_every_payout_of_random_days_is_explained_to_the_cent(books):
    chance = random.Random(20261122)
    for number in range(1, 7):
        day = date(2026, 11, 10 + number)
        rows = []
        for _ in range(chance.randint(1, 8)):
            sale = an_authorised_payment(books.account, minor=chance.randint(100, 90000), day=day)
            rows.append(Row(sale.amount_minor, sale.reference, fee=chance.randint(0, 900)))
            if chance.random() < 0.3:
                back = a_refund(sale, minor=chance.randint(1, sale.amount_minor), day=day)
                rows.append(Row(-back.amount_minor, back.reference, type="refund", fee=chance.choice((0, 25))))
        rows += [
            Row(chance.randint(-500, 500), f"{kind}-{number}", type=kind) for kind in ("adjustment", "reserve_hold", "chargeback") if chance.random() < 0.5
        ]  # fmt: skip
        rows.append(Row(0, f"fee-{number}", type="fee", fee=chance.randint(1, 300)))
        settled(books, rows, number=str(number), day=day)

    explained = [explanation.explain_payout(payout.id) for payout in Payout.objects.all()]
    lines = [explanation.explain_bank_line(line.id) for line in StatementLine.objects.all()]

    assert len(explained) == 6
    assert all(ties(one) for one in explained)
    assert [one.unexplained_minor for one in lines] == [0] * 6


def test_a_batch_that_pays_out_twice_shares_its_rows(books):
    sale = an_authorised_payment(books.account, minor=10000)
    rows = [Row(10000, sale.reference), Row(-6000, "a", type="payout"), Row(-4000, "b", type="payout")]
    data = report(rows, paid=False).decode().splitlines()
    named = [
        line[:-1] + ",po_first" if ",-60.00," in line else line[:-1] + ",po_second" if ",-40.00," in line else line
        for line in data
    ]
    books.take_report(("\n".join(named) + "\n").encode())

    first, second = [
        explanation.explain_payout(Payout.objects.get(reference=name).id) for name in ("po_first", "po_second")
    ]

    assert (first.steps["gross"], first.steps["other"], first.unexplained_minor) == (10000, -4000, 0)
    assert (second.steps["other"], second.unexplained_minor) == (-6000, 0)


def test_one_row_and_many_take_as_many_statements(books):
    def statements(ask):
        with CaptureQueriesContext(connection) as asked:
            ask()
        return len(asked)

    one = settled(books, [Row(100, an_authorised_payment(books.account, minor=100).reference)])
    few = statements(lambda: explanation.explain_payout(one.id))
    sales = [an_authorised_payment(books.account, minor=100 + number) for number in range(12)]
    many = settled(books, [Row(sale.amount_minor, sale.reference) for sale in sales], number="2")
    line = StatementLine.objects.order_by("-id").first()

    assert statements(lambda: explanation.explain_payout(many.id)) == few == 4
    assert statements(lambda: explanation.explain_bank_line(line.id)) == 6
    assert statements(lambda: explanation.explain_payment(sales[0].payment_id)) == 5


def test_rows_are_paged_and_sums_still_tie(books):
    sales = [an_authorised_payment(books.account, minor=1000 + number) for number in range(5)]
    payout = settled(books, [Row(sale.amount_minor, sale.reference, fee=7) for sale in sales])

    first = explanation.explain_payout(payout.id, most=2)
    second = explanation.explain_payout(payout.id, after=first.lines[-1]["line_id"], most=10)

    assert ties(first)
    assert ties(second)
    assert len(first.lines) + len(second.lines) == 6
    assert not {line["line_id"] for line in first.lines} & {line["line_id"] for line in second.lines}


def test_from_the_bank_to_the_payment_and_back_on_pages_and_over_rest(books):
    sale = an_authorised_payment(books.account, minor=10000)
    payout = settled(books, [Row(10000, sale.reference, fee=165)])
    line = StatementLine.objects.get()
    accountant = signed_in(a_staff_member(books.merchant, role="accountant"))

    def page(address):
        answer = accountant.get(address)
        assert answer.status_code == 200, answer.content
        return answer.content.decode()

    assert f'href="/bank-lines/{line.id}/"' in page(f"/imports/statements/{line.statement_id}/")
    assert f'href="/payouts/{payout.id}/"' in page(f"/bank-lines/{line.id}/")
    inside = page(f"/payouts/{payout.id}/")
    assert f'href="/payments/{sale.payment_id}/"' in inside
    assert f'href="/bank-lines/{line.id}/"' in inside
    up = page(f"/payments/{sale.payment_id}/")
    assert f'href="/payouts/{payout.id}/"' in up
    assert f'href="/bank-lines/{line.id}/"' in up

    told = accountant.get(f"/api/v1/bank-lines/{line.id}/explanation/").json()
    [part] = told["parts"]
    assert told["unexplained_minor"] == part["payout"]["unexplained_minor"] == part["payout"]["not_arrived_minor"] == 0
    assert sum(step["amount_minor"] for step in part["payout"]["steps"]) == part["amount_minor"] == 9835
    assert [row["payment_id"] for row in part["payout"]["lines"] if row["kind"] == "sale"] == [str(sale.payment_id)]
    assert accountant.get(f"/api/v1/payouts/{payout.id}/explanation/").json()["lines"] == part["payout"]["lines"]
    assert accountant.get(f"/api/v1/payments/{sale.payment_id}/explanation/").json()["bank_lines"][0]["id"] == str(
        line.id
    )
    assert accountant.get("/api/v1/bank-lines/").json()["data"][0]["id"] == str(line.id)


def test_the_rows_of_a_payout_are_a_file(books):
    sale = an_authorised_payment(books.account, minor=10000)
    payout = settled(books, [Row(10000, sale.reference, fee=165)])

    lines, all_ = payouts.build_lines(Narrowed({"payout": str(payout.id)})), payouts.build(Narrowed({}))

    assert db.rows(lines.totals, lines.parameters) == [("EUR", 2, "10000", "165", "9835")]
    assert db.rows(all_.totals, all_.parameters) == [("EUR", 1, "9835", "9835")]


def test_a_payout_whose_rows_stand_in_two_reports_is_explained_by_both(books):
    early, late = an_authorised_payment(books.account, minor=3000), an_authorised_payment(books.account, minor=4500)
    for number, sale in enumerate((early, late), start=1):
        data = report([Row(sale.amount_minor, sale.reference)], batch=str(number), paid=False)
        books.take_report(data.replace(b",\n", b",po_both\n"), name=f"{number}.csv")
    books.reconcile()
    second = ReportFile.objects.get(name="2.csv")
    payout = Payout.objects.create(
        gateway_account=books.account,
        report=second,
        reference="po_both",
        currency="EUR",
        amount_minor=7500,
        announced_on=DAY,
        expected_on=DAY,
    )

    found = explanation.explain_payout(payout.id)

    assert ties(found)
    assert {line["payment_id"] for line in found.lines} == {early.payment_id, late.payment_id}
