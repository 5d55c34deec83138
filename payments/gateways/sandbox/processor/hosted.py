"""The hosted card page: card data goes from the customer to the processor and nowhere else."""

from __future__ import annotations

import sqlite3
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from . import challenges, fields, operations, pages, tasks, tokens
from .accounts import Account
from .authorise import common_fields
from .currencies import major
from .http import ApiError, Request, Response, as_json
from .operations import Asked
from .processor import Processor
from .reception import LATE_LANDING_SECONDS, fingerprint_of


def create_session(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/sessions`: open a page for one payment; its operation waits as `action_required`."""
    account = processor.accounts.get(request.account)
    body = request.json()
    stores_card = body.get("store_card") is True
    fingerprint = fingerprint_of(request.path, body)
    asked = Asked(
        kind="authorise",
        stores_card=stores_card,
        capture=fields.choice(body, "capture", ("manual", "automatic"), default="automatic"),
        method="session",
        return_url=_web_address(body, "return_url"),
        cancel_url=_web_address(body, "cancel_url"),
        merchant_name=fields.optional_text(body, "merchant_name"),
        **common_fields(account, body, fingerprint, may_be_nothing=stores_card),
    )
    return processor.receive(request, account, asked, "session")


def read_session(processor: Processor, request: Request) -> Response:
    """`GET /v1/sessions/{session}`: how its payment stands."""
    db = processor.store.db
    session = challenges.get_session(db, request.params["session"])
    if session["account"] != request.account:
        raise ApiError(404, "not_found", "There is no such session.")
    operation = operations.show(db, request.account, session["reference"])
    return as_json({"id": session["id"], "reference": session["reference"], "operation": operation})


def show_page(processor: Processor, request: Request) -> Response:
    """`GET /hosted/{session}`: the card page, or that it has ended."""
    session = challenges.get_session(processor.store.db, request.params["session"])
    if not challenges.is_open(processor.store.db, session):
        return _ended(processor, session)
    return _card_page(processor, session)


def give_card(processor: Processor, request: Request) -> Response | None:
    """`POST /hosted/{session}`: decide the payment and send the browser back, or leave it without an answer."""
    session = challenges.get_session(processor.store.db, request.params["session"])
    form = _form(request)
    number = "".join(sign for sign in form.get("number", "") if sign.isdigit())
    token = tokens.NUMBERS.get(number, "") if form.get("number", "").strip() else form.get("token", "")
    if token not in tokens.TOKENS:
        return _card_page(processor, session, error="This page takes test card numbers only. Nothing was charged.")
    account = processor.accounts.get(session["account"])
    with processor.store.transaction() as db:
        if token == "tok_lands_late":
            due_at = time.time() + LATE_LANDING_SECONDS
            story = {"session": session["id"], "token": token}
            tasks.schedule(db, due_at, "land_session", account.name, session["reference"], story)
        if token in ("tok_lands_late", "tok_timeout_not_landed"):
            return None
        status = challenges.give_card(db, account, session, token)
    if token == "tok_timeout_landed":
        return None
    if status == "action_required":
        return _redirect(f"/hosted/{session['id']}/challenge")
    return _redirect(_with_session(session["return_url"], session["id"]))


def show_challenge(processor: Processor, request: Request) -> Response:
    """`GET /hosted/{session}/challenge`: the 3-D Secure page."""
    db = processor.store.db
    session = challenges.get_session(db, request.params["session"])
    if not session["challenge"] or not challenges.is_open(db, session):
        return _ended(processor, session)
    payment = operations.get_payment(db, session["account"], session["payment_id"])
    text = pages.challenge_page(
        path=f"/hosted/{session['id']}",
        merchant=session["merchant_name"],
        amount=_amount(db, session),
        card=f"{payment['brand'].title()} ending in {payment['last4']}",
    )
    return _html(text, session)


def answer_challenge(processor: Processor, request: Request) -> Response:
    """`POST /hosted/{session}/challenge`: approve, fail, or leave without an answer."""
    session = challenges.get_session(processor.store.db, request.params["session"])
    answer = _form(request).get("answer")
    if answer == "abandon":
        return _leave(session, session["cancel_url"])
    if answer not in ("approve", "fail"):
        raise fields.refuse("answer", "approve, fail or abandon is needed.")
    account = processor.accounts.get(session["account"])
    with processor.store.transaction() as db:
        challenges.answer_challenge(db, account, session, is_approved=answer == "approve")
    return _leave(session, session["return_url"])


def cancel(processor: Processor, request: Request) -> Response:
    """`POST /hosted/{session}/cancel`: the customer goes back; the payment is declined as `customer_cancelled`."""
    session = challenges.get_session(processor.store.db, request.params["session"])
    with processor.store.transaction() as db:
        account: Account = processor.accounts.get(session["account"])
        challenges.end(db, account, session["reference"], "customer_cancelled")
    return _leave(session, session["cancel_url"])


def _web_address(body: dict[str, object], name: str) -> str:
    address = fields.text(body, name, length_max=2000)
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise fields.refuse(name, "an http or https address is needed.")
    return address


def _form(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _amount(db: sqlite3.Connection, session: sqlite3.Row) -> str:
    operation = operations.show(db, session["account"], session["reference"])
    return f"{major(operation['requested_minor'], operation['currency'])} {operation['currency']}"


def _card_page(processor: Processor, session: sqlite3.Row, *, error: str = "") -> Response:
    operation = operations.show(processor.store.db, session["account"], session["reference"])
    text = pages.card_page(
        path=f"/hosted/{session['id']}",
        merchant=session["merchant_name"],
        amount=_amount(processor.store.db, session),
        order=operation["order_reference"],
        error=error,
    )
    return _html(text, session, status=422 if error else 200)


def _ended(processor: Processor, session: sqlite3.Row) -> Response:
    status = operations.show(processor.store.db, session["account"], session["reference"])["status"]
    words = {"captured": "It was paid.", "authorised": "It was paid."}.get(status, "Nothing was charged.")
    link = _with_session(session["return_url"], session["id"]) if session["return_url"] else ""
    label = f"Return to {session['merchant_name']}"
    return _html(pages.message_page("This payment has ended", words, link=link, label=label), session)


def _leave(session: sqlite3.Row, address: str) -> Response:
    if address:
        return _redirect(_with_session(address, session["id"]))
    return _html(pages.message_page("Thank you", "You may close this page."), session)


def _with_session(address: str, session_id: str) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode({'session': session_id})}"


def _redirect(address: str) -> Response:
    return Response(303, b"", "text/plain", (("location", address),))


def _html(text: str, session: sqlite3.Row, status: int = 200) -> Response:
    # Browsers check form-action for the redirect after a form too, so the merchant's own origins are named.
    parts = [urlsplit(session[name]) for name in ("return_url", "cancel_url")]
    origins = " ".join(sorted({f"{part.scheme}://{part.netloc}" for part in parts if part.netloc}))
    policy = (
        f"default-src 'none'; style-src '{pages.CSS_HASH}'; form-action 'self' {origins}; base-uri 'none';"
        f" frame-ancestors 'self' {origins}"
    )
    headers = (
        ("content-security-policy", policy),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    )
    return Response(status, text.encode(), "text/html; charset=utf-8", headers)
