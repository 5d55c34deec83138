"""Cards kept for later: stored with the payment that the customer began, opened for the length of a call."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.vault import services as vault
from payments.gateways.base import Outcome
from payments.records.models import Operation, Payment, StoredCredential


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
    credential.secret = vault.seal(outcome.stored_token, context=_context(credential.id))
    credential.save(force_insert=True)
    audit.record("credential.stored", subject=f"customer:{credential.customer_id}", now=now)
    return credential


def get_chargeable(credential_id: UUID) -> StoredCredential:
    """
    Return a credential that may be charged without its customer.

    :raises NotFound: if there is none. :raises CredentialNotUsable: if it was given back or lacks consent, network reference or SCA evidence.
    """
    credential: StoredCredential | None = StoredCredential.objects.filter(id=credential_id).first()
    if credential is None:
        raise NotFound()
    for is_missing, why in (
        (credential.revoked_at is not None, "the customer took the consent back"),
        (not credential.consent_text, "there is no consent"),
        (not credential.network_reference, "there is no network reference of the first payment"),
        (not credential.sca_evidence, "there is no evidence of strong customer authentication"),
    ):
        if is_missing:
            raise CredentialNotUsable(why=why)
    return credential


def open_token(credential: StoredCredential) -> str:
    """Return the gateway's token, for the length of a call."""
    return vault.open_secret(bytes(credential.secret), context=_context(credential.id))


def _context(credential_id: UUID) -> str:
    return f"stored_credential:{credential_id}:secret"
