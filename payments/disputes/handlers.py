"""What processors' events say about disputes."""

from __future__ import annotations

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.outbox import screens
from merchant.core.outbox import services as outbox
from merchant.core.outbox.services import Event
from payments.disputes import services
from payments.disputes.states import DISPUTE
from payments.gateways import registry
from payments.gateways.models import GatewayAccount

# Names of stored events that may speak of a dispute, as webhooks publish them.
TOLD = tuple(
    f"gateway.dispute_{what}"
    for what in ("opened", "inquiry", "escalated", "reopened", "submitted", "updated", "won", "lost")
)
CHANGED = ("dispute.opened", "dispute.answer_refused", *(f"dispute.{status}" for status in DISPUTE.states))


def take_notice(event: Event) -> None:
    """Apply what a processor's event says. Its order and repetition do not matter."""
    account = GatewayAccount.objects.get(id=UUID(event.payload["gateway_account_id"]))
    notice = registry.gateway(account.gateway).read_dispute(event.payload["body"])
    if notice is not None:
        now = business_now(event.merchant_id)
        services.apply_notice(gateway_account_id=account.id, notice=notice, source="webhook", now=now)


def tell_screens(event: Event) -> None:
    """Tell open pages about the dispute and its payment to look again."""
    for topic in (f"dispute:{event.payload['dispute_id']}", f"payment:{event.payload['payment_id']}"):
        screens.push(
            event.merchant_id, topic, event={"kind": "changed", "id": topic.split(":")[1]}, store_id=screens.ALL_STORES
        )


def register() -> None:
    """Called once a process by the app."""
    for topic in TOLD:
        outbox.on(topic, take_notice)
    for topic in CHANGED:
        outbox.on(topic, tell_screens)
