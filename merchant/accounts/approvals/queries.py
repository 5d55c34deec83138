"""Reads of approvals, and of who may give one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from merchant.accounts import access
from merchant.accounts.approvals.models import Approval, StaffPin
from merchant.accounts.models import StaffMember
from merchant.core.callers import Caller
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_actor

# As many names as a cashier reads before calling somebody.
_APPROVERS_MAX = 12
# Five tries of 10,000 or more: one in two thousand for who guesses; a person who mistypes twice goes on.
PIN_TRIES_MAX = 5


def get_approval(approval_id: UUID) -> Approval:
    """Return an approval with the people on it. :raises NotFound: if there is none."""
    rows = Approval.objects.select_related("decided_by__user", "store")
    approval: Approval | None = rows.filter(pk=approval_id).first()
    if approval is None:
        raise NotFound()
    return approval


def list_seen_by(caller: Caller) -> QuerySet[Approval]:
    """Return what the caller asked, may decide about or may look at, the newest first."""
    rows = Approval.objects.select_related("decided_by__user", "store").order_by("-id")
    own = Q(asked_by=caller.actor.key)
    if caller.kind != "staff" or not (caller.has_right("approval.give") or caller.has_right("audit.read")):
        return rows.filter(own)
    if caller.stores is not None:
        rows = rows.filter(own | Q(store_id__in=caller.stores))
    return rows


def list_approvers(
    *, right: str, store_id: UUID | None, minor: int | None, but: UUID | None = None
) -> list[StaffMember]:
    """Return who holds `right` at the store up to the amount, without the member `but`, by name."""
    roles = [role for role, rights in access.ROLES.items() if right in rights and "approval.give" in rights]
    members = StaffMember.objects.filter(role__in=roles, is_active=True, user__is_active=True).select_related("user")
    if store_id is not None:
        members = members.filter(Q(all_stores=True) | Q(stores=store_id))
    else:
        members = members.filter(all_stores=True)
    if minor is not None:
        members = members.filter(Q(refund_limit_minor=None) | Q(refund_limit_minor__gte=minor))
    rows: Iterable[StaffMember] = members.exclude(pk=but).order_by("user__first_name", "user__email")[:_APPROVERS_MAX]
    return list(rows)


def list_with_pin(members: Iterable[StaffMember]) -> frozenset[UUID]:
    """Return which of `members` can grant with a PIN at a till."""
    return frozenset(
        StaffPin.objects.filter(member__in=list(members), failures__lt=PIN_TRIES_MAX).values_list(
            "member_id", flat=True
        )
    )


def may_decide(approval: Approval, *, rights: frozenset[str], limit_minor: int | None) -> bool:
    """Say whether somebody with `rights` and a limit may decide about an approval."""
    within = limit_minor is None or approval.amount_minor is None or approval.amount_minor <= limit_minor
    return approval.right in rights and "approval.give" in rights and within


def approved_minor(*, right: str, subjects: Sequence[str]) -> int:
    """Return how much others approved for the actor in scope on any of `subjects`, as far as it was used."""
    used = Approval.objects.filter(asked_by=current_actor().key, right=right, subject__in=subjects, status="used")
    return used.aggregate(minor=Sum("amount_minor"))["minor"] or 0
