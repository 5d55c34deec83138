"""The relay's hands: send due webhooks and mails, note every attempt, try again for about three days."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.states import move
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from merchant.merchants.queries import is_put_away
from merchant.messages import posting
from merchant.messages.models import Message, WebhookAttempt, WebhookDelivery
from merchant.messages.posting import Letter, Reply
from merchant.messages.services import secret_context
from merchant.messages.states import DELIVERY

logger = logging.getLogger(__name__)

# 5 s catches a restart, the rest a night, a weekend: 3 days and 3 hours in all, as the Standard Webhooks guide proposes.
RETRY_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
# What a killed relay was sending is due again after a minute; one attempt lasts at most 20 s.
_LEASE = timedelta(seconds=60)
_SENDERS = 8
_BATCH = 32
# A receiver that hangs holds at most half of the senders.
_PER_ENDPOINT = 4

_CLAIM_WEBHOOKS = """
UPDATE merchant_webhook_delivery SET next_at = %(until)s WHERE id IN (
  SELECT d.id FROM merchant_webhook_delivery d WHERE d.status = 'pending' AND d.next_at <= %(now)s AND d.id IN (
    SELECT id FROM (
      SELECT id, next_at, row_number() OVER (PARTITION BY endpoint_id ORDER BY next_at, id) AS place
      FROM (SELECT id, endpoint_id, next_at FROM merchant_webhook_delivery
            WHERE status = 'pending' AND next_at <= %(now)s ORDER BY next_at LIMIT 2000) due
    ) placed WHERE place <= %(each)s ORDER BY next_at LIMIT %(batch)s
  ) FOR UPDATE SKIP LOCKED
) RETURNING id, merchant_id
"""
_CLAIM_MAILS = """
UPDATE merchant_message SET next_at = %(until)s WHERE id IN (
  SELECT id FROM merchant_message WHERE status = 'pending' AND next_at <= %(now)s ORDER BY next_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
) RETURNING id, merchant_id
"""


def send_webhooks_due() -> int:
    """Send webhooks that are due, several at once, and return how many. Any number of relays may call this."""
    claimed = _claim(_CLAIM_WEBHOOKS, {"each": _PER_ENDPOINT, "batch": _BATCH})
    letters = [_letter(delivery_id, merchant_id) for delivery_id, merchant_id in claimed]
    # The threads only talk to the network; the database is this thread's alone.
    replies = _senders().map(lambda letter: posting.post(letter, machine_now()) if letter else None, letters)
    for (delivery_id, merchant_id), reply in zip(claimed, replies, strict=True):
        with acting_for(merchant_id):
            _note(delivery_id, reply, machine_now())
    return len(claimed)


def send_mails_due() -> int:
    """Send mails that are due and return how many. A relay killed between the server's yes and our note sends twice, under the same Message-ID; the mail says so."""
    claimed = _claim(_CLAIM_MAILS, {"batch": _BATCH})
    for message_id, merchant_id in claimed:
        with acting_for(merchant_id):
            _send_mail(Message.objects.get(id=message_id))
    return len(claimed)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` failures, or None when it is enough."""
    return now + timedelta(seconds=RETRY_SECONDS[attempts - 1]) if attempts <= len(RETRY_SECONDS) else None


def _claim(sql: str, values: dict[str, object]) -> list[tuple[UUID, UUID]]:
    now = machine_now()
    with transaction.atomic():
        return [(row[0], row[1]) for row in db.rows(sql, {**values, "now": now, "until": now + _LEASE})]


def _letter(delivery_id: UUID, merchant_id: UUID) -> Letter | None:
    """Return what to send, or None for an endpoint that was switched off or whose merchant was put away."""
    with acting_for(merchant_id):
        delivery = WebhookDelivery.objects.select_related("endpoint").get(id=delivery_id)
        endpoint = delivery.endpoint
        if not endpoint.is_active or is_put_away(merchant_id):
            return None
        sealed = [endpoint.secret]
        if endpoint.previous_secret and endpoint.previous_until and machine_now() < endpoint.previous_until:
            sealed.append(endpoint.previous_secret)
        opened = tuple(vault.open_secret(secret, context=secret_context(endpoint.id)) for secret in sealed)
        return Letter(url=endpoint.url, event_id=str(delivery.event_id), body=delivery.body, secrets=opened)


@transaction.atomic
def _note(delivery_id: UUID, reply: Reply | None, now: datetime) -> None:
    """Write the attempt and what follows from it, unless another relay has settled the delivery meanwhile."""
    delivery = WebhookDelivery.objects.select_for_update().get(id=delivery_id)
    if delivery.status != "pending":
        return
    if reply is None:
        move(delivery, DELIVERY, "failed")
        return
    attempts = delivery.attempts + 1
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=now,
        http_status=reply.http_status,
        response_text=reply.text,
        error=reply.error,
        duration_ms=reply.duration_ms,
    )
    if reply.is_accepted:
        move(delivery, DELIVERY, "delivered", attempts=attempts, delivered_at=now)
    elif (again := next_try(attempts, now)) is not None:
        move(delivery, DELIVERY, "pending", attempts=attempts, next_at=again)
    else:
        logger.warning("webhook delivery %s is given up after %s attempts", delivery_id, attempts)
        move(delivery, DELIVERY, "failed", attempts=attempts)


def _send_mail(message: Message) -> None:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body_text,
        to=[message.recipient],
        headers={"Message-ID": f"<{message.id}@tillsyn>"},
    )
    if message.body_html:
        mail.attach_alternative(message.body_html, "text/html")
    attempts, unanswered = message.attempts + 1, message.unanswered
    try:
        if message.attachment_path:
            mail.attach(message.attachment_name, Path(message.attachment_path).read_bytes())
        # Whoever finds this higher than it left it knows that somebody died over it.
        Message.objects.filter(id=message.id).update(unanswered=unanswered + 1)
        mail.send()
        crash_point("E8")
    except Exception as error:  # whatever the mail server does, the mail stays queued
        logger.warning("mail %s was not taken: %s", message.id, type(error).__name__)
        failure = f"{type(error).__name__}: {error}"[:300]
        if (again := next_try(attempts, machine_now())) is None:
            move(message, DELIVERY, "failed", attempts=attempts, unanswered=unanswered, last_error=failure)
        else:
            move(
                message, DELIVERY, "pending", attempts=attempts, unanswered=unanswered, last_error=failure, next_at=again
            )  # fmt: skip
        return
    move(
        message, DELIVERY, "delivered", attempts=attempts, unanswered=unanswered, delivered_at=machine_now(), last_error=""
    )  # fmt: skip


@cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_SENDERS, thread_name_prefix="webhook")
