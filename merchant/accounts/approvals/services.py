"""Ask, grant, refuse, use up. The machine's clock counts the minutes; each step is audited in its own transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from merchant.accounts import access
from merchant.accounts.approvals import queries
from merchant.accounts.approvals.models import Approval, StaffPin
from merchant.accounts.approvals.queries import PIN_TRIES_MAX
from merchant.accounts.approvals.states import APPROVAL, OPEN_APPROVAL
from merchant.accounts.models import StaffMember
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.outbox import screens
from merchant.core.outbox import services as outbox
from merchant.core.states import IllegalTransition, move
from merchant.core.tenancy import current_actor, current_merchant_id

# A quarter of an hour: the customer waits at the counter; what is approved later was approved without looking.
APPROVAL_LIFE = timedelta(minutes=15)
# Rights that somebody without them, or bound by four eyes, may ask another person for.
APPROVABLE = frozenset(
    {
        "accounting.reopen",
        "discount.approve",
        "refund.approve",
        "shift.approve",
        "payment.override",
        "offline.accept",
        "reconciliation.approve",
    }
)
# What pages of approvals listen to.
TOPIC = screens.merchant_topic("approvals")
# Nothing waits for an approval to end.
EXPIRE_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be approved. `amount` None is an act without one; `store_id` None an act of no store."""

    right: str
    subject: str
    reason: str
    amount: Money | None = None
    store_id: UUID | None = None


class NotApprovable(AppError):
    """The right is none that one person gives another for one act."""

    code = "not_approvable"
    status = 422
    detail = "There is no approval for '{right}'."


@transaction.atomic
def ask_approval(*, wish: Wish) -> Approval:
    """
    Ask for another person's approval of one act; it waits a quarter of an hour. The actor in scope is who asks and who may use it.

    :raises NotApprovable: for a right that is not given per act.
    """
    if wish.right not in APPROVABLE:
        raise NotApprovable(right=wish.right)
    actor, now = current_actor(), machine_now()
    approval = Approval(
        right=wish.right,
        subject=wish.subject[:80],
        amount_minor=wish.amount.minor if wish.amount else None,
        currency=wish.amount.currency if wish.amount else "",
        reason=wish.reason[:200],
        store_id=wish.store_id,
        asked_by=actor.key,
        asked_by_name=actor.name[:120],
        asked_by_member_id=actor.id if actor.kind == "staff" else None,
        asked_at=now,
        expires_at=now + APPROVAL_LIFE,
    )
    approval.save(force_insert=True)
    _tell(approval, now=now)
    return approval


def ask_once(*, wish: Wish) -> Approval:
    """Return the actor's own live request for exactly this, or ask. See `ask_approval`."""
    for approval in Approval.objects.filter(asked_by=current_actor().key, status="asked", expires_at__gt=machine_now()):
        if _covers(approval, wish):
            return approval
    return ask_approval(wish=wish)


def find_granted(wish: Wish) -> Approval | None:
    """Return an approval that the actor may use for exactly this, if there is one."""
    granted = Approval.objects.filter(asked_by=current_actor().key, status="granted", expires_at__gt=machine_now())
    return next((approval for approval in granted.order_by("id") if _covers(approval, wish)), None)


class OwnRequest(AppError):
    """Whoever asks does not approve: that is the point of four eyes."""

    code = "own_request"
    status = 403
    detail = "You asked for this approval yourself."
    next_step = "Let another person with the right decide."


class MayNotApprove(AppError):
    """The person does not hold the right, or not up to this amount."""

    code = "may_not_approve"
    status = 403
    detail = "You may not approve this: it needs the right '{right}' up to this amount at this store."
    next_step = "Let somebody decide who has it."


class ApprovalEnded(AppError):
    """It was decided, used or is too old."""

    code = "approval_ended"
    detail = "This approval is {state}."
    next_step = "Ask for a new one."


