"""Reads of people, keys, tablets and places for the merchant in scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from merchant.accounts.models import ApiKey, Device, PairingCode, StaffMember
from merchant.core.audit.models import AuditEntry
from merchant.core.callers import Caller
from merchant.core.errors import NotFound
from merchant.merchants.models import Merchant, Register, Store


def count_merchants(caller: Caller) -> int:
    """Return how many merchants a person works for, without those that were put away; none of what is no person. One statement."""
    if caller.user_id is None:
        return 0
    of_person = StaffMember.across_merchants.filter(user_id=caller.user_id, is_active=True).values("merchant_id")
    return Merchant.objects.filter(id__in=of_person, archived_at=None).count()


def find_put_away(user_id: UUID) -> Merchant | None:
    """Return the demo business that was put away last of those that a person owns, None without one."""
    owned = StaffMember.across_merchants.filter(user_id=user_id, is_active=True, role="owner").values("merchant_id")
    gone = Merchant.objects.filter(id__in=owned, is_demo=True, archived_at__isnull=False)
    found: Merchant | None = gone.order_by("-archived_at").first()
    return found


def get_staff_member(member_id: UUID) -> StaffMember:
    """Return a member of staff, or raise `NotFound`."""
    member: StaffMember | None = StaffMember.objects.select_related("user").filter(pk=member_id).first()
    if member is None:
        raise NotFound()
    return member


def get_api_key(key_id: UUID) -> ApiKey:
    """Return a key, or raise `NotFound`."""
    key: ApiKey | None = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound()
    return key


def get_api_key_for_update(key_id: UUID) -> ApiKey:
    """Return a key and lock it until the transaction ends, or raise `NotFound`."""
    key: ApiKey | None = ApiKey.objects.select_for_update(no_key=True).filter(pk=key_id).first()
    if key is None:
        raise NotFound()
    return key


def get_device(device_id: UUID) -> Device:
    """Return a tablet with its register, or raise `NotFound`."""
    device: Device | None = Device.objects.select_related("register").filter(pk=device_id).first()
    if device is None:
        raise NotFound()
    return device


def get_register(register_id: UUID) -> Register:
    """Return a register with its store, or raise `NotFound`."""
    register: Register | None = Register.objects.select_related("store").filter(pk=register_id).first()
    if register is None:
        raise NotFound()
    return register


def list_stores(stores: frozenset[UUID] | None) -> QuerySet[Store]:
    """Return the stores in `stores` (None is all), by name."""
    rows = Store.objects.order_by("name", "id")
    return rows if stores is None else rows.filter(pk__in=stores)


def list_registers(stores: frozenset[UUID] | None) -> QuerySet[Register]:
    """Return the registers of `stores` (None is all), by code."""
    rows = Register.objects.select_related("store").order_by("code", "id")
    return rows if stores is None else rows.filter(store_id__in=stores)


def list_devices(stores: frozenset[UUID] | None) -> QuerySet[Device]:
    """Return the tablets of `stores` (None is all), the newest first."""
    rows = Device.objects.select_related("register").order_by("-id")
    return rows if stores is None else rows.filter(register__store_id__in=stores)


def list_selling_tablets(register_id: UUID) -> list[Device]:
    """Return the tablets that may sell at a register now, the first paired first."""
    return list(Device.objects.filter(register_id=register_id, revoked_at=None).order_by("id"))


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A pairing code that still works, and who made it, as the audit has it."""

    made_by: str
    made_at: datetime
    ends_at: datetime


def find_open_code(*, subject: str, now: datetime) -> OpenCode | None:
    """Return the code of `subject` that still works, None if there is none."""
    code: PairingCode | None = (
        PairingCode.objects.filter(subject=subject, used_at=None, expires_at__gt=now).order_by("-id").first()
    )
    if code is None:
        return None
    made = AuditEntry.objects.filter(action="pairing_code.issued", subject=subject).order_by("-id").first()
    return OpenCode(made.actor_name if made else "", code.created_at, code.expires_at)


def list_api_keys() -> QuerySet[ApiKey]:
    """Return the merchant's keys, the newest first."""
    return ApiKey.objects.order_by("-id")


def list_staff() -> QuerySet[StaffMember]:
    """Return everybody who works or worked for the merchant, by address."""
    return StaffMember.objects.select_related("user").prefetch_related("stores").order_by("user__email")


def list_second_factors(members: Sequence[StaffMember]) -> set[UUID]:
    """Return the ids of those people (not memberships) who have a second factor, with one statement."""
    from allauth.mfa.models import Authenticator

    rows = Authenticator.objects.filter(user_id__in=[member.user_id for member in members])
    return set(rows.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("user_id", flat=True))
