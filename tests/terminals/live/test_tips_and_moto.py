"""Tips that customers add on the terminal, and cards keyed for somebody on the phone: from the simulated device to ledger, receipt and Z."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.documents import render
from orders.documents.models import Document
from payments.processing import stored_cards
from payments.records.models import Evidence, Operation, StoredCredential, TillEntry
from terminals.pos.shifts import drawing, figures
from tests.terminals.live.conftest import Counter, wait_for

SERIAL = "S1-1"


@pytest.fixture(autouse=True)
def ready(counter: Counter) -> None:
    """Every test begins with a terminal that does nothing."""
    counter.wait_for_state(SERIAL, "ready")


def asked_for(counter: Counter, **body: Any) -> Any:
    """Begin a card payment of 20.00 on the terminal, and return how it ended."""
    order = counter.order()
    amount = {"amount_minor": 2000, "currency": "EUR"}
    given = {"method": "card_present", "amount": amount, "terminal_id": str(counter.terminals[SERIAL].id), **body}
    asked = counter.post(f"orders/{order['id']}/payments/", given, status=202)
    done = counter.wait_for_status(asked["id"], "succeeded")
    wait_for(lambda: counter.operation(asked["id"]).payment.order.status == "completed", what="the hand-over")
    return done


def tips(counter: Counter) -> int:
    """What the books hold of tips."""
    with acting_for(counter.merchant.id):
        return -ledger.balance("tips").get("EUR", 0)


def of_the_next_z(counter: Counter) -> figures.Figures:
    with acting_for(counter.merchant.id), transaction.atomic():
        return figures.take_figures(figures.span_of(counter.register.id))


def test_a_tip_added_on_the_terminal_is_booked_printed_counted_and_can_be_given_back(counter: Counter) -> None:
    before, held = of_the_next_z(counter), tips(counter)
    counter.command(SERIAL, "tip_next", amount_minor=300)

    done = asked_for(counter, ask_tip=True)

    payment = done.payment
    assert (payment.captured_minor, payment.tip_minor, payment.order.captured_minor) == (2300, 300, 2000)
    assert [row["amount_minor"] for row in counter.truth(done.reference)] == [2300]
    assert tips(counter) == held + 300
    with acting_for(counter.merchant.id):
        receipt = Document.objects.get(order=payment.order, kind="receipt")
        [tender] = receipt.content["tenders"]
        assert (receipt.total_minor, tender["amount_minor"], tender["tip_minor"]) == (2000, 2300, 300)
        page = render.render(receipt, format_="html").body.decode()
        assert "Tip" in page
        assert "3.00" in page
    after = of_the_next_z(counter)
    assert [stat.label for stat in drawing.x_stats(after, "EUR")].count("Tips in the tenders") == 1
    assert (after.tips_minor - before.tips_minor, after.sales_minor - before.sales_minor) == (300, 2000)

    refund = counter.post(
        f"payments/{payment.id}/refunds/",
        {"amount": {"amount_minor": 2300, "currency": "EUR"}, "reason": "cold soup"},
        status=202,
    )
    counter.wait_for_status(refund["id"], "succeeded")

    assert tips(counter) == held
    assert of_the_next_z(counter).tips_minor == before.tips_minor
    with acting_for(counter.merchant.id):
        entries = TillEntry.objects.filter(order=payment.order, kind__in=["tender", "refund"]).order_by("id")
        assert list(entries.values_list("kind", "amount_minor", "tip_minor")) == [
            ("tender", 2300, 300),
            ("refund", -2300, -300),
        ]


def test_more_than_the_tip_cannot_be_given_back(counter: Counter) -> None:
    counter.command(SERIAL, "tip_next", amount_minor=300)
    done = asked_for(counter, ask_tip=True)
    held = tips(counter)

    refused = counter.post(
        f"payments/{done.payment_id}/refunds/",
        {"amount": {"amount_minor": 2301, "currency": "EUR"}, "reason": "cold soup"},
    )

    assert (refused["http_status"], refused["code"]) == (409, "refund_exceeds_captured")
    assert tips(counter) == held


def test_a_tip_nobody_asked_for_is_not_added(counter: Counter) -> None:
    counter.command(SERIAL, "tip_next", amount_minor=300)

    done = asked_for(counter)

    assert (done.payment.captured_minor, done.payment.tip_minor) == (2000, 0)


def test_a_card_keyed_for_somebody_on_the_phone_is_marked_and_claims_no_authentication(counter: Counter) -> None:
    done = asked_for(counter, moto=True, ask_tip=True)

    shown = counter.get(f"operations/{done.id}/")
    told = counter.http.get(
        f"{counter.sandbox_url}/v1/operations/{done.reference}", headers={"Authorization": "Bearer key-counter"}
    ).json()
    assert (done.payment.initiation, done.instrument["moto"], done.payment.captured_minor) == ("phone", True, 2000)
    assert shown["payment"]["initiation"] == "phone"
    assert told["initiator"] == "phone"
    with acting_for(counter.merchant.id):
        said = [row.data for row in Evidence.objects.filter(operation=done)]
        request = Operation.objects.get(id=done.id).instrument
    assert "sca" not in told
    assert not any("sca" in data for data in said)
    assert "ask_tip" not in request


def test_a_card_keyed_on_the_phone_is_never_stored(counter: Counter) -> None:
    done = asked_for(counter, moto=True)

    with acting_for(counter.merchant.id), pytest.raises(stored_cards.CardNotStorable):
        stored_cards.request_storing_of_payment(
            payment_id=done.payment_id, customer_id=None, text="Keep it.", consented_at=machine_now(), now=machine_now()
        )
    with acting_for(counter.merchant.id):
        assert not StoredCredential.objects.exists()
