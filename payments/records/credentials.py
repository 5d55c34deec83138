"""Cards kept for later: stored with consent and with the evidence of the customer's own payment, opened for the length of a call."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.telling import state_words
from merchant.core.vault import services as vault
from payments.gateways.base import Outcome
from payments.records.models import Operation, Payment, StoredCredential
from payments.records.states import STORED_CARD


class CredentialNotUsable(AppError):
    """The stored card was given back, or lacks what a charge without the customer needs."""

    code = "credential_not_usable"
    status = 422
    detail = "This stored card cannot be charged: {why}."
    next_step = "Let the customer pay once themselves and agree to storing the card."


def keep(payment: Payment, operation: Operation, outcome: Outcome, *, now: datetime) -> StoredCredential | None:
    """
    Store the card of a succeeded payment if its customer agreed to that and the gateway gave a token; else None.

    Without the network's reference nothing is stored: a later charge could not name its mandate.
    """
    agreed = operation.instrument.get("store")
    if not agreed or not outcome.stored_token or not outcome.network_reference:
        return None
    account_id = payment.gateway_account_id
    if account_id is None:
        return None
    credential = StoredCredential(
        customer_id=UUID(agreed["customer_id"]),
        gateway_account_id=account_id,
        first_operation=operation,
        card_brand=payment.card_brand,
        card_last4=payment.card_last4,
        consent_text=str(agreed["consent_text"])[:400],
        consented_at=datetime.fromisoformat(agreed["consented_at"]),
        network_reference=outcome.network_reference,
        sca_evidence=dict(outcome.data.get("sca") or {}),
        created_at=now,
    )
    credential.secret = _sealed(credential, outcome)
    try:
        with transaction.atomic():
            credential.save(force_insert=True)
    except IntegrityError as error:
        if "one_stored_card_per_payment" not in str(error):
            raise
        # Asked for meanwhile by itself: that request goes on.
        return None
    tell(credential, "stored", now=now)
    return credential


def settle(credential: StoredCredential, outcome: Outcome, *, now: datetime) -> None:
    """
    Write what the gateway says of a card it was asked to store. Locks nothing: of two answers the first one counts, and the other changes nothing.

    An approval that brings no token or no mandate has stored nothing.
    """
    status = "stored" if outcome.status == "succeeded" else outcome.status
    decline_code = outcome.decline_code
    if status == "stored" and not (outcome.stored_token and outcome.network_reference and outcome.data.get("sca")):
        status, decline_code = "failed", "not_stored"
    if not STORED_CARD.allows(credential.status, status):
        return
    changes: dict[str, Any] = {
        "decline_code": decline_code,
        "action_url": outcome.action_url if status == "action_required" else "",
    }
    if status == "stored":
        changes |= {
            "secret": _sealed(credential, outcome),
            "network_reference": outcome.network_reference,
            "sca_evidence": dict(outcome.data["sca"]),
            "card_brand": outcome.card_brand or credential.card_brand,
            "card_last4": outcome.card_last4 or credential.card_last4,
            "decline_code": "",
        }
    if status in ("stored", "declined", "failed"):
        # What the customer gave the card by is spent.
        changes |= {"instrument": {}, "next_look_at": None}
    move(credential, STORED_CARD, status, **changes)
    if status in ("stored", "declined", "failed"):
        tell(credential, status, now=now)


def tell(credential: StoredCredential, what: str, *, now: datetime) -> None:
    """Write audit and event of a stored card that has changed, in the transaction of the change."""
    data = {
        "stored_card_id": str(credential.id),
        "customer_id": str(credential.customer_id),
        "status": credential.status,
        "brand": credential.card_brand,
        "last4": credential.card_last4,
        "decline_code": credential.decline_code,
    }
    audit.record(f"stored_card.{what}", subject=f"customer:{credential.customer_id}", now=now, data=data)
    outbox.publish(f"stored_card.{what}", f"customer:{credential.customer_id}", data)


def get_credential(credential_id: UUID) -> StoredCredential:
    """Return a stored card of the merchant in scope. :raises NotFound: if there is none."""
    credential: StoredCredential | None = (
        StoredCredential.objects.select_related("first_operation", "gateway_account").filter(id=credential_id).first()
    )
    if credential is None:
        raise NotFound()
    return credential


def get_chargeable(credential_id: UUID) -> StoredCredential:
    """
    Return a credential that may be charged without its customer.

    :raises NotFound: if there is none. :raises CredentialNotUsable: if it is not stored (any more) or lacks consent, network reference or SCA evidence.
    """
    credential = get_credential(credential_id)
    for is_missing, why in (
        (credential.status == "revoked", _("the customer took the consent back")),
        (credential.status != "stored", _("storing it is {status}").format(status=state_words(credential.status))),
        (not credential.consent_text, _("there is no consent")),
        (not credential.network_reference, _("there is no network reference of the first payment")),
        (not credential.sca_evidence, _("there is no evidence of strong customer authentication")),
    ):
        if is_missing:
            raise CredentialNotUsable(why=why)
    return credential


def open_token(credential: StoredCredential) -> str:
    """Return the gateway's token, for the length of a call; empty once the card was given back."""
    secret = bytes(credential.secret)
    return vault.open_secret(secret, context=secret_context(credential.id)) if secret else ""


def _sealed(credential: StoredCredential, outcome: Outcome) -> bytes:
    return vault.seal(outcome.stored_token, context=secret_context(credential.id))


def secret_context(credential_id: UUID) -> str:
    """Return what binds a stored card's token to its row."""
    return f"stored_credential:{credential_id}:secret"
