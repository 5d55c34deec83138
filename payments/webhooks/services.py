"""Store what processors send, then make of it what it says."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db, notify
from merchant.core.audit import services as audit
from merchant.core.card_numbers import SCRUBBED, find_card_number, scrub
from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import acting_for, current_merchant_id
from merchant.core.vault import services as vault
from payments.gateways import registry
from payments.gateways.base import Outcome, WebhookEvent, WebhookRefused
from payments.processing import storing
from payments.records import services as records
from payments.records.models import Operation
from payments.webhooks import queries
from payments.webhooks.doors import Door, find_door, load_door
from payments.webhooks.models import ATTEMPTS_MAX, InboundWebhook

logger = logging.getLogger(__name__)

# 100: one pass stays under a second, so other work of the relay is not held up.
_BATCH = 100
# What others ask a processor for beside payments, by the look of its reference: nothing is to be done about it.
_beside_payments: list[Callable[[str], bool]] = []


def expect_beside(knows: Callable[[str], bool]) -> None:
    """Have events about references that `knows` says yes to be taken as read."""
    _beside_payments.append(knows)


class SignatureRefused(AppError):
    """The delivery does not prove that it comes from the processor."""

    code = "webhook_signature_refused"
    status = 401
    detail = "The signature is missing, wrong or too old."
    money = "Nothing was stored."
    next_step = "Sign the raw body with the account's present secret and send it again."


class EventDealtWith(AppError):
    """The event waits for nobody: it was used, or is about to be."""

    code = "event_dealt_with"
    detail = "This event waits for nobody: what it says is known, or is being read right now."
    next_step = "Look at the list again."


class ReferenceUnknown(Exception):
    """The event speaks of an operation that is not in our books (yet)."""


def receive(*, gateway: str, account_id: UUID, headers: Mapping[str, str], body: bytes, now: datetime) -> int:
    """
    Verify the raw bytes and store the events in them. Returns how many are new; a repetition is stored once and counts nothing.

    :raises NotFound: if there is no such active account.
    :raises SignatureRefused: if the bytes are not proven to be the processor's.
    """
    door, is_remembered = find_door(gateway, account_id)
    with acting_for(door.merchant_id, door.actor):
        try:
            events = _read(gateway, door, headers, body)
        except SignatureRefused:
            if not is_remembered:
                raise
            # The secret may have changed within the second.
            events = _read(gateway, load_door(gateway, account_id), headers, body)
        stored = _store(door, events, now)
        notify.after_commit(notify.RELAY, "inbound-webhooks")
    return stored


def _read(gateway: str, door: Door, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
    try:
        return registry.gateway(gateway).read_webhook(headers, body, door.access)
    except WebhookRefused as refusal:
        logger.warning("webhook for account %s refused: %s", door.account_id, refusal)
        raise SignatureRefused() from refusal


# One statement, which commits by itself: all events of a delivery or none, and one wait for the disk.
_STORE = """
INSERT INTO webhook_inbound (id, merchant_id, gateway_account_id, external_id, topic, body, token, received_at, attempts, last_error)
SELECT id, %s::uuid, %s::uuid, external_id, topic, body::jsonb, decode(token, 'hex'), %s::timestamptz, 0, ''
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[]) e(id, external_id, topic, body, token)
ON CONFLICT (gateway_account_id, external_id) DO NOTHING RETURNING id
"""


def _store(door: Door, events: Sequence[WebhookEvent], now: datetime) -> int:
    records = [_record(new_id(), event) for event in events]
    return len(db.prepared_rows(_STORE, [door.merchant_id, door.account_id, now, *db.columns(records, 5)]))


def _record(webhook_id: UUID, event: WebhookEvent) -> tuple[UUID, str, str, str, str]:
    token = event.outcome.stored_token if event.outcome else ""
    sealed = vault.seal(token, context=token_context(webhook_id)).hex() if token else ""
    return webhook_id, event.external_id[:120], event.topic[:60], _body_of(event, token), sealed


def token_context(webhook_id: UUID) -> str:
    """Return what binds the token of a delivery to its row."""
    return f"webhook_inbound:{webhook_id}:token"


def _body_of(event: WebhookEvent, token: str) -> str:
    told = {"event": event.body, "reference": event.reference, "outcome": _outcome_as_data(event.outcome)}
    return json.dumps(_scrubbed(told, secret=token))


# Due when its waiting time since arrival is over; locked rows belong to another relay.
_DUE = """
SELECT id, merchant_id FROM webhook_inbound
WHERE processed_at IS NULL AND put_aside_at IS NULL AND attempts < %s AND (attempts = 0 OR received_at + make_interval(secs => power(2, attempts)) <= %s)
ORDER BY id LIMIT %s
"""


def process_inbound() -> int:
    """
    Apply stored events to their operations and return how many were dealt with. Any number of relays may call this at once.

    An event about an operation we do not know is parked with the reason: it is tried again for three days, and `verify` names it.
    """
    due = db.rows(_DUE, [ATTEMPTS_MAX, machine_now(), _BATCH])
    return sum(bool(_process(webhook_id, merchant_id)) for webhook_id, merchant_id in due)


def try_again(*, event_id: UUID, now: datetime) -> bool:
    """
    Try to make of a parked event what it says, at once, and return whether that went well; otherwise it has the new reason and stays where it was.

    Locks the event while it is tried. One that was dealt with meanwhile is not dealt with twice. It uses up none of the tries the event has by itself.

    :raises NotFound: if the merchant has no such event. :raises EventDealtWith: if there is nothing to be done about it.
    """
    event = queries.get_event(event_id)
    if event.processed_at is not None:
        raise EventDealtWith()
    is_used = _process(event.id, current_merchant_id(), is_by_hand=True)
    if is_used is None:
        raise EventDealtWith()
    data = {"topic": event.topic, "is_used": is_used}
    audit.record("gateway_event.tried_again", subject=f"gateway_event:{event.id}", now=now, data=data)
    return is_used


@transaction.atomic
def put_aside(*, event_id: UUID, reason: str, now: datetime) -> InboundWebhook:
    """
    Note that nothing is to be done about a parked event, and why; it is not tried by itself any more. It can still be tried by hand. A repeat changes nothing.

    Locks the event. :raises NotFound: if the merchant has no such event. :raises EventDealtWith: if it was used, or was not tried yet.
    """
    event = queries.get_event_for_update(event_id)
    if event.processed_at is not None or not event.attempts:
        raise EventDealtWith()
    if event.put_aside_at is None:
        event.put_aside_at, event.put_aside_reason = now, reason[:200]
        event.save(update_fields=["put_aside_at", "put_aside_reason"])
        data = {"topic": event.topic, "reason": reason[:200]}
        audit.record("gateway_event.put_aside", subject=f"gateway_event:{event.id}", now=now, data=data)
    return event


def _process(webhook_id: UUID, merchant_id: UUID, *, is_by_hand: bool = False) -> bool | None:
    """Return whether the event was used; None if it is another's: used already, or being read right now."""
    with acting_for(merchant_id):
        try:
            with transaction.atomic():
                row = (
                    InboundWebhook.objects.select_for_update(skip_locked=True)
                    .filter(id=webhook_id, processed_at=None)
                    .first()
                )
                if row is None:
                    return None
                now = machine_now()
                crash_point("W2")
                _apply(row, now)
                crash_point("W3")
                InboundWebhook.objects.filter(id=row.id).update(
                    processed_at=now, last_error="", token=b"", **_without_token(row)
                )
                return True
        except ReferenceUnknown as parked:
            crash_point("W5")
            _park(webhook_id, str(parked), is_by_hand=is_by_hand)
        except Exception as error:
            logger.exception("webhook %s could not be applied", webhook_id)
            _park(webhook_id, f"{type(error).__name__}: {error}", is_by_hand=is_by_hand)
    return False


