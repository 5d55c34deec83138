"""
What the relay does for operations: send what was requested, ask about what has no answer.

The row is `submitted` and committed before the first byte leaves, with the moment at which somebody must ask what became of it; so a relay that dies in between
loses nothing, and no operation is ever sent twice by two relays.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from merchant.core import db
from merchant.core.clock import business_now, machine_now
from merchant.core.crash_points import crash_point
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.gateways import registry
from payments.gateways.base import (
    UNKNOWN,
    AccountAccess,
    CardPresentDriver,
    Gateway,
    OperationRequest,
    Outcome,
    Recovery,
)
from payments.gateways.models import GatewayAccount
from payments.processing import failover
from payments.records import credentials
from payments.records.models import Operation, StoredCredential
from payments.records.services import apply_result, next_look

logger = logging.getLogger(__name__)

# 15 s: longer than an adapter waits for its gateway, so a look-up never races the first answer.
_ANSWER_WITHIN = timedelta(seconds=15)
# As often as the first look of all comes.
_AT_ONCE_EVERY_SECONDS = 5.0
# 5 s: handing a request to a terminal is one row of ours and waits for nobody. A relay that died before that row left a payment which certainly never began.
_HANDED_OVER_WITHIN = timedelta(seconds=5)
# 120 s: once handed over, a terminal has its own conversation with the customer; nobody asks before it could be over, unless its store says otherwise.
_TERMINAL_SECONDS = 120


def send_due() -> int:
    """Claim and send one requested operation; return how many were sent. Any number of relay threads may call this at once."""
    with transaction.atomic():
        claimed = db.rows(
            _CLAIM, {"until": machine_now() + _ANSWER_WITHIN, "terminal_until": machine_now() + _HANDED_OVER_WITHIN}
        )
    for operation_id, merchant_id in claimed:
        with acting_for(merchant_id):
            _send(operation_id)
    return len(claimed)


_CLAIM = """
UPDATE payment_operation SET status = 'submitted', submitted_at = clock_timestamp(),
    next_look_at = CASE WHEN terminal_id IS NULL THEN %(until)s ELSE %(terminal_until)s END
