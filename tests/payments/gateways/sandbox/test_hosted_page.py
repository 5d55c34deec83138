"""The hosted card page and the 3-D Secure page."""

from __future__ import annotations

import httpx
import pytest

BACK = "https://shop.example/return?order=7"


def open_session(merchant, amount=4200):
    body = {
        "reference": merchant.new_reference(),
        "amount_minor": amount,
        "currency": "EUR",
        "return_url": BACK,
        "cancel_url": "https://shop.example/basket",
        "merchant_name": "Kaffee <Tee>",
        "order_reference": "ORD-7",
        "capture": "automatic",
    }
    answer = merchant.ask("POST", "/v1/sessions", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def submit(merchant, url, **form):
    return merchant.processor.http.post(httpx.URL(url).path, data=form)


def status_of(merchant, session):
    return merchant.get(f"/v1/operations/{session['reference']}")["status"]


def test_page_is_self_contained_and_escapes_what_it_shows(merchant):
    session = open_session(merchant)

    page = merchant.processor.http.get(httpx.URL(session["url"]).path)

    assert page.status_code == 200
    assert "Kaffee &lt;Tee&gt;" in page.text
    assert "42.00 EUR" in page.text
    assert not any(word in page.text for word in ("<script", "src=", "style=", "href=", "@import"))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://shop.example" in policy


@pytest.mark.parametrize(
    ("token", "last4"),
    [("tok_dispute", "0259"), ("tok_dispute_inquiry", "1976")],
)
def test_a_person_can_choose_a_card_that_is_disputed_later(merchant, token, last4):
    session = open_session(merchant)
    page = merchant.processor.http.get(httpx.URL(session["url"]).path).text

    submit(merchant, session["url"], token=token)
    operation = merchant.get(f"/v1/operations/{session['reference']}")

    assert f'value="{token}"' in page
    assert (operation["status"], operation["card"]["last4"]) == ("captured", last4)


@pytest.mark.parametrize(
    "form", [{"token": "tok_visa_ok"}, {"number": "4111 1111 1111 1111", "token": "tok_decline_lost"}]
)
def test_paying_redirects_back_with_the_session(merchant, form):
    session = open_session(merchant)
    assert status_of(merchant, session) == "action_required"

    answer = submit(merchant, session["url"], **form)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{BACK}&session={session['id']}")
    operation = merchant.get(f"/v1/operations/{session['reference']}")
    assert (operation["status"], operation["card"]["last4"]) == ("captured", "1111")


def test_a_second_card_on_a_finished_session_changes_nothing(merchant):
    session = open_session(merchant)
    submit(merchant, session["url"], token="tok_visa_ok")

    submit(merchant, session["url"], token="tok_decline_lost")

    assert status_of(merchant, session) == "captured"
    assert len(merchant.truth()) == 1


def test_a_real_looking_card_number_is_refused_and_not_repeated(merchant):
    session = open_session(merchant)

    page = submit(merchant, session["url"], number="4242424242424242")

    assert page.status_code == 422
    assert "test card numbers only" in page.text
    assert "4242424242424242" not in page.text
    assert status_of(merchant, session) == "action_required"


@pytest.mark.parametrize(
    ("token", "answer", "status"),
    [
        ("tok_challenge", "approve", "captured"),
        ("tok_challenge", "fail", "declined"),
        ("tok_challenge_fail", "approve", "declined"),
    ],
)
def test_challenge_on_the_page(merchant, token, answer, status):
    session = open_session(merchant)

    asked = submit(merchant, session["url"], token=token)
    page = merchant.processor.http.get(asked.headers["location"])
    done = submit(merchant, asked.headers["location"], answer=answer)

    assert asked.headers["location"] == f"/hosted/{session['id']}/challenge"
    assert "3-D Secure" in page.text
    assert done.headers["location"] == f"{BACK}&session={session['id']}"
    assert status_of(merchant, session) == status


def test_challenge_of_a_token_payment_gives_an_address(merchant):
    paid = merchant.pay(1250, "tok_challenge", return_url=BACK)
    assert paid["status"] == "action_required"

    done = submit(merchant, paid["action_url"], answer="approve")

    assert done.status_code == 303
    assert status_of(merchant, paid) == "captured"


def test_abandoned_challenge_leaves_the_question_open(merchant):
    paid = merchant.pay(1250, "tok_challenge", return_url=BACK)

    submit(merchant, paid["action_url"], answer="abandon")

    assert status_of(merchant, paid) == "action_required"


def test_going_back_declines_as_cancelled_by_the_customer(merchant):
    session = open_session(merchant)

    answer = submit(merchant, session["url"] + "/cancel")

    assert answer.headers["location"] == f"https://shop.example/basket?session={session['id']}"
    operation = merchant.get(f"/v1/operations/{session['reference']}")
    assert (operation["status"], operation["decline_code"]) == ("declined", "customer_cancelled")


def test_cancel_by_reference_closes_the_page(merchant):
    session = open_session(merchant)

    merchant.ask("POST", f"/v1/operations/{session['reference']}/cancel")
    submit(merchant, session["url"], token="tok_visa_ok")

    assert status_of(merchant, session) == "cancelled"
    assert "has ended" in merchant.processor.http.get(httpx.URL(session["url"]).path).text


def test_payment_by_session_shows_the_session_s_operation(merchant):
    session = open_session(merchant)
    submit(merchant, session["url"], token="tok_visa_ok")
    body = merchant.payment_body(
        4200, reference=session["reference"], method={"type": "session", "session": session["id"]}
    )

    answer = merchant.ask("POST", "/v1/payments", body)

    assert (answer.status_code, answer.json()["status"]) == (200, "captured")


def test_browser_that_never_comes_back_has_paid_all_the_same(merchant):
    session = open_session(merchant)

    with pytest.raises(httpx.RemoteProtocolError):
        submit(merchant, session["url"], token="tok_timeout_landed")

    assert status_of(merchant, session) == "captured"
