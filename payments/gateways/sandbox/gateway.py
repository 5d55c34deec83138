"""The sandbox processor behind the common interface."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from standardwebhooks import Webhook, WebhookVerificationError

from payments.gateways.base import (
    UNKNOWN,
    AccountAccess,
    DisputeAnswer,
    DisputeNotice,
    DisputeNotReached,
    DisputeRefused,
    Gateway,
    OperationRequest,
    Outcome,
    Recovery,
    RemoteFile,
    Truth,
    WebhookEvent,
    WebhookRefused,
)
from payments.gateways.sandbox import disputes, wire
from payments.gateways.sandbox.wire import Answer, NoAnswer, NotSent

_STATUS = {
    "authorised": "succeeded",
    "captured": "succeeded",
    "succeeded": "succeeded",
    "declined": "declined",
    "action_required": "action_required",
    "pending": "submitted",
    # What was cancelled will not land any more; what failed was taken back by the processor.
    "cancelled": "failed",
    "failed": "failed",
}
# Refusals after which the same reference may still turn out to have landed.
_UNDECIDED = {"in_progress", "idempotency_mismatch"}
# The largest page the processor gives.
_TRUTH_PAGE = 1000
_FOLLOW_UPS = {"increment": "increments", "capture": "captures", "refund": "refunds", "void": "voids"}


class SandboxGateway(Gateway):
    """Speaks to `payments.gateways.sandbox.processor` over HTTP, as to any processor."""

    code = "sandbox"
    recovery = Recovery.LOOK_UP
    abilities = frozenset({"increment", "several_captures", "stored_credentials", "moto", "framed_page", "end"})
    answers_disputes = True

    def send(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """Ask for one operation under our reference; a repetition gets the first answer again."""
        path, body = _order(request, account)
        try:
            answer = wire.ask("POST", path, account, body=body, reference=request.reference)
        except NotSent as error:
            return Outcome(status="failed", decline_code="not_reached", data={"error": str(error)[:200]})
        except NoAnswer as error:
            return Outcome(status="unknown", data={"error": str(error)[:200]})
        return _outcome_of_answer(answer)

    def look_up(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """Ask by our reference. "Not found" is None: it may still be on its way."""
        if _is_keeping(request):
            return self.send(request, account)
        return _told("GET", f"/v1/operations/{quote(request.reference, safe='')}", account)

    def end(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """Have the card page closed, unless the customer has paid there."""
        return _told("POST", f"/v1/operations/{quote(request.reference, safe='')}/end", account)

    def cancel(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """Have the processor promise that the reference never lands, or learn how it landed."""
        try:
            answer = wire.ask("POST", f"/v1/operations/{quote(request.reference, safe='')}/cancel", account)
        except (NotSent, NoAnswer) as error:
            return Outcome(status="unknown", data={"error": str(error)[:200]})
        if answer.status != 200:
            return _undecided(answer)
        operation = answer.body.get("operation")
        if isinstance(operation, dict):
            return _outcome_of_operation(operation)
        return Outcome(status="failed", decline_code="cancelled", data=answer.body)

    def read_webhook(self, headers: Mapping[str, str], body: bytes, account: AccountAccess) -> Sequence[WebhookEvent]:
        """Verify the signature over the raw bytes with the present or the previous secret, at most 5 minutes old."""
        _verify(headers, body, account)
        try:
            event = json.loads(body)
            data = event["data"]
            topic = str(event["type"])
            is_operation = (
                isinstance(data, dict)
                and data.get("kind") in ("authorise", *_FOLLOW_UPS)
                and bool(data.get("reference"))
            )
            return [
                WebhookEvent(
                    external_id=str(event["id"]),
                    topic=topic,
                    body=event,
                    reference=str(data["reference"]) if is_operation else "",
                    outcome=_outcome_of_operation(data) if is_operation else None,
                )
            ]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WebhookRefused("the body is not an event") from error

    def read_dispute(self, event: Mapping[str, Any]) -> DisputeNotice | None:
        """Read a `dispute.…` event."""
        return disputes.notice_of(event["data"]) if str(event.get("type", "")).startswith("dispute.") else None

    def answer_dispute(self, answer: DisputeAnswer, account: AccountAccess) -> DisputeNotice:
        """Hand evidence in, or accept the loss. The processor keeps names and hashes of files, not the files."""
        path = f"/v1/disputes/{quote(answer.external_id, safe='')}/{answer.kind}"
        files = [{"name": name, "sha256": sha256} for name, sha256, _ in answer.files]
        body: dict[str, Any] = {"reference": answer.reference, "text": answer.text or "-", "files": files}
        try:
            told = wire.ask("POST", path, account, body=body)
        except (NotSent, NoAnswer) as error:
            raise DisputeNotReached(str(error)[:200]) from error
        if told.status != 200:
            raise DisputeRefused(str(told.body.get("message") or told.code)[:200])
        return disputes.notice_of(told.body)

    def list_reports(self, account: AccountAccess) -> Sequence[RemoteFile]:
        """Return the settlement reports, oldest first."""
        listed = wire.ask("GET", "/v1/reports", account).body["data"]
        return [RemoteFile(row["name"], datetime.fromisoformat(row["created_at"])) for row in listed]

    def fetch_report(self, name: str, account: AccountAccess) -> bytes:
        """Return one report's CSV."""
        return wire.fetch(f"/v1/reports/{quote(name, safe='')}", account)

    def list_statements(self, account: AccountAccess) -> Sequence[RemoteFile]:
        """Return one statement for each day with movements; the name is the date."""
        listed = wire.ask("GET", "/v1/bank/statements", account).body["data"]
        return [RemoteFile(row["date"], datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)) for row in listed]

    def fetch_statement(self, name: str, account: AccountAccess) -> bytes:
        """Return one day's camt.053."""
        return wire.fetch(f"/v1/bank/statements/{quote(name, safe='')}?format=camt053", account)

    def list_truth(self, account: AccountAccess) -> Iterator[Truth]:
        """
        Return every operation the processor ever did for the account, oldest first, read page by page.

        :raises NotSent, NoAnswer, LookupError: if it does not tell.
        """
        cursor: str | None = "0"
        while cursor is not None:
            answer = wire.ask("GET", f"/v1/truth?limit={_TRUTH_PAGE}&cursor={cursor}", account)
            if answer.status != 200:
                raise LookupError(f"the processor answered {answer.status} {answer.code}")
            for row in answer.body["data"]:
                yield Truth(row["reference"], row["kind"], row["status"], int(row["amount_minor"]), row["currency"])
            cursor = answer.body["next_cursor"]