WHERE id = (
    SELECT id FROM payment_operation WHERE status = 'requested' ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED
) AND status = 'requested'
RETURNING id, merchant_id
"""


def look_up_due() -> int:
    """Claim and ask about one operation without an answer; return how many were asked about."""
    with transaction.atomic():
        claimed = db.rows(_CLAIM_LOOK, [machine_now() + _ANSWER_WITHIN])
    for operation_id, merchant_id in claimed:
        with acting_for(merchant_id):
            _look_up(operation_id)
    return len(claimed)


_CLAIM_LOOK = """
UPDATE payment_operation SET looks = LEAST(looks + 1, 32000), next_look_at = %s
WHERE id = (
    SELECT id FROM payment_operation WHERE status IN ('submitted', 'action_required', 'unknown') AND next_look_at <= clock_timestamp()
    ORDER BY next_look_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, merchant_id
"""


def _send(operation_id: UUID) -> None:
    crash_point("S4")
    operation = Operation.objects.select_related("gateway_account", "payment", "parent").get(id=operation_id)
    if _is_given_back(operation):
        outcome: Outcome | None = Outcome(status="failed", decline_code="stored_card_revoked")
    else:
        outcome = guarded(lambda: _partner(operation).send(request_for(operation), _access(operation)))
    crash_point("S6")
    if outcome is not None and outcome.status != "submitted":
        _apply(operation, outcome, "answer")
    elif operation.terminal_id is not None:
        _leave_to_terminal(operation)
    crash_point("S10")


def _look_up(operation_id: UUID) -> None:
    operation = Operation.objects.select_related("gateway_account", "payment", "parent").get(id=operation_id)
    partner, request, access = _partner(operation), request_for(operation), _access(operation)
    is_key_alive = (
        operation.submitted_at is None or machine_now() - operation.submitted_at < _gateway(operation).key_life
    )
    is_sendable = is_key_alive and not _is_given_back(operation)
    if isinstance(partner, Gateway) and operation.end_asked_at is not None:
        outcome = guarded(lambda: partner.end(request, access))
    elif isinstance(partner, Gateway) and partner.recovery is Recovery.RESEND and is_sendable:
        outcome = guarded(lambda: partner.send(request, access))
    else:
        outcome = guarded(lambda: partner.look_up(request, access))
    limit = _gateway(operation).may_land_within
    if outcome is None and operation.submitted_at and machine_now() - operation.submitted_at > limit:
        # Not known any more is not declined: only the gateway's word that the reference never lands is final.
        outcome = guarded(lambda: _gateway(operation).cancel(request, access))
    if _is_still_talking(operation, outcome):
        _leave_to_terminal(operation)
        return
    if outcome is None or outcome.status in ("unknown", "submitted"):
        outcome = outcome if outcome is not None and outcome.status == "unknown" else UNKNOWN
        Operation.objects.filter(id=operation.id).update(next_look_at=machine_now() + next_look(operation.looks))
    _apply(operation, outcome, "look_up")


def _is_given_back(operation: Operation) -> bool:
    """Say whether the stored card that is to be charged was revoked: it is not sent any more, and its token is gone."""
    credential_id = operation.instrument.get("credential_id")
    return bool(credential_id) and not StoredCredential.objects.filter(id=credential_id, status="stored").exists()


def _is_still_talking(operation: Operation, outcome: Outcome | None) -> bool:
    """Say whether the request is on its terminal, and the time for the customer there is not over."""
    is_there = operation.status == "submitted" and outcome is not None and outcome.status == "submitted"
    return is_there and operation.terminal_id is not None and machine_now() < _conversation_ends_at(operation)


def _leave_to_terminal(operation: Operation) -> None:
    """Have nobody ask about an operation that is on its terminal before the conversation there could be over. The look does not count."""
    asked = Operation.objects.filter(id=operation.id, status="submitted")
    asked.update(next_look_at=_conversation_ends_at(operation), looks=0)


def _conversation_ends_at(operation: Operation) -> datetime:
    seconds = operation.instrument.get("answer_seconds", _TERMINAL_SECONDS)
    return (operation.submitted_at or machine_now()) + timedelta(seconds=seconds)


def _apply(operation: Operation, outcome: Outcome, source: str) -> None:
    now = business_now(operation.merchant_id)
    with transaction.atomic():
        applied = apply_result(operation_id=operation.id, outcome=outcome, source=source, now=now)
        if source == "answer":
            failover.follow(applied, now=now)
    if applied.status in ("succeeded", "declined") and operation.gateway_account_id:
        _ask_at_once(operation.gateway_account_id)


# When this process last had an account's unknown operations asked about out of turn.
_asked_at_once: dict[UUID, float] = {}


def _ask_at_once(gateway_account_id: UUID) -> None:
    """
    Have whatever else hangs at an account that answers again asked about now, rather than at its next turn.

    Not at every answer of a busy account, and a look out of turn does not count: otherwise a busy minute would use up the early looks and leave the next one
    hours away.
    """
    if time.monotonic() < _asked_at_once.get(gateway_account_id, 0.0) + _AT_ONCE_EVERY_SECONDS:
        return
    _asked_at_once[gateway_account_id] = time.monotonic()
    waiting = Operation.objects.filter(
        gateway_account_id=gateway_account_id, status="unknown", next_look_at__gt=machine_now()
    )
    waiting.update(next_look_at=machine_now(), looks=Greatest(F("looks") - 1, 0))


def guarded(ask: Any) -> Outcome | None:
    """Ask an adapter, whose own faults say nothing of what was asked: that is unknown then."""
    try:
        result: Outcome | None = ask()
    except Exception:
        # An adapter's own fault says nothing about the money: it stays unknown and is asked about.
        logger.exception("an adapter failed")
        return UNKNOWN
    return result


def _partner(operation: Operation) -> Gateway | CardPresentDriver:
    if operation.terminal_id:
        return registry.card_present_driver(operation.instrument.get("driver", "agent"))
    return registry.gateway(_account(operation).gateway)


def _gateway(operation: Operation) -> Gateway:
    return registry.gateway(_account(operation).gateway)


def _access(operation: Operation) -> AccountAccess:
    return registry.access(_account(operation))


def _account(operation: Operation) -> GatewayAccount:
    if operation.gateway_account is None:
        raise registry.GatewayNotAvailable(gateway="manual")
    return operation.gateway_account


def request_for(operation: Operation) -> OperationRequest:
    """Return the frozen request of a stored operation."""
    parent = operation.parent
    payment = operation.payment
    return OperationRequest(
        operation_id=operation.id,
        reference=operation.reference,
        kind=operation.kind,
        amount=Money(operation.amount_minor, operation.currency),
        order_reference=payment.order.number,
        captures_at_once=operation.captures_at_once,
        instrument=_opened(operation.instrument),
        parent_gateway_reference=payment.gateway_reference,
        parent_reference=parent.reference if parent else "",
        return_url=operation.instrument.get("return_url", ""),
        store_code=payment.store.code if payment.store else "",
        terminal_id=operation.terminal_id,
        terminal_serial=operation.instrument.get("terminal_serial", ""),
        is_final=operation.is_final,
        requested_at=operation.requested_at,
    )


def _opened(instrument: dict[str, Any]) -> dict[str, Any]:
    """Put the token of a stored card in place of its id, for the length of the call."""
    if "credential_id" not in instrument:
        return instrument
    credential = StoredCredential.objects.get(id=instrument["credential_id"])
    return {
        **instrument,
        "token": credentials.open_token(credential),
        "network_reference": credential.network_reference,
    }
