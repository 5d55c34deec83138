"""Customers' transfers find their orders by every reference they may quote, and what does not tie is seen on the order and here."""

from __future__ import annotations

import pytest

from merchant.ledger import queries as ledger
from orders.order.models import Order
from payments.reconciliation.matching.transfers import transfer_references
from payments.reconciliation.models import Match
from payments.records.models import Payment
from tests.clients import signed_in
from tests.factories import a_placed_order, a_staff_member
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_matching import exceptions


def captured(order):
    return Order.objects.get(id=order.id).captured_minor


def luhn_holds(digits):
    doubled = [int(digit) * (1 + number % 2) for number, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def rf_holds(reference):
    return int("".join(str(int(sign, 36)) for sign in reference[4:] + reference[:4])) % 97 == 1


def test_references_prove_themselves_by_the_standards_own_rules():
    said = transfer_references("K7M2QX9P")

    assert rf_holds(said["rf"])
    assert luhn_holds(said["ocr"])
    assert int(said["ocr"][-2]) == len(said["ocr"]) % 10


@pytest.mark.parametrize(
    "quoted",
    [
        lambda said: said["rf"],
        lambda said: " ".join(said["rf"][at : at + 4] for at in range(0, len(said["rf"]), 4)),
        lambda said: said["ocr"],
        lambda said: f"Thank you, order {said['number'][:4]} {said['number'][4:]}!",
    ],
)
def test_a_transfer_pays_the_order_it_names(books, quoted):
    order, other = [a_placed_order(books.merchant, minor=10000) for _ in range(2)]

    books.take_statement(statement([Entry(10000, quoted(transfer_references(order.number)))]))
    books.reconcile()
    again = books.reconcile()

    payment = Payment.objects.get()
    assert (payment.order_id, payment.method, payment.status) == (order.id, "bank_transfer", "captured")
    assert (captured(order), captured(other)) == (10000, 0)
    assert ledger.balance("bank", subject=str(books.bank.id)) == {"EUR": 10000}
    assert ledger.balance("clearing") == {}
    assert (exceptions(), again.transfers_taken) == ([], 0)


@pytest.mark.parametrize(("minor", "off"), [(9000, -1000), (10500, 500)])
def test_too_little_and_too_much_are_booked_as_they_came_and_named(books, minor, off):
    order = a_placed_order(books.merchant, minor=10000)

    books.take_statement(statement([Entry(minor, order.number)]))
    books.reconcile()

    assert captured(order) == minor
    assert exceptions() == [("amount", order.number, off)]


def test_the_rest_of_a_transfer_settles_the_difference(books):
    order = a_placed_order(books.merchant, minor=10000)
    books.take_statement(statement([Entry(9000, order.number)]))
    books.reconcile()

    books.take_statement(statement([Entry(9000, order.number), Entry(1000, f"rest {order.number}")]), "grown.xml")
    books.reconcile()

    assert captured(order) == 10000
    assert (exceptions(), exceptions("cleared")) == ([], [("amount", order.number, -1000)])


def test_one_transfer_for_two_orders_pays_both_only_if_it_is_what_they_owe(books):
    first, second = [a_placed_order(books.merchant, minor=minor) for minor in (10000, 2500)]
    both = f"{first.number} {second.number}"

    books.take_statement(statement([Entry(12400, both)]))
    books.reconcile()
    assert [(kind, minor) for kind, _, minor in exceptions()] == [("ambiguous", 12400)]
    assert not Payment.objects.exists()

    books.take_statement(statement([Entry(12400, both), Entry(12500, both)]), "grown.xml")
    books.reconcile()

    assert (captured(first), captured(second)) == (10000, 2500)
    assert (
        sorted(Match.objects.values_list("amount_minor", "part")) == [(2500, 1), (10000, 0)]
        or Match.objects.count() == 2
    )


def test_a_line_that_names_nobody_pays_nobody(books):
    a_placed_order(books.merchant, minor=10000)

    books.take_statement(statement([Entry(10000, "Thanks")]))
    books.reconcile()

    assert not Payment.objects.exists()
    assert [kind for kind, _, _ in exceptions()] == ["unexplained_bank_line"]


def test_the_slip_of_an_order_quotes_what_the_account_asks_for_and_the_paid_order_is_listed(books):
    order = a_placed_order(books.merchant, minor=10000)
    said = transfer_references(order.number)
    client = signed_in(a_staff_member(books.merchant))
    form = {str(books.bank.id): "ocr", "idempotency_key": "k"}

    before = client.get(f"/orders/{order.id}/transfer/").content.decode()
    saved = client.post("/transfers/references/", form)
    after = client.get(f"/orders/{order.id}/transfer/").content.decode()
    refused = client.post("/transfers/references/", {str(books.bank.id): "cheque", "idempotency_key": "l"})
    books.take_statement(statement([Entry(10000, said["ocr"])]))
    books.reconcile()
    listed = client.get("/transfers/?rule=transfer_ocr").content.decode()
    others = client.get("/transfers/?rule=transfer_rf").content.decode()

    assert (saved.status_code, refused.status_code) == (302, 422)
    assert before.index(said["rf"][:4]) < before.index(said["ocr"][:4])
    assert after.index(said["ocr"][:4]) < after.index(said["rf"][:4])
    assert (order.number in listed, order.number in others) == (True, False)