@transaction.atomic
def decide(*, approval_id: UUID, member_id: UUID, is_granted: bool, with_pin: bool = False) -> Approval:
    """
    Grant or refuse what was asked, as the staff member `member_id`. Granted, it can be used for another quarter of an hour. Of two deciders one wins.

    :raises OwnRequest: for whoever asked. :raises MayNotApprove: without the right, the amount or the store.
    :raises ApprovalEnded: if it is decided, used or too old.
    """
    approval = queries.get_approval(approval_id)
    member = _member(member_id)
    asker = approval.asked_by_member
    if asker is not None and asker.user_id == member.user_id:
        raise OwnRequest()
    rights = access.rights_of_role(member.role, at_all_stores=member.all_stores)
    is_able = queries.may_decide(approval, rights=rights, limit_minor=member.refund_limit_minor)
    if not is_able or not _works_at(member, approval.store_id):
        raise MayNotApprove(right=approval.right)
    now = machine_now()
    if approval.expires_at <= now:
        raise ApprovalEnded(state="expired")
    changes: dict[str, Any] = {"decided_by_id": member.id, "decided_at": now, "decided_with_pin": with_pin}
    if is_granted:
        changes["expires_at"] = now + APPROVAL_LIFE
    try:
        move(approval, APPROVAL, "granted" if is_granted else "refused", **changes)
    except IllegalTransition:
        raise ApprovalEnded(state=approval.status) from None
    _tell(approval, now=now, by=str(member.user))
    return approval


class PinRefused(AppError):
    """The PIN is wrong, or the person has none."""

    code = "pin_refused"
    status = 403
    detail = "This PIN does not work. {left} tries are left."
    next_step = "Try again, or let somebody grant it in the back office."


class PinLocked(AppError):
    """Too many wrong PINs in a row."""

    code = "pin_locked"
    status = 403
    detail = "This PIN is locked after {tries} wrong tries."
    next_step = "Its owner sets a new one in the back office, under Approvals."


def grant_with_pin(*, approval_id: UUID, member_id: UUID, pin: str) -> Approval:
    """
    Grant with the PIN of `member_id` at the till that asked. Must not run inside a transaction: the try is counted before the PIN is looked at, whatever follows.

    :raises NotFound: unless the till in scope asked. :raises PinRefused, PinLocked: for the PIN. And what `decide` raises.
    """
    actor = current_actor()
    if actor.kind != "register" or queries.get_approval(approval_id).asked_by != actor.key:
        raise NotFound()
    with transaction.atomic():
        tries = StaffPin.objects.filter(member_id=member_id, failures__lt=PIN_TRIES_MAX)
        counted = tries.update(failures=F("failures") + 1)
        row = StaffPin.objects.filter(member_id=member_id).first()
    if row is not None and not counted:
        raise PinLocked(tries=PIN_TRIES_MAX)
    # Without a PIN the same time is spent, so that nobody learns who has one.
    is_right = check_password(pin, row.pin_hash) if row else check_password(pin, _nobodys_hash())
    if row is None or not is_right:
        left = PIN_TRIES_MAX - row.failures if row else 0
        with transaction.atomic():
            audit.record("pin.refused", subject=f"staff:{member_id}", now=machine_now(), data={"left": left})
        raise PinRefused(left=left)
    with transaction.atomic():
        StaffPin.objects.filter(pk=row.pk).update(failures=0)
        return decide(approval_id=approval_id, member_id=member_id, is_granted=True, with_pin=True)


class PinTooSimple(AppError):
    """The PIN could be guessed in a few tries."""

    code = "pin_too_simple"
    status = 422
    detail = "A PIN has 4 to 8 digits that are not all the same and not in a row."
    next_step = "Choose another one."


@transaction.atomic
def set_pin(*, member_id: UUID, pin: str) -> None:
    """
    Give a person a new PIN, kept as Argon2id; it is unlocked with that.

    :raises PinTooSimple: for one that is guessed in a few tries.
    """
    if not re.fullmatch(r"[0-9]{4,8}", pin) or len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise PinTooSimple()
    now = machine_now()
    values = {"pin_hash": make_password(pin), "failures": 0, "set_at": now}
    StaffPin.objects.update_or_create(member_id=member_id, defaults=values)
    audit.record("pin.set", subject=f"staff:{member_id}", now=now)


