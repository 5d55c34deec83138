"""Staff and API keys: every change of who may do what. Each is audited in its own transaction. Tablets are in `device_services`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.accounts import access, callers, queries
from merchant.accounts.models import ApiKey, StaffMember, User
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.ids import new_secret, secret_hash
from merchant.core.tenancy import current_actor
from merchant.merchants.models import Store

# A webshop is redeployed within a day of its key being rolled.
ROLL_OVERLAP = timedelta(hours=24)
_PREFIX_LENGTH = 12


class AlreadyStaff(AppError):
    """The person works for the merchant already."""

    code = "already_staff"
    detail = "{email} already works here."
    next_step = "Change the role of the existing member instead."


@dataclass(frozen=True, slots=True)
class Invited:
    """The new member, and whether the person is new and needs a link to choose a password."""

    member: StaffMember
    is_new_person: bool


@transaction.atomic
def add_staff(
    *,
    email: str,
    first_name: str = "",
    last_name: str = "",
    role: str,
    store_ids: Sequence[UUID] | None = None,
    refund_limit_minor: int | None = None,
    now: datetime,
) -> Invited:
    """
    Let a person work for the merchant in scope with a role, at all stores or at `store_ids`.

    Somebody known by the address keeps their password and second factor; a new person has none until they follow their invitation.

    :raises AlreadyStaff: if they are staff here, active or not.
    """
    email = User.objects.normalize_email(email).strip().lower()
    user = User.objects.filter(email__iexact=email).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(email, None, first_name=first_name, last_name=last_name)
    elif StaffMember.objects.filter(user=user).exists():
        raise AlreadyStaff(email=email)
    member = StaffMember.objects.create(
        user=user,
        role=_known_role(role),
        all_stores=store_ids is None,
        refund_limit_minor=refund_limit_minor,
        created_at=now,
    )
    member.stores.set(_own_stores(store_ids or []))
    audit.record("staff.added", subject=f"staff:{member.id}", now=now, data={"email": email, "role": role})
    return Invited(member, is_new)


class LastOwner(AppError):
    """Nobody would be left who can give rights."""

    code = "last_owner"
    detail = "This is the last owner; a merchant always has one."
    next_step = "Make somebody else an owner first."


class OwnRights(AppError):
    """Nobody changes their own rights."""

    code = "own_rights"
    status = 403
    detail = "You cannot change your own role, stores, limit or access."
    next_step = "Ask another owner."


@dataclass(frozen=True, slots=True)
class StaffChange:
    """What becomes of a member. None leaves a field as it is; `all_stores` wins over `store_ids`."""

    role: str | None = None
    all_stores: bool | None = None
    store_ids: Sequence[UUID] | None = None
    has_refund_limit: bool | None = None
    refund_limit_minor: int | None = None
    is_active: bool | None = None


@transaction.atomic
def change_staff(*, member_id: UUID, change: StaffChange, now: datetime) -> StaffMember:
    """
    Change what a member of staff may do; it holds everywhere within a second.

    Locks the merchant's owners, so that two owners cannot remove each other. The sessions of somebody who works nowhere any more end.

    :raises OwnRights: if the actor changes themselves.
    :raises LastOwner: if no active owner would be left.
    """
    owners = list(
        StaffMember.objects.select_for_update()
        .filter(role="owner", is_active=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
    member = queries.get_staff_member(member_id)
    if current_actor().id == member.id:
        raise OwnRights()
    before = _rights_text(member)
    if change.role is not None:
        member.role = _known_role(change.role)
    if change.has_refund_limit is not None:
        member.refund_limit_minor = change.refund_limit_minor if change.has_refund_limit else None
    if change.is_active is not None:
        member.is_active = change.is_active
    _change_stores(member, change)
    if owners == [member.id] and (member.role != "owner" or not member.is_active):
        raise LastOwner()
    member.save()
    audit.record(
        "staff.changed", subject=f"staff:{member.id}", now=now, data={"before": before, "after": _rights_text(member)}
    )
    transaction.on_commit(callers.forget)
    if (
        not member.is_active
        and not StaffMember.across_merchants.filter(user_id=member.user_id, is_active=True).exists()
    ):
        end_sessions(member.user)
    return member


def end_sessions(user: User) -> None:
    """End every session of a person, on every device."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=user):
        session.end()


