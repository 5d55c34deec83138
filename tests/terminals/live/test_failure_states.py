"""The fifteen states that every terminal integration must survive, each at a simulated terminal over its websocket, with what cashier and wall are told."""

from __future__ import annotations

import base64
import json
import secrets
import signal
from datetime import timedelta

import pytest

from merchant.accounts.approvals.services import ApprovalNeeded
from merchant.core.clock import business_now, machine_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from payments.gateways.base import Outcome
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import secret_context
from payments.processing import overriding
from payments.processing.look_ups import look_up_now
from payments.reconciliation import services as reconciliation
from payments.records.models import Evidence, Operation
from payments.records.services import apply_result
from payments.settlement import services as settlement
from terminals.card_present.settings import Level, change_settings
from terminals.drivers.models import TerminalMessage
from tests.terminals.live.conftest import wait_for

NOT_AGAIN = "Do not charge again."


@pytest.fixture(autouse=True)
def ready(counter):
    """Every test begins with terminals that do nothing."""
    for serial in counter.terminals:
        counter.wait_for_state(serial, "ready")


def at_step(counter, serial, step):
    wait_for(lambda: counter.terminal(serial).step == step, what=f"the step {step}")


def cancel(counter, serial):
    counter.post(f"terminals/{counter.terminals[serial].id}/cancel/", {}, status=202)


def evidence(counter, operation_id, source):
    with acting_for(counter.merchant.id):
        return list(Evidence.objects.filter(operation_id=operation_id, source=source).order_by("id"))


def paid_once(counter, done, minor=2000):
    assert done.payment.captured_minor == minor
    assert [row["status"] for row in counter.truth(done.reference)] == ["captured"]


def not_paid(counter, done):
    assert done.payment.captured_minor == 0
    assert done.payment.order.secured_minor == 0
    assert "captured" not in [row["status"] for row in counter.truth(done.reference)]


def test_1_a_request_that_never_reached_the_terminal_fails_for_certain_within_half_a_minute(counter):
    counter.command("S1-1", "lose_request")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "failed", seconds=30)
    assert done.decline_code == "never_arrived"
    not_paid(counter, done)
    assert "Nothing was charged" in counter.words(asked["id"])["text"]


def test_2_a_terminal_that_falls_silent_in_a_payment_is_passed_over_and_the_bank_tells(counter):
    asked = counter.pay("S1-2")
    at_step(counter, "S1-2", "card")

    counter.control("POST", "accounts/counter/faults", {"faults": [{"kind": "status_down", "seconds": 40}]})
    counter.command("S1-2", "freeze", seconds=60)

    counter.wait_for_status(asked["id"], "unknown")
    assert counter.words(asked["id"])["warning"] == NOT_AGAIN
    assert NOT_AGAIN in counter.tile("S1-2")
    refused = counter.pay("S1-2", status=409)
    assert refused["code"] == "terminal_busy"
    assert "outcome is unknown" in refused["detail"]
    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))


def test_3_an_answer_after_our_time_is_found_by_asking_and_counts_once_when_it_comes(counter):
    with acting_for(counter.merchant.id):
        level = Level(terminal_id=counter.terminals["S1-3"].id)
        change_settings(level=level, changes={"answer_seconds": 15}, now=machine_now())
    counter.command("S1-3", "late_answer", seconds=20)
    before = counter.events("S1-3").count("answered_again")

    asked = counter.pay("S1-3")

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded", seconds=19))
    wait_for(lambda: counter.events("S1-3").count("answered_again") > before, what="the late answer")
    paid_once(counter, counter.operation(asked["id"]))
    with acting_for(counter.merchant.id):
        change_settings(level=level, changes={"answer_seconds": None}, now=machine_now())