class ApprovalNeeded(AppError):
    """The act needs another person's approval; the answer says who may give it and what to ask for."""

    code = "approval_needed"
    status = 403
    detail = "This needs the approval of somebody else: {who}."
    next_step = "Ask for approval at /api/v1/approvals/ with `right`, `subject` and `amount` as given here, then repeat with its `approval_id`."


def use_approval(*, approval_id: UUID | None, wish: Wish) -> Approval:
    """
    Use an approval up in the caller's transaction: once, by who asked for it, for this right and subject, up to its amount.

    What is rolled back afterwards is not used.

    :raises ApprovalNeeded: without one that fits; it says who may give it.
    """
    approval = Approval.objects.filter(pk=approval_id).first() if approval_id else None
    if approval is None or not _covers(approval, wish):
        raise refusal_for(wish)
    now = machine_now()
    live = Approval.objects.filter(pk=approval.pk, status="granted", expires_at__gt=now)
    if not live.update(status="used", used_at=now):
        raise refusal_for(wish)
    approval.status, approval.used_at = "used", now
    _tell(approval, now=now)
    return approval


def refusal_for(wish: Wish) -> ApprovalNeeded:
    """Return the refusal that says what to ask for and whom."""
    actor = current_actor()
    own_id = actor.id if actor.kind == "staff" else None
    minor = wish.amount.minor if wish.amount else None
    members = queries.list_approvers(right=wish.right, store_id=wish.store_id, minor=minor, but=own_id)
    with_pin = queries.list_with_pin(members)
    approvers = [
        {"id": str(row.id), "name": str(row.user), "role": row.role, "has_pin": row.id in with_pin} for row in members
    ]
    return ApprovalNeeded(
        who=", ".join(str(row.user) for row in members) or _("nobody here has the right"),
        right=wish.right,
        subject=wish.subject,
        amount={"amount_minor": minor, "currency": wish.amount.currency} if wish.amount else None,
        store_id=wish.store_id,
        approvers=approvers,
    )


def expire_due() -> int:
    """End approvals of every merchant that nobody decided or used in time; return how many."""
    due = Approval.across_merchants.filter(status__in=OPEN_APPROVAL, expires_at__lte=machine_now())
    return int(due.update(status="expired"))


def _covers(approval: Approval, wish: Wish) -> bool:
    same = (
        approval.asked_by == current_actor().key
        and approval.right == wish.right
        and approval.subject == wish.subject
        and approval.store_id == wish.store_id
    )
    if wish.amount is None:
        return same and approval.amount_minor is None
    is_within = approval.amount_minor is not None and wish.amount.minor <= approval.amount_minor
    return same and is_within and approval.currency == wish.amount.currency


def _member(member_id: UUID) -> StaffMember:
    rows = StaffMember.objects.select_related("user")
    member: StaffMember | None = rows.filter(pk=member_id, is_active=True, user__is_active=True).first()
    if member is None:
        raise NotFound()
    return member


def _works_at(member: StaffMember, store_id: UUID | None) -> bool:
    return member.all_stores or (store_id is not None and member.stores.filter(pk=store_id).exists())


@cache
def _nobodys_hash() -> str:
    return make_password("0000")


def _tell(approval: Approval, *, now: datetime, by: str = "") -> None:
    data = {
        "approval_id": str(approval.id),
        "right": approval.right,
        "subject": approval.subject,
        "amount_minor": approval.amount_minor,
        "currency": approval.currency,
        "reason": approval.reason,
        "status": approval.status,
        "asked_by": approval.asked_by_name,
        "decided_by": by,
        "store_id": str(approval.store_id) if approval.store_id else None,
    }
    audit.record(f"approval.{approval.status}", subject=approval.subject, now=now, data=data)
    outbox.publish(f"approval.{approval.status}", f"approval:{approval.id}", data)
    # Who decides sees it at once, and the page of who asked draws itself anew; each asks for what is theirs to see.
    for topic in (TOPIC, approval.subject):
        screens.push(current_merchant_id(), topic, event={"kind": "changed"})
