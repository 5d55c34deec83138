"""Disputes over HTTP: what a merchant sees and answers, and the control that plays the cardholder's bank."""

from __future__ import annotations

from . import disputes, fields
from .http import Request, Response, as_json
from .processor import Processor

_BODY_TEXT_MAX = 20_000


def list_disputes(processor: Processor, request: Request) -> Response:
    """`GET /v1/disputes`: all of the account, oldest first."""
    account = processor.accounts.get(request.account)
    return as_json({"data": disputes.listed(processor.store.db, account)})


def read_dispute(processor: Processor, request: Request) -> Response:
    """`GET /v1/disputes/{dispute}`."""
    account = processor.accounts.get(request.account)
    return as_json(disputes.show(processor.store.db, account, request.params["dispute"]))


def submit_evidence(processor: Processor, request: Request) -> Response:
    """`POST /v1/disputes/{dispute}/evidence` `{reference, text, files: [{name, sha256}]}`: the merchant's answer."""
    return _answer(processor, request, "evidence")


def accept_dispute(processor: Processor, request: Request) -> Response:
    """`POST /v1/disputes/{dispute}/acceptance` `{reference}`: the merchant gives the money up."""
    return _answer(processor, request, "acceptance")


def _answer(processor: Processor, request: Request, kind: str) -> Response:
    account, body = processor.accounts.get(request.account), request.json()
    reference = fields.text(body, "reference")
    if kind == "evidence":
        fields.text(body, "text", length_max=_BODY_TEXT_MAX)
    with processor.store.transaction() as db:
        return as_json(
            disputes.answer(db, account, request.params["dispute"], kind=kind, reference=reference, body=body)
        )


def open_dispute(processor: Processor, request: Request) -> Response:
    """`POST /control/…/disputes` `{payment_id, amount_minor, reason?, phase?, due_days?}`."""
    account, body = processor.accounts.get(request.params["account"]), request.json()
    amount = fields.integer(body, "amount_minor", least=1)
    with processor.store.transaction() as db:
        payment = disputes.payment_of(db, account, fields.text(body, "payment_id"))
        shown = disputes.open_dispute(
            db, account, payment, amount_minor=amount, reason=fields.text(body, "reason", default="fraudulent"),
            phase=fields.choice(body, "phase", ("inquiry", "chargeback"), default="chargeback"),
            due_days=fields.integer(body, "due_days", default=disputes.DUE_DAYS),
        )  # fmt: skip
    return as_json(shown, status=201)


def close_dispute(processor: Processor, request: Request) -> Response:
    """`{outcome: won|lost, returned_minor?}`: won gives the money back in the next report; the fee stays."""
    account, body = processor.accounts.get(request.params["account"]), request.json()
    outcome = fields.choice(body, "outcome", ("won", "lost"))
    returned = fields.integer(body, "returned_minor", default=-1, least=-1)
    with processor.store.transaction() as db:
        return as_json(
            disputes.close(db, account, request.params["dispute"], outcome, None if returned < 0 else returned)
        )


def escalate_dispute(processor: Processor, request: Request) -> Response:
    """`POST …/escalate`: an inquiry becomes a chargeback."""
    account = processor.accounts.get(request.params["account"])
    with processor.store.transaction() as db:
        return as_json(disputes.escalate(db, account, request.params["dispute"]))


def reopen_dispute(processor: Processor, request: Request) -> Response:
    """`POST …/reopen`: a dispute that was won comes back for a second round."""
    account = processor.accounts.get(request.params["account"])
    with processor.store.transaction() as db:
        return as_json(disputes.reopen(db, account, request.params["dispute"]))