def _apply(row: InboundWebhook, now: datetime) -> None:
    reference, outcome = row.body["reference"], row.body["outcome"]
    if not reference or outcome is None:
        payload = {"gateway_account_id": str(row.gateway_account_id), "topic": row.topic, "body": row.body["event"]}
        outbox.publish(
            f"gateway.{row.topic.replace('.', '_')}"[:60], f"gateway_account:{row.gateway_account_id}", payload
        )
        return
    told = _outcome_of_data({**outcome, "stored_token": _token_of(row) or outcome["stored_token"]})
    operation = Operation.objects.filter(reference=reference, gateway_account_id=row.gateway_account_id).first()
    if operation is None and any(knows(reference) for knows in _beside_payments):
        return
    if operation is None:
        _apply_to_stored_card(row, reference, told, now)
        return
    records.apply_result(operation_id=operation.id, outcome=told, source="webhook", now=now)


def _without_token(row: InboundWebhook) -> dict[str, Any]:
    """The body of an event that came before tokens were sealed beside it, without its token. Nothing for all others."""
    token = (row.body["outcome"] or {}).get("stored_token")
    return {"body": _scrubbed(row.body, secret=token)} if token else {}


def _token_of(row: InboundWebhook) -> str:
    return vault.open_secret(bytes(row.token), context=token_context(row.id)) if row.token else ""


def _apply_to_stored_card(row: InboundWebhook, reference: str, outcome: Outcome, now: datetime) -> None:
    credential_id = storing.find_by_reference(reference, gateway_account_id=row.gateway_account_id)
    if credential_id is None:
        raise ReferenceUnknown(f"{queries.NO_OPERATION}{reference} here yet")
    storing.apply(credential_id=credential_id, outcome=outcome, now=now)


def _park(webhook_id: UUID, error: str, *, is_by_hand: bool) -> None:
    """Note why it could not be used. Somebody who presses again and again neither makes it wait longer nor has it given up."""
    row = InboundWebhook.objects.get(id=webhook_id)
    counts = not is_by_hand or not row.attempts
    InboundWebhook.objects.filter(id=webhook_id, processed_at=None).update(
        attempts=row.attempts + counts, last_error=error[:300]
    )


def _scrubbed(value: Any, *, secret: str = "") -> Any:
    """Return `value` without `secret`, and without anything that looks like a card number: refusing the delivery would lose the event."""
    if isinstance(value, Mapping):
        return {key: _scrubbed(item, secret=secret) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item, secret=secret) for item in value]
    if isinstance(value, str):
        return scrub(value.replace(secret, "") if secret else value)
    return SCRUBBED if type(value) is int and find_card_number(str(value)) else value


def _outcome_as_data(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    return {
        **asdict(outcome),
        "data": dict(outcome.data),
        "landed_at": outcome.landed_at.isoformat() if outcome.landed_at else None,
    }


def _outcome_of_data(data: dict[str, Any]) -> Outcome:
    landed_at = datetime.fromisoformat(data["landed_at"]) if data["landed_at"] else None
    return Outcome(**{**data, "landed_at": landed_at})
