"""Card payments at the counter through real processes: what the customer, the line and the processor can do to them."""

from __future__ import annotations

import os
import signal
import time

from django.db import connection

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.embedded import valkey
from merchant.ledger import queries as ledger
from orders.documents.models import Document
from payments.records.models import Operation
from terminals.card_present import sample_payments
from terminals.devices import services as devices
from terminals.devices.models import SamplePayment
from terminals.drivers.models import TerminalMessage
from tests.terminals.live.conftest import wait_for


def messages(counter, operation_id, category):
    with acting_for(counter.merchant.id):
        return list(TerminalMessage.objects.filter(operation_id=operation_id, category=category).order_by("id"))


def test_approved_card_pays_the_order_prints_the_receipt_and_frees_the_terminal(counter):
    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "succeeded")
    wait_for(lambda: counter.operation(asked["id"]).payment.order.status == "completed", what="the hand-over")
    assert done.payment.captured_minor == 2000
    assert done.payment.card_last4
    assert len(counter.truth(done.reference)) == 1
    with acting_for(counter.merchant.id):
        assert Document.objects.filter(order=done.payment.order, kind="receipt").count() == 1
        assert ledger.balance("clearing", subject=str(counter.account.id))
    counter.wait_for_state("S1-1", "ready")


def test_declined_card_charges_nothing_and_frees_order_and_terminal(counter):
    counter.command("S1-1", "decline_next")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "declined")
    assert done.decline_code == "do_not_honour"
    assert done.payment.captured_minor == 0
    assert done.payment.order.secured_minor == 0
    counter.wait_for_state("S1-1", "ready")


def test_partial_approval_is_a_payment_of_less_and_the_rest_stays_open(counter):
    counter.command("S1-1", "partial_next")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "succeeded")
    assert done.result_minor == 1000
    assert done.payment.order.secured_minor == 1000
    assert done.payment.order.status == "open"
    counter.wait_for_state("S1-1", "ready")


def test_second_till_is_refused_while_the_terminal_is_busy_and_nothing_is_stored(counter):
    counter.command("S1-1", "no_card_next")
    first = counter.pay("S1-1")
    counter.wait_for_state("S1-1", "in_payment")
    before = counter.payments()

    refused = counter.pay("S1-1", status=409)

    assert refused["code"] == "terminal_busy"
    assert counter.payments() == before
    counter.post(f"terminals/{counter.terminals['S1-1'].id}/cancel/", {}, status=202)
    counter.wait_for_status(first["id"], "failed")


def test_cancelled_before_the_card_is_not_charged(counter):
    counter.command("S1-2", "no_card_next")
    asked = counter.pay("S1-2")
    wait_for(lambda: counter.terminal("S1-2").step == "card", what="the card step")

    counter.post(f"terminals/{counter.terminals['S1-2'].id}/cancel/", {}, status=202)

    done = counter.wait_for_status(asked["id"], "failed")
    assert done.decline_code == "aborted"
    assert counter.truth(done.reference) == []
    counter.wait_for_state("S1-2", "ready")


def test_line_cut_between_approval_and_answer_is_unknown_then_resolved_by_asking_and_never_charged_twice(counter):
    counter.command("S1-2", "drop_before_answer", seconds=3)
    asked = counter.pay("S1-2")

    counter.wait_for_status(asked["id"], "unknown", "succeeded")
    refused = counter.pay("S1-2", status=409)
    done = counter.wait_for_status(asked["id"], "succeeded", seconds=20)

    assert refused["code"] == "terminal_busy"
    assert done.payment.captured_minor == 2000
    assert len(counter.truth(done.reference)) == 1
    assert len(messages(counter, done.id, "payment")) == 1
    counter.wait_for_state("S1-2", "ready")


def test_line_cut_before_the_card_is_resolved_when_the_terminal_is_back(counter):
    counter.command("S1-3", "no_card_next")
    asked = counter.pay("S1-3")
    wait_for(lambda: counter.terminal("S1-3").step == "card", what="the card step")
    counter.command("S1-3", "drop", seconds=1)
    counter.wait_for_status(asked["id"], "unknown")
    counter.wait_for_state("S1-3", "unknown")

    wait_for(lambda: counter.terminal("S1-3").is_connected, what="the terminal")
    counter.post(f"terminals/{counter.terminals['S1-3'].id}/cancel/", {}, status=202)

    done = counter.wait_for_status(asked["id"], "failed")
    assert counter.truth(done.reference) == []
    counter.wait_for_state("S1-3", "ready")


