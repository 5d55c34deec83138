"""What approvals look like in REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.accounts.approvals.models import Approval
from merchant.accounts.approvals.services import APPROVABLE
from merchant.core.fields import CurrencyField
from merchant.core.money import MINOR_MAX


class ApprovalAmountInput(serializers.Serializer[Any]):
    """Up to how much is to be approved."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    currency = CurrencyField()


class AskApprovalInput(serializers.Serializer[Any]):
    """What is to be approved, as the refusal `approval_needed` named it."""

    right = serializers.ChoiceField(choices=sorted(APPROVABLE))
    subject = serializers.RegexField(r"^[a-z_]+:[0-9A-Za-z-]+$", max_length=80)
    amount = ApprovalAmountInput(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200)
    store_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class PinGrantInput(serializers.Serializer[Any]):
    """Who grants at the till, and their PIN."""

    member_id = serializers.UUIDField()
    pin = serializers.CharField(max_length=8, trim_whitespace=False)


class SetPinInput(serializers.Serializer[Any]):
    """A new PIN of 4 to 8 digits."""

    pin = serializers.CharField(max_length=8, trim_whitespace=False)


class ApprovalOutput(serializers.ModelSerializer[Approval]):
    """An approval as it stands."""

    amount = serializers.SerializerMethodField()
    asked_by = serializers.CharField(source="asked_by_name")
    decided_by = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = [
            "id",
            "right",
            "subject",
            "amount",
            "reason",
            "store_id",
            "status",
            "asked_by",
            "asked_at",
            "expires_at",
            "decided_by",
            "decided_at",
            "decided_with_pin",
            "used_at",
        ]

    def get_amount(self, approval: Approval) -> dict[str, Any] | None:
        """Return the amount, or null for an act without one."""
        if approval.amount_minor is None:
            return None
        return {"amount_minor": approval.amount_minor, "currency": approval.currency}

    def get_decided_by(self, approval: Approval) -> str:
        """Return the name of who decided, or nothing."""
        return str(approval.decided_by.user) if approval.decided_by else ""


class ApprovalsOutput(serializers.Serializer[Any]):
    """Approvals, the newest first."""

    results = ApprovalOutput(many=True)