def test_4_and_5_a_duplicate_answer_and_one_to_another_message_change_nothing_more(counter):
    counter.command("S1-1", "duplicate_answer")
    counter.command("S1-1", "stray_answer")

    asked = counter.pay("S1-1")

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
    wait_for(lambda: "answered_again" in counter.events("S1-1"), what="the duplicate")
    assert "stray_answer" in counter.events("S1-1")
    paid_once(counter, counter.operation(asked["id"]))


def test_5_an_answer_that_names_another_payment_is_not_believed_until_the_bank_confirms_ours(counter):
    counter.command("S1-1", "other_reference_next")

    asked = counter.pay("S1-1")

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
    [first, *_] = evidence(counter, asked["id"], "terminal")
    assert (first.outcome, first.data["problem"]) == ("unknown", "not_what_was_asked")
    assert "amount_differs" in counter.events("S1-1")


def test_6_a_relay_that_is_killed_during_a_payment_loses_nothing(counter):
    counter.command("S1-2", "late_answer", seconds=3)
    asked = counter.pay("S1-2")
    at_step(counter, "S1-2", "card")

    counter.stop("relay", signal.SIGKILL)
    counter.start("relay", ["manage.py", "relay"])

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))


def test_6_a_relay_killed_before_the_terminal_had_the_request_leaves_a_definite_no_within_seconds(counter):
    counter.stop("relay")
    mark = counter.folder / "reached"
    counter.start("relay", ["manage.py", "relay"], CRASH_POINT="S4", CRASH_MARK=str(mark))
    asked = counter.pay("S1-1")
    counter.children.pop("relay").wait(timeout=60)
    assert counter.operation(asked["id"]).status == "submitted"
    with acting_for(counter.merchant.id):
        assert not TerminalMessage.objects.filter(operation_id=asked["id"]).exists()

    counter.start("relay", ["manage.py", "relay"])

    done = counter.wait_for_status(asked["id"], "failed")
    assert done.decline_code == "not_sent"
    assert done.finished_at - done.submitted_at < timedelta(seconds=30)
    assert counter.truth(done.reference) == []
    assert "Nothing was charged" in counter.words(asked["id"])["text"]


def test_7_a_second_till_is_told_who_has_the_terminal_and_nothing_is_stored(counter):
    counter.command("S1-1", "no_card_next")
    order = counter.order()
    first = counter.pay("S1-1", order=order)
    before = counter.payments()

    refused = counter.pay("S1-1", status=409)

    assert refused["code"] == "terminal_busy"
    assert refused["data"]["order_number"] == counter.operation(first["id"]).payment.order.number
    assert counter.register.name in refused["detail"]
    assert refused["data"]["operation_id"] == first["id"]
    assert counter.payments() == before
    cancel(counter, "S1-1")
    counter.wait_for_status(first["id"], "failed")


def test_7_a_terminal_that_is_busy_by_itself_has_charged_nothing(counter):
    counter.command("S1-1", "busy_next")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "failed")
    assert done.decline_code == "busy"
    assert counter.truth(done.reference) == []


def test_8_a_cancel_that_crosses_the_approval_leaves_the_payment_standing_and_says_so(counter):
    counter.command("S1-2", "late_answer", seconds=3)
    asked = counter.pay("S1-2")
    reference = counter.operation(asked["id"]).reference
    wait_for(lambda: counter.truth(reference), what="the bank's yes")

    cancel(counter, "S1-2")
    assert counter.words(asked["id"])["code"] == "cancel_asked"

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
    told = counter.words(asked["id"])
    assert told["code"] == "approved_after_cancel"
    assert "refund" in told["next_step"]


def test_9_approved_without_a_printed_receipt_is_approved_and_staff_are_told(counter):
    counter.command("S1-3", "receipt_fails")

    asked = counter.pay("S1-3")

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
    assert counter.words(asked["id"])["code"] == "approved_without_receipt"
    assert "no_receipt" in counter.events("S1-3")


