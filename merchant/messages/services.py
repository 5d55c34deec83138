"""Endpoints and their secrets; queueing and resending of webhooks and mails. Sending itself is the relay's: `sending.py`."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from merchant.core import notify
from merchant.core.audit import services as audit
from merchant.core.errors import Invalid
from merchant.core.ids import new_id
from merchant.core.states import move
from merchant.core.vault import services as vault
from merchant.messages import addresses, queries
from merchant.messages.models import Message, WebhookDelivery, WebhookEndpoint
from merchant.messages.states import DELIVERY

# A day: long enough to deploy a receiver with the new secret in working hours anywhere.
SECRET_OVERLAP = timedelta(hours=24)
# 20: every receiver costs a row and a request per event.
ENDPOINTS_MAX = 20


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """An endpoint and its new secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


@transaction.atomic
def create_endpoint(*, url: str, topics: Sequence[str], now: datetime) -> EndpointSecret:
    """
    Register an address that hears of `topics` (`payment.captured`, `payment.*` or `*`) from now on.

    :raises Invalid: for an address that is not public, no topics, or too many endpoints.
    """
    if WebhookEndpoint.objects.filter(is_active=True).count() >= ENDPOINTS_MAX:
        raise Invalid(reason=_("there may be at most {number} active endpoints").format(number=ENDPOINTS_MAX))
    endpoint_id, secret = new_id(), _new_secret()
    endpoint = WebhookEndpoint.objects.create(
        id=endpoint_id,
        url=addresses.check_url(url),
        topics=_checked_topics(topics),
        secret=vault.seal(secret, context=secret_context(endpoint_id)),
        created_at=now,
    )
    audit.record(
        "webhook_endpoint.created",
        subject=f"webhook_endpoint:{endpoint_id}",
        now=now,
        data={"url": url, "topics": list(topics)},
    )
    return EndpointSecret(endpoint, secret)


@transaction.atomic
def change_endpoint(
    *,
    endpoint_id: UUID,
    now: datetime,
    url: str | None = None,
    topics: Sequence[str] | None = None,
    is_active: bool | None = None,
) -> WebhookEndpoint:
    """
    Change what is given and return the endpoint. An endpoint is never deleted: its deliveries are history.

    :raises NotFound: if the merchant has no such endpoint.
    :raises Invalid: for an address that is not public or no topics.
    """
    endpoint = queries.get_endpoint_for_update(endpoint_id)
    changes: dict[str, Any] = {}
    if url is not None:
        changes["url"] = addresses.check_url(url)
    if topics is not None:
        changes["topics"] = _checked_topics(topics)
    if is_active is not None:
        changes["is_active"] = is_active
    for name, value in changes.items():
        setattr(endpoint, name, value)
    if changes:
        endpoint.save(update_fields=list(changes))
        audit.record("webhook_endpoint.changed", subject=f"webhook_endpoint:{endpoint_id}", now=now, data=changes)
    return endpoint


@transaction.atomic
def roll_secret(*, endpoint_id: UUID, now: datetime) -> EndpointSecret:
    """
    Give the endpoint a new secret. For 24 hours every delivery is signed with both. Locks the endpoint: of two that roll at once both new secrets sign.

    :raises NotFound: if the merchant has no such endpoint.
    """
    endpoint = queries.get_endpoint_for_update(endpoint_id)
    secret = _new_secret()
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + SECRET_OVERLAP
    endpoint.secret = vault.seal(secret, context=secret_context(endpoint_id))
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    audit.record("webhook_endpoint.secret_rolled", subject=f"webhook_endpoint:{endpoint_id}", now=now)
    return EndpointSecret(endpoint, secret)


@transaction.atomic
def resend_delivery(*, delivery_id: UUID, now: datetime) -> WebhookDelivery:
    """
    Send a delivery again at once, whatever became of it, with all its retries before it. The event keeps its id.

    :raises NotFound: if the merchant has no such delivery.
    """
    delivery = queries.get_delivery(delivery_id)
    move(delivery, DELIVERY, "pending", next_at=now, attempts=0)
    audit.record("webhook_delivery.resent", subject=f"webhook_delivery:{delivery_id}", now=now)
    notify.after_commit(notify.RELAY, "webhooks")
    return delivery


@dataclass(frozen=True, slots=True)
class Mail:
    """A rendered mail. `dedup_key` makes a second queueing of the same news harmless for ever; `about` is `order:<id>`. A file of ours may go with it, under a name."""

    kind: str
    dedup_key: str
    recipient: str
    subject: str
    body_text: str
    body_html: str
    about: str
    attachment_path: str = ""
    attachment_name: str = ""


def queue_mail(mail: Mail, *, now: datetime) -> bool:
    """Store `mail` in the caller's transaction for the relay to send, and say whether it is new."""
    _message, is_new = Message.objects.get_or_create(
        dedup_key=mail.dedup_key,
        defaults={
            "kind": mail.kind,
            "recipient": mail.recipient,
            # Names stand in subjects; a line break in one would be a header of its own, which mail servers and Django refuse.
            "subject": " ".join(mail.subject.split())[:200],
            "body_text": mail.body_text,
            "body_html": mail.body_html,
            "about": mail.about,
            "attachment_path": mail.attachment_path,
            "attachment_name": mail.attachment_name,
            "next_at": now,
            "created_at": now,
        },
    )
    notify.after_commit(notify.RELAY, "mails")
    return is_new


def forget_mails(*, about: str = "", recipients: Sequence[str] = ()) -> int:
    """Empty the mails about an object, or to some addresses in whatever letters, and return how many. What was not sent yet is not sent; that there was one stays."""
    rows = Message.objects.exclude(recipient="")
    if about:
        rows = rows.filter(about=about)
    else:
        rows = rows.annotate(reader=Upper("recipient")).filter(reader__in=[address.upper() for address in recipients])
    empty = {
        "recipient": "",
        "subject": "",
        "body_text": "",
        "body_html": "",
        "attachment_path": "",
        "attachment_name": "",
    }
    rows.filter(status="pending").update(status="failed", last_error="erased")
    return int(rows.update(**empty))


def resend_mail(*, message: Message, now: datetime) -> Message:
    """Send a mail again at once, whatever became of it. :raises Invalid: for one whose reader was erased."""
    if not message.recipient:
        raise Invalid(reason=_("this mail was erased with its reader"))
    move(message, DELIVERY, "pending", next_at=now, attempts=0)
    notify.after_commit(notify.RELAY, "mails")
    return message


def secret_context(endpoint_id: UUID) -> str:
    """Return what binds an endpoint's secrets to its row."""
    return f"webhook_endpoint:{endpoint_id}:secret"


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _checked_topics(topics: Sequence[str]) -> list[str]:
    if not topics or len(topics) > 50 or not all(isinstance(topic, str) and 0 < len(topic) <= 60 for topic in topics):
        raise Invalid(reason=_("topics must be 1 to 50 names such as payment.captured, payment.* or *"))
    return sorted(set(topics))
