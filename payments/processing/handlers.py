"""What processing does when an operation has succeeded."""

from __future__ import annotations

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from payments.processing.refusals import NothingToVoid, PaymentOutcomeUnknown
from payments.processing.voids import request_void


def release_rest(event: Event) -> None:
    """Let go what a final capture left of its authorisation. A repeated event finds nothing left."""
    if not event.payload.get("is_final"):
        return
    try:
        request_void(
            payment_id=UUID(event.payload["payment_id"]),
            now=business_now(event.merchant_id),
            reason="rest after the final capture",
        )
    except (NothingToVoid, PaymentOutcomeUnknown):
        # Nothing is left, or another capture is still on its way: the issuer frees the rest at its end by itself.
        return