def test_9_a_terminal_without_paper_goes_on_taking_cards_and_the_wall_says_print_elsewhere(counter):
    counter.command("S1-3", "fault", fault="paper_out")
    wait_for(lambda: counter.terminal("S1-3").fault == "paper_out", what="the fault")

    asked = counter.pay("S1-3")

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
    assert counter.words(asked["id"])["code"] == "approved_without_receipt"
    assert "The paper is out" in counter.tile("S1-3")
    health = counter.get(f"terminals/{counter.terminals['S1-3'].id}/health/")
    assert "paper_out" in [trouble["code"] for trouble in health["troubles"]]
    counter.command("S1-3", "fault", fault="")
    wait_for(lambda: counter.terminal("S1-3").fault == "", what="the new roll")


def test_10_a_partial_approval_pays_its_part_and_the_cashier_is_told_the_rest_is_open(counter):
    counter.command("S1-1", "partial_next")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "succeeded")
    assert (done.result_minor, done.payment.order.secured_minor) == (1000, 1000)
    told = counter.words(asked["id"])
    assert told["code"] == "approved_partly"
    assert "10.00" in told["text"]
    assert "20.00" in told["text"]


def test_10_an_approval_the_terminal_tells_wrongly_counts_as_the_bank_has_it(counter):
    for by_minor in (1, -500):
        counter.command("S1-1", "say_amount_next", by_minor=by_minor)

        asked = counter.pay("S1-1")

        paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
        assert evidence(counter, asked["id"], "terminal")[0].outcome == "unknown"
        counter.wait_for_state("S1-1", "ready")


def test_10_more_taken_than_was_asked_is_never_paid_and_waits_for_a_person_at_once(counter):
    counter.command("S1-2", "key_amount_next", by_minor=500)

    asked = counter.pay("S1-2")

    counter.wait_for_status(asked["id"], "unknown")
    wait_for(lambda: counter.operation(asked["id"]).looks > 0, what="the first look")
    held = counter.operation(asked["id"])
    assert (held.status, held.decline_code, held.payment.order.secured_minor) == ("unknown", "amount_differs", 0)
    assert counter.words(asked["id"])["code"] == "amount_differs"
    assert "something else than was asked" in counter.tile("S1-2")
    assert counter.pay("S1-2", status=409)["code"] == "terminal_busy"
    with acting_for(counter.merchant.id):
        assert held.id in [row.id for row in overriding.list_unresolved(stores=None, is_for_people=True)]
        with pytest.raises(ApprovalNeeded):
            overriding.override(
                operation_id=held.id, is_paid=True, reason="slip seen", approval_id=None, now=machine_now()
            )
        now = business_now(counter.merchant.id)
        apply_result(operation_id=held.id, outcome=Outcome(status="failed"), source="person", now=now)


def test_11_a_terminal_that_restarts_in_a_payment_ends_in_one_definite_outcome(counter):
    counter.command("S1-3", "no_card_next")
    asked = counter.pay("S1-3")
    at_step(counter, "S1-3", "card")

    counter.command("S1-3", "reboot")

    done = counter.wait_for_status(asked["id"], "failed")
    not_paid(counter, done)


@pytest.mark.parametrize(
    ("command", "options", "detail"),
    [
        ("updating", {}, "installing an update"),
        ("needs_care", {"note": "Lid is <b>open</b>"}, "Lid is <b>open</b>"),
        ("needs_care", {"fault": "tamper"}, "tried to open it"),
    ],
)
def test_11_a_terminal_in_maintenance_is_refused_and_told_in_its_own_words(counter, command, options, detail):
    counter.command("S1-3", command, **options)
    counter.wait_for_state("S1-3", command)
    before = counter.payments()

    refused = counter.pay("S1-3", status=409)

    assert refused["code"] == "terminal_not_ready"
    assert detail in refused["detail"]
    assert counter.payments() == before
    assert "<b>open</b>" not in counter.tile("S1-3")
    counter.command("S1-3", "ready")


