"""What payments know of a person: cards kept at gateways, and disputes that are still fought."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.customers.services import Erasure
from payments.disputes.models import Dispute
from payments.disputes.states import OPEN_DISPUTE
from payments.processing import stored_cards
from payments.records.models import StoredCredential


def move_cards(from_id: UUID, to_id: UUID) -> int:
    """Give one customer's stored cards to another and return how many."""
    return int(StoredCredential.objects.filter(customer_id=from_id).update(customer_id=to_id))


def forget_cards(erasure: Erasure) -> int:
    """Take back the consent to every card a person left, and return how many there were. What a gateway was told of earlier charges it keeps by its own law."""
    cards = StoredCredential.objects.filter(customer_id__in=erasure.customer_ids, revoked_at=None).order_by("id")
    ids = list(cards.values_list("id", flat=True))
    for credential_id in ids:
        stored_cards.revoke(credential_id=credential_id, now=erasure.now)
    return len(ids)


def disputes_not_over(customer_ids: Sequence[UUID]) -> list[str]:
    """Return whether a dispute with the person is still open, in words."""
    rows = Dispute.objects.filter(payment__order__customer_id__in=customer_ids, status__in=OPEN_DISPUTE)
    return [_("a dispute is open")] if rows.exists() else []