def _told(method: str, path: str, account: AccountAccess) -> Outcome | None:
    """Return the operation that the processor answers with, None if it knows none."""
    try:
        answer = wire.ask(method, path, account)
    except (NotSent, NoAnswer) as error:
        return Outcome(status="unknown", data={"error": str(error)[:200]})
    if answer.status == 404 and answer.code == "not_found":
        return None
    return _outcome_of_operation(answer.body) if answer.status == 200 else _undecided(answer)


def _is_keeping(request: OperationRequest) -> bool:
    """Say whether the card of a payment is to be stored: the processor keeps no operation of that, and a repeat is the way to ask."""
    return request.kind == "store" and bool(request.parent_gateway_reference)


def _order(request: OperationRequest, account: AccountAccess) -> tuple[str, dict[str, Any]]:
    """Return the address and body of what is asked. Equal requests give equal bodies: the processor compares them."""
    body: dict[str, Any] = {"reference": request.reference, "amount_minor": request.amount.minor}
    if request.kind in _FOLLOW_UPS:
        return f"/v1/payments/{quote(request.parent_gateway_reference, safe='')}/{_FOLLOW_UPS[request.kind]}", body
    if _is_keeping(request):
        address = f"/v1/payments/{quote(request.parent_gateway_reference, safe='')}/stored-cards"
        return address, {"reference": request.reference}
    body |= {
        "currency": request.amount.currency,
        "capture": "automatic" if request.captures_at_once else "manual",
        "order_reference": request.order_reference,
        "return_url": request.return_url,
    }
    if request.instrument.get("store"):
        body["store_card"] = True
    if request.instrument.get("session"):
        merchant = str(account.config.get("merchant_name", ""))
        return "/v1/sessions", body | {"cancel_url": request.return_url, "merchant_name": merchant}
    instrument = request.instrument
    method = {"type": "token", "token": str(instrument.get("token", ""))}
    if instrument.get("credential_id"):
        method = {**method, "type": "stored", "network_reference": str(instrument.get("network_reference", ""))}
        body["initiator"] = "customer" if instrument.get("by_customer") else "merchant"
    elif instrument.get("moto"):
        body["initiator"] = "phone"
    return "/v1/payments", body | {"method": method, "store": request.store_code}


def _outcome_of_answer(answer: Answer) -> Outcome:
    """A refusal with a definite code means that nothing was recorded under the reference."""
    if answer.status in (200, 201):
        return _outcome_of_operation(answer.body)
    if answer.code in _UNDECIDED or answer.status == 408 or not answer.code:
        return _undecided(answer)
    return Outcome(status="failed", decline_code=answer.code[:40], data=answer.body)


def _undecided(answer: Answer) -> Outcome:
    return Outcome(status="unknown", data={"status": answer.status, "code": answer.code})


def _outcome_of_operation(operation: Mapping[str, Any]) -> Outcome:
    """Read the one object in which every answer, look-up and webhook shows an operation."""
    try:
        status = _STATUS[operation["status"]]
        card = operation.get("card") or {}
        is_authorisation = operation.get("kind") == "authorise"
        # The processor calls failed only what it had done and has undone.
        is_taken_back = operation["status"] == "failed"
        return Outcome(
            status=status,
            amount_minor=int(operation["amount_minor"]) if status == "succeeded" or is_taken_back else None,
            is_taken_back=is_taken_back,
            stored_token=str(operation.get("stored_token") or ""),
            network_reference=str(operation.get("network_reference") or ""),
            is_captured=operation["status"] == "captured",
            gateway_reference=str(operation["payment_id"] if is_authorisation else operation["id"]),
            decline_code=str(operation.get("decline_code") or (operation["status"] if status == "failed" else "")),
            action_url=str(operation.get("action_url") or ""),
            card_brand=str(card.get("brand", "")),
            card_last4=str(card.get("last4", "")),
            auth_code=str(operation.get("auth_code") or ""),
            landed_at=datetime.fromisoformat(operation["landed_at"]) if operation.get("landed_at") else None,
            data={name: value for name, value in operation.items() if name != "stored_token"},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return UNKNOWN


def _verify(headers: Mapping[str, str], body: bytes, account: AccountAccess) -> None:
    secrets = [
        account.secrets[name] for name in ("webhook_secret", "previous_webhook_secret") if account.secrets.get(name)
    ]
    for secret in secrets:
        try:
            Webhook(secret).verify(body, dict(headers), json_parse=False)
            return
        except (WebhookVerificationError, ValueError):
            continue
    raise WebhookRefused("the signature is missing, wrong or too old")
