"""What programs send and get about stored cards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from merchant.core.clock import machine_now
from merchant.core.fields import CurrencyField
from payments.records.declines import as_document
from payments.records.models import StoredCredential

# A shop's clock may be a little ahead of ours.
_AHEAD_MAX = timedelta(minutes=5)


class ConsentInput(serializers.Serializer[Any]):
    """The words the customer agreed to, and when: now, unless it is said."""

    text = serializers.CharField(max_length=400)
    at = serializers.DateTimeField(required=False)

    def validate_at(self, at: Any) -> Any:
        """Nobody has agreed in the future."""
        if at > machine_now() + _AHEAD_MAX:
            raise serializers.ValidationError(_("consent lies in the past"))
        return at


class StoreCardInput(serializers.Serializer[Any]):
    """A card to keep: that of a payment, or one given by token or on the gateway's own card page (session) and only checked."""

    payment_id = serializers.UUIDField(required=False)
    customer_id = serializers.UUIDField(required=False)
    token = serializers.RegexField(r"^[A-Za-z0-9_.-]{1,200}$", required=False)
    session = serializers.BooleanField(required=False)
    currency = CurrencyField(required=False)
    return_url = serializers.URLField(max_length=400, default="", allow_blank=True)
    consent = ConsentInput()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want exactly one card, and whose it is."""
        if sum(bool(attrs.get(name)) for name in ("payment_id", "token", "session")) != 1:
            raise serializers.ValidationError(_("give one of payment_id, token and session: true"))
        if not attrs.get("payment_id") and not attrs.get("customer_id"):
            raise serializers.ValidationError(_("say whose card it is: customer_id"))
        if attrs.get("session") and not attrs["return_url"]:
            raise serializers.ValidationError(_("a session needs the return_url the customer comes back to"))
        return attrs


def stored_card_output(card: StoredCredential) -> dict[str, Any]:
    """Return a stored card. Its token never leaves us."""
    return {
        "id": card.id,
        "customer_id": card.customer_id,
        "status": card.status,
        "is_usable": card.status == "stored" and bool(card.sca_evidence),
        "brand": card.card_brand,
        "last4": card.card_last4,
        "payment_id": card.first_operation.payment_id if card.first_operation else None,
        "gateway_account_id": card.gateway_account_id,
        "consent": {"text": card.consent_text, "at": card.consented_at},
        "network_reference": card.network_reference,
        "sca": card.sca_evidence,
        "action_url": card.action_url if card.status == "action_required" else "",
        "decline_code": card.decline_code,
        "decline": as_document(card.decline_code),
        "created_at": card.created_at,
        "revoked_at": card.revoked_at,
    }
