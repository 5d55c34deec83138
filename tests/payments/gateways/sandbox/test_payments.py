"""Paying, capturing, refunding, voiding: what is answered, and the caps."""

from __future__ import annotations

import pytest


def test_automatic_capture_is_answered_as_captured(merchant):
    paid = merchant.pay(1250, "tok_mc_ok")

    assert paid["status"] == "captured"
    assert paid["amount_minor"] == 1250
    assert paid["card"] == {"brand": "mastercard", "last4": "4444", "bin_country": "SE", "funding": "credit"}
    assert len(paid["auth_code"]) == 6
    assert paid["business_date"] == "2026-11-20"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_decline_insufficient_funds", "insufficient_funds"),
        ("tok_decline_do_not_honour", "do_not_honour"),
        ("tok_decline_lost", "lost_card"),
        ("tok_decline_expired", "expired_card"),
    ],
)
def test_declining_cards_decline_with_their_code_and_take_nothing(merchant, token, code):
    declined = merchant.pay(1250, token)

    assert (declined["status"], declined["decline_code"], declined["auth_code"]) == ("declined", code, None)
    assert merchant.get(f"/v1/payments/{declined['payment_id']}")["captured_minor"] == 0


@pytest.mark.parametrize(
    ("amount", "code"), [(1001, "call_issuer"), (1005, "do_not_honour"), (1051, "insufficient_funds")]
)
def test_amount_chooses_the_decline_for_tok_ok_only(merchant, amount, code):
    assert merchant.pay(amount, "tok_ok")["decline_code"] == code
    assert merchant.pay(amount, "tok_visa_ok")["status"] == "captured"


def test_wrong_and_partial_amounts_approve_less(merchant):
    wrong = merchant.pay(5000, "tok_wrong_amount")
    partial = merchant.pay(5000, "tok_partial")

    assert (wrong["amount_minor"], wrong["is_partial"]) == (4900, False)
    assert (partial["amount_minor"], partial["is_partial"]) == (2500, True)


def test_same_key_and_body_replays_and_another_body_is_refused(merchant):
    body = merchant.payment_body()

    first = merchant.ask("POST", "/v1/payments", body)
    again = merchant.ask("POST", "/v1/payments", body)
    other = merchant.ask("POST", "/v1/payments", body | {"amount_minor": 9})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert len(merchant.truth()) == 1


def test_request_without_key_is_refused_and_nothing_is_recorded(merchant):
    body = merchant.payment_body()

    answer = merchant.processor.http.post(
        "/v1/payments", json=body, headers={"Authorization": f"Bearer key-{merchant.name}"}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert merchant.truth() == []


def test_captures_stop_at_what_was_authorised(merchant):
    held = merchant.pay(1000, capture="manual")

    first = merchant.follow_up("captures", held["id"], 600)
    second = merchant.follow_up("captures", held["id"], 401)

    assert first.json()["status"] == "succeeded"
    assert (second.status_code, second.json()["code"]) == (422, "amount_exceeds_authorised")
    assert merchant.get(f"/v1/payments/{held['id']}")["captured_minor"] == 600


def test_refunds_stop_at_what_was_captured(merchant):
    paid = merchant.pay(1000)

    first = merchant.follow_up("refunds", paid["id"], 700)
    second = merchant.follow_up("refunds", paid["id"], 301)

    assert first.json()["status"] == "succeeded"
    assert (second.status_code, second.json()["code"]) == (422, "amount_exceeds_captured")
    assert merchant.get(f"/v1/payments/{paid['id']}")["refunded_minor"] == 700


def test_void_releases_what_is_open_and_no_capture_follows(merchant):
    held = merchant.pay(1000, capture="manual")

    void = merchant.follow_up("voids", held["id"], None)
    late = merchant.follow_up("captures", held["id"], 1)

    assert (void.json()["status"], void.json()["amount_minor"]) == ("succeeded", 1000)
    assert late.status_code == 422
    assert merchant.get(f"/v1/payments/{held['id']}")["status"] == "voided"


def test_terminal_pays_and_refunds_with_its_own_key(merchant):
    key = {"Authorization": f"Bearer terminal-{merchant.name}"}
    body = {"terminal": "T-1", "amount_minor": 900, "currency": "EUR", "card": {"token": "tok_girocard_ok"}}

    paid = merchant.ask("POST", "/v1/terminal/authorisations", body | {"reference": "t1", "kind": "payment"}, **key)
    back = {"reference": "t2", "kind": "refund", "original_reference": "t1"}
    refund = merchant.ask("POST", "/v1/terminal/authorisations", body | back, **key)
    barred = merchant.ask("GET", "/v1/truth", **key)

    assert (paid.json()["status"], paid.json()["terminal"]) == ("captured", "T-1")
    assert (refund.json()["status"], refund.json()["payment_id"]) == ("succeeded", paid.json()["id"])
    assert barred.status_code == 401


def test_refund_onto_a_presented_card_needs_no_payment(merchant):
    body = {"reference": "r", "terminal": "T-1", "amount_minor": 900, "currency": "EUR", "kind": "refund"}

    refund = merchant.ask("POST", "/v1/terminal/authorisations", body | {"card": {"token": "tok_visa_ok"}})

    assert (refund.json()["kind"], refund.json()["status"], refund.json()["amount_minor"]) == (
        "refund",
        "succeeded",
        900,
    )


def test_another_account_sees_nothing(merchant, open_account):
    paid = merchant.pay()
    stranger = open_account()

    assert stranger.ask("GET", f"/v1/payments/{paid['id']}").status_code == 404
    assert stranger.ask("GET", f"/v1/operations/{paid['reference']}").status_code == 404
    assert stranger.follow_up("refunds", paid["id"], 1).status_code == 404
    assert merchant.get(f"/v1/payments/{paid['id']}")["refunded_minor"] == 0


def test_truth_pages_by_cursor_and_sums_up(merchant):
    for _ in range(5):
        merchant.pay(200)
    merchant.pay(300, "tok_decline_lost")

    first = merchant.get("/v1/truth?limit=4")
    second = merchant.get(f"/v1/truth?limit=4&cursor={first['next_cursor']}")
    summary = merchant.get("/v1/truth/summary")["data"]

    assert (len(first["data"]), len(second["data"]), second["next_cursor"]) == (4, 2, None)
    assert {(row["status"], row["count"], row["amount_minor"]) for row in summary} == {
        ("captured", 5, 1000),
        ("declined", 1, 300),
    }