def test_11_a_terminal_without_a_line_is_refused_at_once(counter):
    counter.command("S1-2", "offline")
    counter.wait_for_state("S1-2", "offline")

    assert counter.pay("S1-2", status=409)["code"] == "terminal_offline"

    assert "No connection" in counter.tile("S1-2")
    counter.command("S1-2", "online")


def test_12_a_wrong_pin_is_typed_again_and_shown_while_it_lasts(counter):
    counter.command("S1-1", "wrong_pin_next", tries=2)

    asked = counter.pay("S1-1")

    wait_for(lambda: "Wrong PIN" in counter.tile("S1-1"), what="the second try on the wall")
    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))


def test_12_a_pin_that_stays_wrong_is_a_no(counter):
    counter.command("S1-1", "wrong_pin_next", tries=3)

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "declined")
    assert done.decline_code == "wrong_pin"
    not_paid(counter, done)
    assert "PIN was wrong" in counter.words(asked["id"])["text"]


def test_12_a_signature_is_asked_for_on_the_wall_and_at_the_till(counter):
    counter.command("S1-1", "sign_next")

    asked = counter.pay("S1-1")

    at_step(counter, "S1-1", "signature")
    assert "compare it with the card" in counter.words(asked["id"])["text"]
    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))


def test_12_a_card_taken_out_too_early_has_charged_nothing(counter):
    counter.command("S1-1", "card_removed_next")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "failed")
    assert done.decline_code == "card_removed"
    assert counter.truth(done.reference) == []
    assert "taken out too early" in counter.words(asked["id"])["text"]


@pytest.mark.parametrize(
    ("token", "status"), [("tok_timeout_landed", "succeeded"), ("tok_timeout_not_landed", "failed")]
)
def test_a_bank_that_does_not_answer_the_terminal_leaves_it_unknown_until_it_is_asked(counter, token, status):
    counter.command("S1-2", "card_next", token=token)

    asked = counter.pay("S1-2")

    done = counter.wait_for_status(asked["id"], status)
    assert done.payment.captured_minor == (2000 if status == "succeeded" else 0)
    assert [row["status"] for row in counter.truth(done.reference)].count("captured") == (status == "succeeded")


def test_14_a_webhook_before_the_terminals_answer_pays_once(counter):
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    keys = {"api_key": "key-counter", "terminal_key": "terminal-counter", "webhook_secret": secret}
    with acting_for(counter.merchant.id):
        sealed = vault.seal(json.dumps(keys), context=secret_context(counter.account.id))
        GatewayAccount.objects.filter(id=counter.account.id).update(secret=sealed)
    url = f"http://127.0.0.1:{counter.web_port}/webhooks/sandbox/{counter.account.id}/"
    counter.control("POST", "accounts", {"account": "counter", "webhook_url": url, "webhook_secrets": [secret]})
    counter.command("S1-1", "late_answer", seconds=6)
    before = counter.events("S1-1").count("approved")

    asked = counter.pay("S1-1")

    paid_once(counter, counter.wait_for_status(asked["id"], "succeeded"))
    assert [found.changed_status for found in evidence(counter, asked["id"], "webhook")][:1] == [True]
    wait_for(lambda: counter.events("S1-1").count("approved") > before, what="the terminal's own answer")
    paid_once(counter, counter.operation(asked["id"]))
    counter.control("POST", "accounts", {"account": "counter", "webhook_url": "", "webhook_secrets": []})


def test_15_a_wrong_clock_moves_no_payment_to_another_day_and_is_told(counter):
    counter.command("S1-1", "wrong_clock", seconds=-200_000)
    wait_for(lambda: counter.terminal("S1-1").clock_offset_seconds, what="the wrong clock")

    asked = counter.pay("S1-1")

    done = counter.wait_for_status(asked["id"], "succeeded")
    paid_once(counter, done)
    assert abs(done.landed_at - done.finished_at) < timedelta(seconds=60)
    assert "clock_wrong" in counter.events("S1-1")
    assert "clock is wrong" in counter.tile("S1-1")
    counter.command("S1-1", "wrong_clock", seconds=0)
    wait_for(lambda: counter.terminal("S1-1").clock_offset_seconds == 0, what="the right clock")


