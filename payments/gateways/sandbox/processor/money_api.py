"""The merchant's and the terminal's requests: pay, capture, refund, void, look up, cancel; the processor's truth."""

from __future__ import annotations

from . import authorise, cancel, challenges, faults, fields, followups, operations, stored_cards
from .http import ApiError, Request, Response, as_json
from .processor import Processor
from .reception import fingerprint_of

# One page of the truth: small enough to build within one turn of the loop beside other requests.
TRUTH_PAGE_MAX = 1000


def create_payment(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/payments`: authorise, and capture at once if asked."""
    account = processor.accounts.get(request.account)
    body = request.json()
    method = body.get("method")
    if isinstance(method, dict) and method.get("type") == "session":
        return _payment_of_session(processor, request, str(method.get("session")), body.get("reference"))
    asked = authorise.read_authorisation(processor.store.db, account, body, fingerprint_of(request.path, body))
    return processor.receive(request, account, asked, "authorise")


def _payment_of_session(processor: Processor, request: Request, session_id: str, reference: object) -> Response:
    """A session's payment is made by its page; asking for it by the same reference shows how it stands."""
    found = processor.store.db.execute(
        "SELECT reference FROM session WHERE id = ? AND account = ?", (session_id, request.account)
    ).fetchone()
    if found is None or found["reference"] != reference:
        raise ApiError(422, "session_unknown", "There is no such session under this reference.")
    return as_json(operations.show(processor.store.db, request.account, found["reference"]))


def create_terminal_authorisation(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/terminal/authorisations`: a terminal's card side, paying or refunding."""
    account = processor.accounts.get(request.account)
    body = request.json()
    fingerprint = fingerprint_of(request.path, body)
    if body.get("kind", "payment") == "refund":
        refund = followups.read_terminal_refund(processor.store.db, account, body, fingerprint)
        return processor.receive(request, account, refund, "refund")
    asked = authorise.read_terminal_authorisation(account, body, fingerprint)
    return processor.receive(request, account, asked, "authorise")


def create_capture(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/payments/{payment}/captures`."""
    return _follow_up(processor, request, "capture")


def create_increment(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/payments/{payment}/increments`: authorise more on a payment that is not captured yet."""
    return _follow_up(processor, request, "increment")


def create_refund(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/payments/{payment}/refunds`."""
    return _follow_up(processor, request, "refund")


def create_void(processor: Processor, request: Request) -> Response | None:
    """`POST /v1/payments/{payment}/voids`: release what is authorised and not captured."""
    return _follow_up(processor, request, "void")


def store_card(processor: Processor, request: Request) -> Response:
    """`POST /v1/payments/{payment}/stored-cards`: keep the card of a payment its customer made. A repeat gives the same card."""
    account, reference = processor.accounts.get(request.account), fields.text(request.json(), "reference")
    with processor.store.transaction() as db:
        payment = operations.get_payment(db, request.account, request.params["payment"])
        return as_json(stored_cards.keep(db, account, payment, reference), status=201)


def _follow_up(processor: Processor, request: Request, kind: str) -> Response | None:
    body = request.json()
    asked = followups.read_followup(kind, request.params["payment"], body, fingerprint_of(request.path, body))
    return processor.receive(request, processor.accounts.get(request.account), asked, kind)


def read_payment(processor: Processor, request: Request) -> Response:
    """`GET /v1/payments/{payment}`: its sums and operations."""
    db = processor.store.db
    faults.refuse_if_status_down(db, processor.accounts.get(request.account), request.params["payment"])
    payment = operations.get_payment(db, request.account, request.params["payment"])
    return as_json(operations.describe_payment(db, payment))


def read_operation(processor: Processor, request: Request) -> Response:
    """`GET /v1/operations/{reference}`: 404 means "not landed so far", never "will not land"."""
    db = processor.store.db
    reference = request.params["reference"]
    faults.refuse_if_status_down(db, processor.accounts.get(request.account), reference)
    return as_json(operations.show(db, request.account, reference))


def cancel_operation(processor: Processor, request: Request) -> Response:
    """`POST /v1/operations/{reference}/cancel`: see `cancel.py`."""
    account = processor.accounts.get(request.account)
    reference = request.params["reference"]
    faults.refuse_if_status_down(processor.store.db, account, reference)
    with processor.store.transaction() as db:
        return as_json(cancel.cancel(db, account, reference))


def end_operation(processor: Processor, request: Request) -> Response:
    """`POST /v1/operations/{reference}/end`: close the page on which a customer may still pay; what was decided stays as it is."""
    account = processor.accounts.get(request.account)
    reference = request.params["reference"]
    faults.refuse_if_status_down(processor.store.db, account, reference)
    with processor.store.transaction() as db:
        challenges.end(db, account, reference, "ended_by_merchant")
        return as_json(operations.show(db, request.account, reference))


def list_truth(processor: Processor, request: Request) -> Response:
    """`GET /v1/truth`: every operation in order of arrival, one page after a cursor."""
    try:
        after = int(request.query.get("cursor", "0"))
        limit = min(max(int(request.query.get("limit", "200")), 1), TRUTH_PAGE_MAX)
    except ValueError:
        raise ApiError(400, "field_invalid", "cursor and limit are whole numbers.") from None
    found = processor.store.db.execute(
        "SELECT seq, reference, payment_id, order_reference, kind, amount_minor, currency, status, landed_at,"
        " business_date, store, terminal FROM operation WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?",
        (request.account, after, limit + 1),
    ).fetchall()
    page = [{name: row[name] for name in row.keys() if name != "seq"} for row in found[:limit]]  # noqa: SIM118
    return as_json({"data": page, "next_cursor": str(found[limit - 1]["seq"]) if len(found) > limit else None})


def summarise_truth(processor: Processor, request: Request) -> Response:
    """`GET /v1/truth/summary`: count and sum for each kind, currency and status."""
    found = processor.store.db.execute(
        "SELECT kind, currency, status, count(*) AS count, sum(amount_minor) AS amount_minor FROM operation"
        " WHERE account = ? GROUP BY kind, currency, status ORDER BY kind, currency, status",
        (request.account,),
    ).fetchall()
    return as_json({"data": [dict(row) for row in found]})
