"""Charge a card that a customer left with the gateway, without the customer: only with consent, first payment and evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.money import Money
from payments.processing.services import request_authorisation
from payments.records import credentials
from payments.records.models import Operation, StoredCredential


def consent(*, customer_id: UUID, text: str, at: datetime) -> dict[str, Any]:
    """Return what goes into the instrument of a payment whose customer agrees, in these words and at this moment, to their card being stored."""
    return {"store": {"customer_id": str(customer_id), "consent_text": text, "consented_at": at.isoformat()}}


@transaction.atomic
def charge(*, credential_id: UUID, order_id: UUID, amount: Money, now: datetime) -> Operation:
    """
    Ask for `amount` towards an order with a stored card: a payment that the merchant begins. Locks the order.

    :raises CredentialNotUsable: without consent, the network's reference of the first payment, or its evidence of customer authentication.
    And what `request_authorisation` raises.
    """
    credential = credentials.get_chargeable(credential_id)
    return request_authorisation(
        order_id=order_id,
        method="card",
        amount=amount,
        gateway_account=credential.gateway_account,
        now=now,
        instrument={"credential_id": str(credential.id)},
        initiation="merchant",
    )


@transaction.atomic
def revoke(*, credential_id: UUID, now: datetime) -> None:
    """Take a customer's consent back: the card is charged no more and its token is forgotten. A repeat changes nothing."""
    taken = StoredCredential.objects.filter(id=credential_id, revoked_at=None).update(revoked_at=now, secret=b"")
    if taken:
        audit.record("credential.revoked", subject=f"credential:{credential_id}", now=now)
