"""The drawer: what is put in and taken out beside sales, deposits to the bank, and how much is too much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.errors import AppError, NotFound
from merchant.ledger import services as ledger
from merchant.ledger.recipes import cash_moved
from merchant.merchants import queries as merchants
from terminals.pos.shifts import figures, live
from terminals.pos.shifts.models import Drawer, Movement, Shift
from terminals.pos.shifts.states import MOVEMENT_SIGNS


class ShiftNotOpen(AppError):
    """The shift has ended."""

    code = "shift_not_open"
    detail = "This shift is {status}; nothing can be added to it."
    next_step = "Open a shift first."


class DrawerHoldsLess(AppError):
    """More should be taken out than lies in the drawer."""

    code = "drawer_holds_less"
    detail = "By the books the drawer holds less than that."
    next_step = "Take out less, or count the drawer."


@dataclass(frozen=True, slots=True)
class Person:
    """Whose hand it was, by name; `member_id` is their membership where it is known."""

    name: str
    member_id: UUID | None = None


def get_open_shift_for_update(shift_id: UUID) -> Shift:
    """
    Lock a shift until the transaction ends and return it. Whoever changes drawer or shift takes this lock first, then the register's row.

    :raises NotFound: if the merchant has none with that id.
    :raises ShiftNotOpen: if it has ended.
    """
    shift: Shift | None = Shift.objects.select_for_update(no_key=True).filter(id=shift_id).first()
    if shift is None:
        raise NotFound()
    if shift.status != "open":
        raise ShiftNotOpen(status=shift.status)
    return shift


@transaction.atomic
def move_cash(*, shift_id: UUID, kind: str, amount_minor: int, reason: str, person: Person, now: datetime) -> Movement:
    """
    Put cash in, take it out, bring it to the safe, or open the drawer for nothing (`no_sale`, amount 0). Locks the shift.

    `amount_minor` is positive, in the register's currency; `kind` decides the direction.

    :raises ShiftNotOpen: if the shift has ended.
    :raises DrawerHoldsLess: for more than the drawer holds.
    """
    shift = get_open_shift_for_update(shift_id)
    signed = amount_minor * MOVEMENT_SIGNS[kind]
    if signed < 0:
        holds = figures.drawer_minor(figures.span_of(shift.register_id))
        if holds + signed < 0:
            raise DrawerHoldsLess(holds_minor=holds, currency=shift.currency)
    movement = record(shift, kind, signed, reason=reason, person=person, now=now)
    live.tell(
        "drawer.moved",
        {
            "register_id": str(shift.register_id),
            "shift_id": str(shift.id),
            "movement_id": str(movement.id),
            "movement": kind,
            "amount_minor": signed,
            "currency": shift.currency,
            "person": person.name,
        },
        store_id=shift.store_id,
    )
    check_limit(shift.register_id, now=now)
    return movement


def record(shift: Shift, kind: str, signed_minor: int, *, reason: str, person: Person, now: datetime) -> Movement:
    """Store a movement with its journal and audit row in the caller's transaction, which holds the shift."""
    store = merchants.get_store(shift.store_id)
    movement = Movement(
        shift=shift,
        kind=kind,
        amount_minor=signed_minor,
        currency=shift.currency,
        reason=reason,
        person=person.name,
        member_id=person.member_id,
        business_date=business_date(now, zone=store.zone, cutoff=store.day_cutoff),
        at=now,
    )
    movement.save(force_insert=True)
    if signed_minor:
        legs = cash_moved(
            kind=kind,
            register=str(shift.register_id),
            store=str(shift.store_id),
            minor=signed_minor,
            currency=shift.currency,
        )
        ledger.post(
            recipe=f"drawer_{kind}",
            source=f"movement:{movement.id}",
            about=f"shift:{shift.id}",
            legs=legs,
            business_date=movement.business_date,
            now=now,
            text=reason[:200],
        )
    data = {"kind": kind, "amount_minor": signed_minor, "reason": reason, "person": person.name}
    audit.record("drawer.moved", subject=f"shift:{shift.id}", now=now, data=data)
    return movement


@transaction.atomic
def set_rules(
    *,
    register_id: UUID,
    limit_minor: int | None,
    difference_limit_minor: int | None,
    is_blind: bool,
    now: datetime,
) -> Drawer:
    """Set how much a drawer may hold before somebody is told, which difference anybody may accept, and whether counts are blind."""
    rules = {"limit_minor": limit_minor, "difference_limit_minor": difference_limit_minor, "is_blind": is_blind}
    # What has no limit is not above it.
    alert = {"over_limit_since": None, "seen_minor": 0} if limit_minor is None else {}
    found, _ = Drawer.objects.update_or_create(register_id=register_id, defaults=rules | alert)
    audit.record("drawer.rules_set", subject=f"register:{register_id}", now=now, data=rules)
    return found


def check_limit(register_id: UUID, *, now: datetime) -> Drawer | None:
    """
    Compare what lies in a register's drawer with its limit, in a transaction of its own, and tell tills and pages when it passes it or falls below.

    Returns the drawer, or None if it has no limit.
    """
    with transaction.atomic():
        rows = Drawer.objects.select_for_update(of=("self",), no_key=True).select_related("register__store")
        found: Drawer | None = rows.filter(register_id=register_id, limit_minor__isnull=False).first()
        if found is None or found.limit_minor is None:
            return None
        holds = figures.drawer_minor(figures.span_of(register_id))
        is_over = holds > found.limit_minor
        if is_over == (found.over_limit_since is not None) and not (is_over and holds != found.seen_minor):
            return found
        has_changed = is_over != (found.over_limit_since is not None)
        found.over_limit_since = (found.over_limit_since or now) if is_over else None
        found.seen_minor = holds
        found.save(update_fields=["over_limit_since", "seen_minor"])
        if has_changed:
            _tell_limit(found)
    return found


def forget_alert(register_id: UUID) -> None:
    """Take a drawer's alert back in the caller's transaction: its cash went to the safe."""
    Drawer.objects.filter(register_id=register_id).update(over_limit_since=None, seen_minor=0)


def _tell_limit(found: Drawer) -> None:
    store = found.register.store
    payload = {
        "register_id": str(found.register_id),
        "holds_minor": found.seen_minor,
        "limit_minor": found.limit_minor,
        "currency": store.currency,
    }
    live.tell("drawer.over_limit" if found.over_limit_since else "drawer.within_limit", payload, store_id=store.id)
