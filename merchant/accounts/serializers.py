"""What comes in and goes out over REST about people, keys, tablets and places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from merchant.accounts import access
from merchant.accounts.models import ROLES, ApiKey, Device, StaffMember
from merchant.core.callers import Caller, RegisterFacts
from merchant.core.cash_rounding import cash_least, cash_step
from merchant.core.money import MINOR_MAX
from merchant.merchants.models import Register, Store
from merchant.merchants.vat_numbers import is_vat_number

# More stores than any merchant of ours has; who works in all of them has `all_stores`.
STORES_MAX = 500


class StoreOutput(serializers.ModelSerializer[Store]):
    """A store."""

    day_cutoff = serializers.TimeField(format="%H:%M")

    class Meta:
        model = Store
        fields = [
            "id",
            "name",
            "code",
            "country",
            "currency",
            "zone",
            "day_cutoff",
            "address",
            "tax_number",
            "organisation_number",
        ]


class RegisterOutput(serializers.ModelSerializer[Register]):
    """A register."""

    store_id = serializers.UUIDField()

    class Meta:
        model = Register
        fields = ["id", "name", "code", "store_id", "last_receipt_number", "is_training"]


class DeviceOutput(serializers.ModelSerializer[Device]):
    """A tablet, without its token."""

    register_id = serializers.UUIDField()

    class Meta:
        model = Device
        fields = ["id", "name", "register_id", "created_at", "last_seen_at", "revoked_at", "refund_limit_minor"]


class ApiKeyOutput(serializers.ModelSerializer[ApiKey]):
    """A key, without its secret."""

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
            "refund_limit_minor",
        ]


class ApiKeyWithSecretOutput(ApiKeyOutput):
    """A key that was just made. `secret` is shown this once."""

    secret = serializers.CharField()

    class Meta(ApiKeyOutput.Meta):
        fields = [*ApiKeyOutput.Meta.fields, "secret"]


class StoresOutput(serializers.Serializer[Any]):
    """Stores."""

    results = StoreOutput(many=True)


class RegistersOutput(serializers.Serializer[Any]):
    """Registers."""

    results = RegisterOutput(many=True)


class DevicesOutput(serializers.Serializer[Any]):
    """Tablets."""

    results = DeviceOutput(many=True)


class ApiKeysOutput(serializers.Serializer[Any]):
    """Keys."""

    results = ApiKeyOutput(many=True)


class CreateApiKeyInput(serializers.Serializer[Any]):
    """A new key."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(access.SCOPES)), min_length=1, max_length=len(access.SCOPES)
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    refund_limit_minor = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)


class RefundLimitInput(serializers.Serializer[Any]):
    """The largest single refund without a second person; null is no limit."""

    refund_limit_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, allow_null=True)


class RollApiKeyInput(serializers.Serializer[Any]):
    """How long the old key goes on."""

    overlap_hours = serializers.IntegerField(min_value=0, max_value=24 * 30, default=24)


class StaffOutput(serializers.ModelSerializer[StaffMember]):
    """A member of staff."""

    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.get_full_name")
    store_ids = serializers.SerializerMethodField()

    class Meta:
        model = StaffMember
        fields = [
            "id",
            "email",
            "name",
            "role",
            "all_stores",
            "store_ids",
            "refund_limit_minor",
            "is_active",
            "created_at",
        ]

    def get_store_ids(self, member: StaffMember) -> list[str]:
        """Return the stores of a member who does not work at all of them."""
        return [str(store.id) for store in member.stores.all()]


class StaffListOutput(serializers.Serializer[Any]):
    """Members of staff."""

    results = StaffOutput(many=True)


class AddedStaffOutput(StaffOutput):
    """A member who was just added; `invitation_url` is shown this once, for a person nobody knew before."""

    invitation_url = serializers.URLField(allow_null=True)

    class Meta(StaffOutput.Meta):
        fields = [*StaffOutput.Meta.fields, "invitation_url"]


class AddStaffInput(serializers.Serializer[Any]):
    """A new member of staff. Without `store_ids` they work at all stores."""

    email = serializers.EmailField()
    first_name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    last_name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(choices=ROLES)
    store_ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=STORES_MAX, required=False, allow_null=True, default=None
    )
    refund_limit_minor = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)


class ChangeStaffInput(serializers.Serializer[Any]):
    """What becomes of a member; what is left out stays. A null limit is no limit."""

    role = serializers.ChoiceField(choices=ROLES, required=False)
    all_stores = serializers.BooleanField(required=False)
    store_ids = serializers.ListField(child=serializers.UUIDField(), max_length=STORES_MAX, required=False)
    refund_limit_minor = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class PairInput(serializers.Serializer[Any]):
    """What a tablet sends to be bound to a register."""

    code = serializers.CharField(max_length=20)
    device_name = serializers.CharField(max_length=80)


def other_tablets_output(devices: Iterable[Device]) -> list[dict[str, Any]]:
    """Return the tablets that sell at the same register: without a line each of them gives the same receipt numbers."""
    return [
        {"id": str(device.id), "name": device.name, "paired_at": device.created_at, "last_seen_at": device.last_seen_at}
        for device in devices
    ]


def register_facts_output(facts: RegisterFacts) -> dict[str, Any]:
    """Return what a tablet needs to know of its place."""
    return {
        "register": {
            "id": str(facts.register_id),
            "code": facts.register_code,
            "name": facts.register_name,
            "is_training": facts.is_training,
        },
        "store": {
            "id": str(facts.store_id),
            "code": facts.store_code,
            "name": facts.store_name,
            "country": facts.country,
            "currency": facts.currency,
            "zone": facts.zone,
            "day_cutoff": facts.day_cutoff.strftime("%H:%M"),
        },
    }


def counter_output(facts: RegisterFacts, register: Register) -> dict[str, Any]:
    """Return what a tablet needs to sell and print without a line: its place, the last number of its receipts, whose they are, how cash is rounded."""
    place, store = register_facts_output(facts), register.store
    place["register"]["last_receipt_number"] = register.last_receipt_number
    place["store"] |= {
        "address": store.address,
        "tax_number": store.tax_number,
        "is_vat_number": is_vat_number(store.tax_number),
        "organisation_number": store.organisation_number,
        "cash": {
            "step_minor": cash_step(store.country, store.currency),
            "least_minor": cash_least(store.country, store.currency),
        },
    }
    return place


def caller_output(caller: Caller, register: Register | None = None) -> dict[str, Any]:
    """Return who is calling and what they may do; of a tablet also its `register`, as it stands now."""
    nowhere = {"register": None, "store": None}
    place = counter_output(caller.register, register) if caller.register and register else nowhere
    return {
        "kind": caller.kind,
        "id": str(caller.id),
        "name": caller.name,
        "role": caller.role or None,
        "merchant": {
            "id": str(caller.merchant_id),
            "name": caller.merchant.name,
            "base_currency": caller.merchant.base_currency,
            "country": caller.merchant.country,
            "zone": caller.merchant.zone,
            "locale": caller.merchant.locale,
            "is_sandbox": caller.merchant.is_sandbox,
        },
        "rights": sorted(caller.rights),
        "store_ids": None if caller.stores is None else sorted(map(str, caller.stores)),
        "refund_limit_minor": caller.refund_limit_minor,
        **place,
    }
