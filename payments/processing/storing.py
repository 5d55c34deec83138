"""What the relay does for cards that are to be stored: ask the gateway, and ask again what became of it. No money moves by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from merchant.core import db
from merchant.core.clock import business_now, machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.gateways import registry
from payments.gateways.base import UNKNOWN, OperationRequest, Outcome
from payments.processing.sending import guarded
from payments.records import credentials
from payments.records.models import StoredCredential
from payments.records.services import next_look

# 15 s: longer than an adapter waits for its gateway, so a look-up never races the first answer.
_ANSWER_WITHIN = timedelta(seconds=15)


def ask_due() -> int:
    """Claim one card that is to be stored, ask the gateway for it or what became of it, and return how many were asked about. Any number of relays may call this."""
    with transaction.atomic():
        claimed = db.rows(_CLAIM, [machine_now() + _ANSWER_WITHIN])
    for credential_id, merchant_id, was in claimed:
        with acting_for(merchant_id):
            _ask(credential_id, is_first=was == "requested")
    return len(claimed)


_CLAIM = """
WITH due AS (
    SELECT id, status AS was FROM payment_stored_credential
    WHERE status IN ('requested', 'submitted', 'action_required', 'unknown') AND next_look_at <= clock_timestamp()
    ORDER BY next_look_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE payment_stored_credential c SET status = CASE WHEN was = 'requested' THEN 'submitted' ELSE status END, next_look_at = %s,
    submitted_at = coalesce(submitted_at, clock_timestamp()), looks = CASE WHEN was = 'requested' THEN 0 ELSE LEAST(looks + 1, 32000) END
FROM due WHERE c.id = due.id RETURNING c.id, c.merchant_id, due.was
"""


def apply(*, credential_id: UUID, outcome: Outcome, now: datetime) -> None:
    """Write what the gateway says of a card that it was asked to store; what comes after the first final word changes nothing. Locks the card."""
    with transaction.atomic():
        credential = StoredCredential.objects.select_for_update(no_key=True).get(id=credential_id)
        credentials.settle(credential, outcome, now=now)


def find_by_reference(reference: str, *, gateway_account_id: UUID) -> UUID | None:
    """Return the card that was asked for under `reference`, if there is one."""
    rows = StoredCredential.objects.filter(reference=reference, gateway_account_id=gateway_account_id)
    found: UUID | None = rows.values_list("id", flat=True).first()
    return found


def _ask(credential_id: UUID, *, is_first: bool) -> None:
    credential = credentials.get_credential(credential_id)
    account = credential.gateway_account
    gateway, access = registry.gateway(account.gateway), registry.access(account)
    request = _request_for(credential)
    if is_first:
        outcome = guarded(lambda: gateway.send(request, access))
    else:
        outcome = guarded(lambda: gateway.look_up(request, access))
        asked_at = credential.submitted_at or machine_now()
        if outcome is None and machine_now() - asked_at > gateway.may_land_within:
            outcome = guarded(lambda: gateway.cancel(request, access))
    outcome = outcome or UNKNOWN
    if outcome.status in ("unknown", "submitted", "action_required"):
        # The shopper may be at their bank's page for a while: the webhook tells sooner, this look is the safety net.
        # Looks while they are there do not count: what nobody knows afterwards is asked for from the beginning.
        looks = 0 if credential.status == "action_required" else credential.looks
        wait = timedelta(seconds=60) if outcome.status == "action_required" else next_look(looks)
        StoredCredential.objects.filter(id=credential.id).exclude(next_look_at=None).update(
            next_look_at=machine_now() + wait, looks=looks
        )
    if outcome.status != "submitted":
        apply(credential_id=credential.id, outcome=outcome, now=business_now(credential.merchant_id))


def _request_for(credential: StoredCredential) -> OperationRequest:
    first = credential.first_operation
    return OperationRequest(
        operation_id=credential.id,
        reference=credential.reference or "",
        kind="store",
        amount=Money(0, credential.gateway_account.currency),
        order_reference="",
        instrument=credential.instrument,
        parent_gateway_reference=first.payment.gateway_reference if first else "",
        parent_reference=first.reference if first else "",
        return_url=credential.instrument.get("return_url", ""),
        requested_at=credential.created_at,
    )
