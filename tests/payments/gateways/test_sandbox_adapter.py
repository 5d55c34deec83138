"""How the sandbox processor's answers and silences are read."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from merchant.core.ids import new_id
from merchant.core.money import Money
from payments.gateways.base import AccountAccess, OperationRequest, Outcome, WebhookRefused
from payments.gateways.sandbox.gateway import SandboxGateway
from tests.processor import RunningProcessor

GATEWAY = SandboxGateway()


@pytest.fixture
def account(processor: RunningProcessor) -> AccountAccess:
    """A fresh account."""
    return processor.account()


def a_payment(
    token: str = "tok_visa_ok", *, minor: int = 4180, captures_at_once: bool = False, **changes: object
) -> OperationRequest:
    """An authorisation by test token."""
    request = OperationRequest(
        operation_id=new_id(),
        reference=f"op{new_id().hex[-20:]}",
        kind="authorise",
        amount=Money(minor, "EUR"),
        order_reference="K7X2",
        captures_at_once=captures_at_once,
        instrument={"token": token},
        return_url="http://127.0.0.1/back",
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def a_follow_up(kind: str, payment: Outcome, minor: int) -> OperationRequest:
    """A capture, refund or void of an authorisation."""
    return replace(a_payment(minor=minor), kind=kind, instrument={}, parent_gateway_reference=payment.gateway_reference)


def test_an_authorisation_is_told_with_card_and_code(account: AccountAccess) -> None:
    outcome = GATEWAY.send(a_payment(), account)

    assert (outcome.status, outcome.amount_minor, outcome.is_captured) == ("succeeded", 4180, False)
    assert (outcome.card_brand, outcome.card_last4) == ("visa", "1111")
    assert outcome.gateway_reference.startswith("pay_")
    assert len(outcome.auth_code) == 6
    assert outcome.landed_at is not None


def test_a_sale_is_captured_at_once(account: AccountAccess) -> None:
    assert GATEWAY.send(a_payment(captures_at_once=True), account).is_captured


def test_capture_refund_and_void_each_succeed_under_their_own_reference(account: AccountAccess) -> None:
    first, second = GATEWAY.send(a_payment(), account), GATEWAY.send(a_payment(), account)

    captured = GATEWAY.send(a_follow_up("capture", first, 4180), account)
    refunded = GATEWAY.send(a_follow_up("refund", first, 180), account)
    voided = GATEWAY.send(a_follow_up("void", second, 4180), account)

    assert [outcome.status for outcome in (captured, refunded, voided)] == ["succeeded"] * 3
    assert (captured.amount_minor, refunded.amount_minor) == (4180, 180)
    assert len({captured.gateway_reference, refunded.gateway_reference, voided.gateway_reference}) == 3


def test_a_refund_beyond_what_was_captured_is_failed_with_the_processors_word(account: AccountAccess) -> None:
    payment = GATEWAY.send(a_payment(captures_at_once=True), account)

    outcome = GATEWAY.send(a_follow_up("refund", payment, 4181), account)

    assert (outcome.status, outcome.decline_code) == ("failed", "amount_exceeds_captured")


@pytest.mark.parametrize(
    ("token", "minor", "code"),
    [
        ("tok_decline_insufficient_funds", 1000, "insufficient_funds"),
        ("tok_decline_do_not_honour", 1000, "do_not_honour"),
        ("tok_decline_lost", 1000, "lost_card"),
        ("tok_decline_expired", 1000, "expired_card"),
        ("tok_ok", 1001, "call_issuer"),
        ("tok_ok", 1051, "insufficient_funds"),
    ],
)
def test_a_no_is_declined_with_its_reason(account: AccountAccess, token: str, minor: int, code: str) -> None:
    outcome = GATEWAY.send(a_payment(token, minor=minor), account)

    assert (outcome.status, outcome.decline_code, outcome.amount_minor) == ("declined", code, None)


def test_another_amount_than_asked_is_told(account: AccountAccess) -> None:
    assert GATEWAY.send(a_payment("tok_wrong_amount"), account).amount_minor == 4080


def test_a_challenge_names_where_the_shopper_must_go(account: AccountAccess) -> None:
    outcome = GATEWAY.send(a_payment("tok_challenge"), account)

    assert outcome.status == "action_required"
    assert outcome.action_url.endswith("/challenge")


def test_a_session_names_the_hosted_card_page_and_is_found_paid_after_it(account: AccountAccess) -> None:
    request = a_payment(instrument={"session": True}, captures_at_once=True)

    opened = GATEWAY.send(request, account)
    back = httpx.post(opened.action_url, data={"number": "4111 1111 1111 1111"}, trust_env=False)

    assert opened.status == "action_required"
    assert "/hosted/" in opened.action_url
    assert back.status_code == 303
    assert back.headers["location"].startswith("http://127.0.0.1/back?session=")
    found = GATEWAY.look_up(request, account)
    assert found is not None
    assert (found.status, found.is_captured, found.amount_minor) == ("succeeded", True, 4180)


def test_silence_after_landing_is_unknown_and_the_look_up_finds_it(account: AccountAccess) -> None:
    request = a_payment("tok_timeout_landed")

    assert GATEWAY.send(request, account).status == "unknown"
    found = GATEWAY.look_up(request, account)
    assert found is not None
    assert found.status == "succeeded"


def test_silence_before_landing_is_unknown_and_only_a_cancel_makes_it_final(account: AccountAccess) -> None:
    request = a_payment("tok_timeout_not_landed")

    assert GATEWAY.send(request, account).status == "unknown"
    assert GATEWAY.look_up(request, account) is None
    assert GATEWAY.cancel(request, account).status == "failed"
    assert GATEWAY.send(request, account).status == "failed"


def test_a_server_error_is_unknown(account: AccountAccess) -> None:
    request = a_payment("tok_error_500_then_ok")

    assert GATEWAY.send(request, account).status == "unknown"
    assert GATEWAY.send(request, account).status == "succeeded"


def test_a_payment_that_lands_late_stays_unknown_however_often_it_is_sent(account: AccountAccess) -> None:
    request = a_payment("tok_lands_late")

    assert [GATEWAY.send(request, account).status for _ in range(2)] == ["unknown", "unknown"]


def test_a_wrong_key_is_failed_because_nothing_was_processed(account: AccountAccess) -> None:
    outcome = GATEWAY.send(a_payment(), replace(account, secrets={"api_key": "wrong"}))

    assert (outcome.status, outcome.decline_code) == ("failed", "key_invalid")


def test_a_status_service_that_is_down_is_unknown_and_not_absent(
    processor: RunningProcessor, account: AccountAccess
) -> None:
    request = a_payment()
    GATEWAY.send(request, account)
    processor.control(
        "POST", f"accounts/{account.external_id}/faults", {"faults": [{"kind": "status_down", "seconds": 60}]}
    )

    found = GATEWAY.look_up(request, account)

    assert found is not None
    assert found.status == "unknown"


def test_reports_and_statements_are_listed_and_fetched(processor: RunningProcessor, account: AccountAccess) -> None:
    GATEWAY.send(a_payment(captures_at_once=True), account)
    day = processor.control("GET", f"accounts/{account.external_id}")["business_date"]
    processor.control("POST", f"accounts/{account.external_id}/close-day", {"date": day})

    [report] = GATEWAY.list_reports(account)
    [statement] = GATEWAY.list_statements(account)

    assert GATEWAY.fetch_report(report.name, account).startswith(b"Account,Batch,Line,Type,")
    assert b"camt.053" in GATEWAY.fetch_statement(statement.name, account)
    with pytest.raises(LookupError):
        GATEWAY.fetch_report("nothing.csv", account)


def a_delivery(secret: str, *, age: timedelta = timedelta()) -> tuple[dict[str, str], bytes]:
    """A signed event about a captured payment."""
    operation = {
        "id": "pay_1",
        "kind": "authorise",
        "reference": "op1",
        "payment_id": "pay_1",
        "status": "captured",
        "amount_minor": 4180,
        "landed_at": "2026-11-22T10:00:00+00:00",
    }
    body = json.dumps({"id": "evt_1", "type": "payment.captured", "data": operation})
    moment = datetime.now(UTC) - age
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("evt_1", moment, body),
    }
    return headers, body.encode()


def test_a_signed_event_names_its_operation_and_outcome(account: AccountAccess) -> None:
    headers, body = a_delivery(account.secrets["webhook_secret"])

    [event] = GATEWAY.read_webhook(headers, body, account)

    assert (event.external_id, event.topic, event.reference) == ("evt_1", "payment.captured", "op1")
    assert event.outcome is not None
    assert (event.outcome.status, event.outcome.amount_minor) == ("succeeded", 4180)


def test_the_previous_secret_still_verifies(account: AccountAccess) -> None:
    old = account.secrets["webhook_secret"]
    rolled = replace(
        account, secrets={**account.secrets, "webhook_secret": "whsec_bmV3bmV3bmV3", "previous_webhook_secret": old}
    )

    assert GATEWAY.read_webhook(*a_delivery(old), rolled)


def test_changed_reencoded_truncated_old_or_future_bytes_are_refused(account: AccountAccess) -> None:
    secret = account.secrets["webhook_secret"]
    headers, body = a_delivery(secret)
    spaced = json.dumps(json.loads(body), indent=1).encode()

    for given, bytes_ in [
        (headers, body.replace(b"4180", b"4181")),
        (headers, spaced),
        (headers, body[:-1]),
        ({**headers, "webhook-id": "evt_2"}, body),
        (a_delivery(secret, age=timedelta(minutes=6))[0], body),
        (a_delivery(secret, age=-timedelta(minutes=6))[0], body),
        (a_delivery("whsec_b3RoZXJvdGhlcg==")[0], body),
    ]:
        with pytest.raises(WebhookRefused):
            GATEWAY.read_webhook(given, bytes_, account)


def test_the_clients_patience_ends_before_the_customers(processor: RunningProcessor, account: AccountAccess) -> None:
    started = time.monotonic()

    GATEWAY.send(a_payment("tok_timeout_landed"), account)

    assert time.monotonic() - started < 8