def test_power_cut_of_the_terminal_during_a_payment_ends_in_one_definite_outcome(counter):
    counter.command("S1-3", "no_card_next")
    asked = counter.pay("S1-3")
    wait_for(lambda: counter.terminal("S1-3").step == "card", what="the card step")

    counter.stop("terminals", signal.SIGKILL)
    counter.wait_for_status(asked["id"], "unknown", seconds=5)
    counter.start_terminals()

    done = counter.wait_for_status(asked["id"], "failed", "succeeded")
    assert len(counter.truth(done.reference)) == (1 if done.status == "succeeded" else 0)
    for serial in counter.terminals:
        counter.wait_for_state(serial, "ready")


def test_duplicate_answer_and_an_answer_to_something_else_change_nothing_more(counter):
    counter.command("S1-1", "duplicate_answer")
    counter.command("S1-1", "stray_answer")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "succeeded")
    counter.wait_for_state("S1-1", "ready")
    assert done.payment.captured_minor == 2000
    assert counter.operation(asked["id"]).payment.captured_minor == 2000
    assert len(counter.truth(done.reference)) == 1


def test_terminal_that_is_not_connected_is_refused_at_once(counter):
    counter.command("S1-2", "offline")
    counter.wait_for_state("S1-2", "offline", seconds=3)
    before = counter.payments()

    refused = counter.pay("S1-2", status=409)

    assert refused["code"] == "terminal_offline"
    assert counter.payments() == before
    counter.command("S1-2", "online")
    counter.wait_for_state("S1-2", "ready")


def test_killed_web_process_loses_no_payment_and_its_lines_are_known_to_be_gone(counter):
    counter.command("S1-1", "no_card_next")
    asked = counter.pay("S1-1")
    wait_for(lambda: counter.terminal("S1-1").step == "card", what="the card step")

    counter.stop("web", signal.SIGKILL)
    wait_for(lambda: not counter.terminal("S1-3").is_connected, seconds=8, what="the sweep")
    # The sweep lets one terminal go after the other.
    counter.wait_for_status(asked["id"], "unknown", seconds=8)
    counter.start_web()

    counter.wait_for_state("S1-3", "ready")
    wait_for(lambda: counter.terminal("S1-1").is_connected, what="the terminal")
    counter.post(f"terminals/{counter.terminals['S1-1'].id}/cancel/", {}, status=202)
    counter.wait_for_status(asked["id"], "failed")
    for serial in counter.terminals:
        counter.wait_for_state(serial, "ready")


def test_card_sale_goes_on_without_valkey(counter, own_valkey):
    os.kill(valkey.find_pid(places=own_valkey.places), signal.SIGKILL)
    wait_for(lambda: not valkey.answers(places=own_valkey.places), what="Valkey to be gone")
    try:
        asked = counter.pay("S1-1")
        done = counter.wait_for_status(asked["id"], "succeeded")
    finally:
        own_valkey.ensure_running()

    assert done.payment.captured_minor == 2000
    counter.wait_for_state("S1-1", "ready")


def test_sample_payment_passes_and_leaves_nothing_at_the_processor(counter):
    counter.wait_for_state("S1-3", "ready")
    with acting_for(counter.merchant.id):
        sample = sample_payments.start_sample(terminal_id=counter.terminals["S1-3"].id, now=machine_now())

        def finished():
            return SamplePayment.objects.filter(id=sample.id, finished_at__isnull=False).first()

        done = wait_for(finished, what="the sample")
    assert (done.is_passed, done.problem) == (True, "")
    assert [row["status"] for row in counter.truth(sample_payments.reference_of(sample))] == ["cancelled"]


def test_revoked_token_closes_the_line_within_a_second_and_keeps_it_closed(counter):
    with acting_for(counter.merchant.id):
        devices.revoke_terminal(terminal_id=counter.terminals["S1-3"].id, now=machine_now())
    began = time.monotonic()

    wait_for(lambda: not counter.terminal("S1-3").is_connected, seconds=5, what="the line to close")

    assert time.monotonic() - began < 1.5
    time.sleep(1)
    assert not counter.terminal("S1-3").is_connected
    connection.close()
    with acting_for(counter.merchant.id):
        assert not Operation.objects.filter(status__in=["requested", "submitted", "unknown"]).exists()