@transaction.atomic
def create_api_key(
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    refund_limit_minor: int | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """
    Make a key with `scopes` and return it with its secret, which is shown this once and stored as a hash.

    :raises Invalid: if a scope does not exist.
    """
    unknown = sorted(set(scopes) - set(access.SCOPES))
    if unknown or not scopes:
        raise Invalid(
            reason=_("scopes are {known}; not {unknown}").format(
                known=", ".join(access.SCOPES), unknown=", ".join(unknown) or "none"
            )
        )
    secret = new_secret("tsk")
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:_PREFIX_LENGTH],
        secret_hash=secret_hash(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
        refund_limit_minor=refund_limit_minor,
    )
    audit.record("api_key.created", subject=f"api_key:{key.id}", now=now, data={"name": name, "scopes": key.scopes})
    return key, secret


class KeyRevoked(AppError):
    """The key is revoked already."""

    code = "key_revoked"
    detail = "This key was revoked."
    next_step = "Create a new key."


class KeyRolled(AppError):
    """The key has a successor already."""

    code = "key_rolled"
    detail = "This key has a successor already, and ends at the end of the overlap."
    next_step = "Use the successor, roll that one, or create a new key."


@transaction.atomic
def revoke_api_key(*, key_id: UUID, now: datetime) -> ApiKey:
    """
    End a key; requests with it are refused within a second.

    :raises KeyRevoked: if it was revoked before.
    """
    key = queries.get_api_key(key_id)
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        raise KeyRevoked()
    key.revoked_at = now
    audit.record("api_key.revoked", subject=f"api_key:{key.id}", now=now)
    transaction.on_commit(callers.forget)
    return key


@transaction.atomic
def limit_key_refunds(*, key_id: UUID, limit_minor: int | None, now: datetime) -> ApiKey:
    """
    Set the largest single refund a key makes without a second person, None for no limit; it holds within a second.

    :raises NotFound: if there is none.
    """
    key = queries.get_api_key(key_id)
    data = {"before": key.refund_limit_minor, "after": limit_minor}
    key.refund_limit_minor = limit_minor
    key.save(update_fields=["refund_limit_minor"])
    audit.record("api_key.refund_limit_set", subject=f"api_key:{key.id}", now=now, data=data)
    transaction.on_commit(callers.forget)
    return key


@transaction.atomic
def roll_api_key(*, key_id: UUID, overlap: timedelta = ROLL_OVERLAP, now: datetime) -> tuple[ApiKey, str]:
    """
    Make a successor with the same name, scopes and limit; the old key goes on for `overlap`.

    Locks the old key: of two that roll it in the same moment one makes a successor. A key is rolled once; its successor can be rolled again.

    :raises KeyRevoked: if the old one is revoked. :raises KeyRolled: if it has a successor.
    """
    old = queries.get_api_key_for_update(key_id)
    if old.revoked_at is not None:
        raise KeyRevoked()
    if old.rolled_at is not None:
        raise KeyRolled()
    ends_at = now + overlap
    old.expires_at, old.rolled_at = min(ends_at, old.expires_at or ends_at), now
    old.save(update_fields=["expires_at", "rolled_at"])
    new, secret = create_api_key(
        name=old.name, scopes=old.scopes, expires_at=None, refund_limit_minor=old.refund_limit_minor, now=now
    )
    audit.record("api_key.rolled", subject=f"api_key:{old.id}", now=now, data={"successor": str(new.id)})
    transaction.on_commit(callers.forget)
    return new, secret


def keep_single_keys(*, user_id: UUID, is_on: bool) -> None:
    """Note whether a single key is a shortcut for a person. A repeat notes the same; it moves nothing and is not audited."""
    User.objects.filter(pk=user_id).update(has_single_keys=is_on)
    callers.forget()


def _known_role(role: str) -> str:
    if role not in access.ROLES:
        raise Invalid(reason=_("roles are {known}").format(known=", ".join(access.ROLES)))
    return role


def _own_stores(store_ids: Sequence[UUID]) -> list[Store]:
    stores = list(Store.objects.filter(pk__in=store_ids))
    if len(stores) != len(set(store_ids)):
        raise Invalid(reason=_("a store does not exist"))
    return stores


def _change_stores(member: StaffMember, change: StaffChange) -> None:
    if change.all_stores:
        member.all_stores = True
        member.stores.clear()
    elif change.store_ids is not None:
        member.all_stores = False
        member.stores.set(_own_stores(change.store_ids))


def _rights_text(member: StaffMember) -> dict[str, Any]:
    stores = "all" if member.all_stores else sorted(str(store.id) for store in member.stores.all())
    return {
        "role": member.role,
        "stores": stores,
        "refund_limit_minor": member.refund_limit_minor,
        "is_active": member.is_active,
    }