def test_a_text_for_the_customer_reaches_the_display_as_it_was_typed(counter):
    text = "Back in <5> minutes, Ångström"
    counter.post(f"terminals/{counter.terminals['S1-1'].id}/display/", {"text": text}, status=202)

    wait_for(lambda: counter.described("S1-1")["display"] == text, what="the text")


def test_a_tablet_that_forgot_everything_finds_its_open_payment_by_its_till(counter):
    counter.command("S1-1", "no_card_next")
    asked = counter.pay("S1-1")
    at_step(counter, "S1-1", "card")

    [found] = counter.get(f"terminal-payments/?register_id={counter.register.id}")["results"]

    assert (found["operation_id"], found["status"]) == (asked["id"], "submitted")
    assert found["words"]["text"] == "Waiting for card"
    cancel(counter, "S1-1")
    counter.wait_for_status(asked["id"], "failed")
    assert counter.get("terminal-payments/")["results"] == []


def test_settings_reach_the_device_and_are_pending_until_it_says_so(counter):
    terminal = counter.terminals["S1-2"]
    counter.command("S1-2", "ignore_settings")
    with acting_for(counter.merchant.id):
        level = Level(store_id=counter.store.id)
        change_settings(level=level, changes={"card_seconds": 15, "standby_text": "Hej!"}, now=machine_now())

    wait_for(lambda: counter.described("S1-1")["settings"].get("standby_text") == "Hej!", what="the settings")
    settings = {row["name"]: row for row in counter.get(f"terminals/{terminal.id}/settings/")["settings"]}
    assert (settings["card_seconds"]["value"], settings["card_seconds"]["from"]) == (15, "store")
    assert settings["card_seconds"]["is_pending"]
    health = counter.get(f"terminals/{terminal.id}/health/")
    assert "settings_pending" in [trouble["code"] for trouble in health["troubles"]]

    counter.command("S1-2", "drop", seconds=1)

    wait_for(lambda: counter.described("S1-2")["settings"].get("card_seconds") == 15, what="the settings")
    wait_for(lambda: not counter.get(f"terminals/{terminal.id}/settings/")["is_pending"], what="its word")
    counter.wait_for_state("S1-2", "ready")
    counter.command("S1-2", "no_card_next")
    asked = counter.pay("S1-2")
    assert counter.wait_for_status(asked["id"], "failed", seconds=40).decline_code == "cancel"


def test_13_approved_at_the_bank_and_unknown_to_us_is_found_by_the_settlement(counter):
    counter.control("POST", "accounts/counter/faults", {"faults": [{"kind": "status_down", "seconds": 3600}]})
    counter.command("S1-3", "drop_before_answer", seconds=3600)
    asked = counter.pay("S1-3")
    counter.wait_for_status(asked["id"], "unknown")
    counter.stop("relay")
    later = counter.control("GET", "accounts/counter")["business_date"]

    counter.control("POST", "accounts/counter/close-day", {"date": later})
    with acting_for(counter.merchant.id):
        settlement.request_fetch(account_id=counter.account.id)
        for _ in range(2):
            for job_id in Job.objects.filter(status="queued").values_list("id", flat=True):
                jobs.run(job_id)
        reconciliation.reconcile(now=business_now(counter.merchant.id) + timedelta(days=2))

    done = counter.operation(asked["id"])
    assert (done.status, done.payment.captured_minor) == ("succeeded", 2000)
    assert evidence(counter, asked["id"], "report")[0].changed_status
    counter.start("relay", ["manage.py", "relay"])
    counter.command("S1-3", "online")
    counter.wait_for_state("S1-3", "ready")
    with acting_for(counter.merchant.id):
        assert not Operation.objects.filter(status__in=["requested", "submitted", "unknown"]).exists()
        look_up_now(operation_id=done.id)
