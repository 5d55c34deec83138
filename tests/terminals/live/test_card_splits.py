"""A shared bill whose parts are paid by card on a simulated terminal: approved, declined, approved in part, and not known for a while."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.documents.models import Document
from orders.order.models import Order
from payments.records.models import Operation, Payment
from tests.terminals.live.conftest import wait_for

CARD = "card_present"


@pytest.fixture(autouse=True)
def ready(counter):
    """Every test begins with terminals that do nothing."""
    for serial in counter.terminals:
        counter.wait_for_state(serial, "ready")


class Bill:
    """An order of 40.00 that two share."""

    def __init__(self, counter: Any, parts: list[dict[str, Any]] | None = None, mode: str = "person") -> None:
        self.counter = counter
        self.order = counter.order(2)
        body = {"mode": mode, "parts": parts or [{"name": "Ann"}, {"name": "Bo"}]}
        made = counter.post(f"orders/{self.order['id']}/splits/", body, status=201)
        self.parts = [part["id"] for part in made["parts"]]

    def pay(self, part: int, minor: int, *, method: str = CARD, serial: str = "S1-1", status: int | None = None) -> Any:
        """Pay `minor` of a part."""
        body = {"method": method, "amount": {"amount_minor": minor, "currency": "EUR"}, "part_id": self.parts[part]}
        if method == CARD:
            body["terminal_id"] = str(self.counter.terminals[serial].id)
        expected = status or (202 if method == CARD else 201)
        return self.counter.post(f"orders/{self.order['id']}/payments/", body, status=expected)

    def dues(self) -> list[tuple[int, int]]:
        """What came for each part, and what it owes."""
        parts = self.counter.get(f"orders/{self.order['id']}/splits/")["parts"]
        return [(part["paid"]["amount_minor"], part["due"]["amount_minor"]) for part in parts]

    def wait_until_done(self) -> None:
        """Wait for the hand-over, then prove that order, receipt and payments agree."""
        counter = self.counter
        with acting_for(counter.merchant.id):
            wait_for(lambda: Order.objects.get(id=self.order["id"]).status == "completed", what="the hand-over")
            order = Order.objects.get(id=self.order["id"])
            [receipt] = Document.objects.filter(order=order, kind="receipt")
            taken = [row.captured_minor for row in Payment.objects.filter(order=order)]
            assert (order.captured_minor, sum(taken), receipt.total_minor) == (4000, 4000, 4000)
            assert sum(tender["amount_minor"] for tender in receipt.content["tenders"]) == 4000
            books = [ledger.balance(kind).get("EUR", 0) for kind in ("receivable", "prepayments")]
            assert books == [0, 0]

    def charged(self) -> list[int]:
        """What the processor says it took for this order."""
        with acting_for(self.counter.merchant.id):
            references = Operation.objects.filter(order_id=UUID(self.order["id"])).values_list("reference", flat=True)
        rows = [row for reference in references for row in self.counter.truth(reference)]
        return sorted(row["amount_minor"] for row in rows if row["status"] == "captured")


def test_each_pays_their_part_by_card_and_the_last_one_completes_the_order(counter):
    bill = Bill(counter)

    first = bill.pay(0, 2000)
    counter.wait_for_status(first["id"], "succeeded")
    assert bill.dues() == [(2000, 0), (0, 2000)]
    counter.wait_for_state("S1-1", "ready")
    second = bill.pay(1, 2000)
    counter.wait_for_status(second["id"], "succeeded")

    bill.wait_until_done()
    assert bill.charged() == [2000, 2000]


def test_a_declined_part_still_owes_all_of_it_and_is_paid_another_way(counter):
    bill = Bill(counter)
    counter.command("S1-1", "decline_next")

    asked = bill.pay(0, 2000)
    counter.wait_for_status(asked["id"], "declined")
    assert bill.dues() == [(0, 2000), (0, 2000)]
    bill.pay(0, 2000, method="cash")
    assert bill.dues() == [(2000, 0), (0, 2000)]
    counter.wait_for_state("S1-1", "ready")
    rest = bill.pay(1, 2000)
    counter.wait_for_status(rest["id"], "succeeded")

    bill.wait_until_done()
    assert bill.charged() == [2000]


def test_a_part_that_is_approved_in_part_owes_the_rest_and_nobody_else_does(counter):
    bill = Bill(counter, [{"name": "Ann", "amount_minor": 3000}, {"name": "Bo"}], mode="amount")
    counter.command("S1-1", "partial_next")

    asked = bill.pay(0, 3000)
    done = counter.wait_for_status(asked["id"], "succeeded")
    assert done.result_minor == 1500
    assert bill.dues() == [(1500, 1500), (0, 1000)]
    too_much = bill.pay(0, 2000, method="cash", status=409)
    assert too_much["code"] == "part_exceeded"
    bill.pay(0, 1500, method="cash")
    counter.wait_for_state("S1-1", "ready")
    rest = bill.pay(1, 1000)
    counter.wait_for_status(rest["id"], "succeeded")

    bill.wait_until_done()
    assert bill.charged() == [1000, 1500]


def test_while_a_part_is_not_known_nobody_pays_and_once_it_is_found_it_counts_once(counter):
    bill = Bill(counter)
    counter.command("S1-2", "drop_before_answer", seconds=3)

    asked = bill.pay(0, 2000, serial="S1-2")
    counter.wait_for_status(asked["id"], "unknown", "succeeded")
    if counter.operation(asked["id"]).status == "unknown":
        refused = bill.pay(1, 2000, method="cash", status=409)
        assert refused["code"] in ("payment_outcome_unknown", "payment_in_progress")
        again = bill.pay(0, 2000, status=409)
        # On a slow machine it is found in between, and then the part is paid.
        is_found = counter.operation(asked["id"]).status == "succeeded"
        assert again["code"] in ("payment_outcome_unknown", "payment_in_progress", *["part_exceeded"] * is_found)
    done = counter.wait_for_status(asked["id"], "succeeded", seconds=30)

    assert done.payment.captured_minor == 2000
    assert bill.dues() == [(2000, 0), (0, 2000)]
    over = bill.pay(0, 2000, method="cash", status=409)
    assert over["code"] == "part_exceeded"
    bill.pay(1, 2000, method="cash")

    bill.wait_until_done()
    assert bill.charged() == [2000]


def test_two_parts_cannot_be_on_two_terminals_at_once(counter):
    bill = Bill(counter)
    counter.command("S1-1", "no_card_next")
    first = bill.pay(0, 2000)
    counter.wait_for_state("S1-1", "in_payment")

    refused = bill.pay(1, 2000, serial="S1-2", status=409)

    assert refused["code"] == "payment_in_progress"
    assert bill.dues() == [(0, 2000), (0, 2000)]
    counter.post(f"terminals/{counter.terminals['S1-1'].id}/cancel/", {}, status=202)
    counter.wait_for_status(first["id"], "failed")
    assert bill.charged() == []
    counter.wait_for_state("S1-1", "ready")
    for part in (0, 1):
        asked = bill.pay(part, 2000)
        counter.wait_for_status(asked["id"], "succeeded")
        counter.wait_for_state("S1-1", "ready")
    bill.wait_until_done()
