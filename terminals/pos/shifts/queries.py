"""Reads of shifts, drawers and Zs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from merchant.accounts import queries as accounts
from merchant.accounts.callers import register_facts
from merchant.accounts.models import StaffMember
from merchant.core.callers import RegisterFacts
from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader
from payments.after_sales.drawers import OpenDrawer
from terminals.pos.shifts.models import Closing, Drawer, Movement, Shift
from terminals.pos.shifts.states import SHIFT


def get_shift(shift_id: UUID) -> Shift:
    """Return a shift with its register and store. :raises NotFound: if the merchant has none with that id."""
    shift: Shift | None = Shift.objects.select_related("register", "store").filter(id=shift_id).first()
    if shift is None:
        raise NotFound()
    return shift


def find_open_shift(register_id: UUID) -> Shift | None:
    """Return the shift that is open at a register, or None."""
    rows = Shift.objects.select_related("register", "store")
    found: Shift | None = rows.filter(register_id=register_id, status="open").first()
    return found


def list_open_drawers(stores: Collection[UUID] | None) -> list[OpenDrawer]:
    """Return the tills with an open shift, of all stores or of the ones given, by store and name."""
    rows = Shift.objects.select_related("register", "store").filter(status="open", register__is_training=False)
    if stores is not None:
        rows = rows.filter(store_id__in=stores)
    return [
        OpenDrawer(shift.register_id, f"{shift.store.name}, {shift.register.name}", shift.person, shift.currency)
        for shift in rows.order_by("store__name", "register__name", "id")
    ]


def get_closing(closing_id: UUID) -> Closing:
    """Return a Z with its register and store. :raises NotFound: if the merchant has none with that id."""
    closing: Closing | None = Closing.objects.select_related("register", "store").filter(id=closing_id).first()
    if closing is None:
        raise NotFound()
    return closing


def register_facts_of(register_id: UUID) -> RegisterFacts:
    """Return a register as a sale knows it. :raises NotFound: if the merchant has none with that id."""
    return register_facts(accounts.get_register(register_id))


def drawer_of(register_id: UUID) -> Drawer:
    """Return the rules of a register's drawer; where nobody set any, those it has by default, not stored."""
    found: Drawer | None = Drawer.objects.filter(register_id=register_id).first()
    return found or Drawer(register_id=register_id)


def list_movements(shift_id: UUID) -> list[Movement]:
    """Return a shift's movements, oldest first."""
    return list(Movement.objects.filter(shift_id=shift_id).order_by("id"))


def last_closings(register_ids: Collection[UUID]) -> dict[UUID, Closing]:
    """Return the latest Z of each register that has one, with one statement."""
    rows = Closing.objects.filter(register_id__in=list(register_ids)).order_by("register_id", "-number")
    return {closing.register_id: closing for closing in rows.distinct("register_id")}


def list_cashiers(store_id: UUID) -> list[StaffMember]:
    """Return who may stand at a till of a store, by name."""
    rows = StaffMember.objects.select_related("user").prefetch_related("stores").filter(is_active=True)
    people = [
        member for member in rows if member.all_stores or any(store.id == store_id for store in member.stores.all())
    ]
    return sorted(people, key=lambda member: str(member.user))


SHIFT_FILTERS = ("status", "store", "register", "date_from", "date_to")
CLOSING_FILTERS = ("store", "register", "date_from", "date_to", "number")


@dataclass(frozen=True, slots=True)
class ClosingFilters:
    """What a list of shifts or Zs is narrowed by. Days are business days, both inclusive; empty fields do not narrow."""

    status: tuple[str, ...] = ()
    store_id: UUID | None = None
    register_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    number: int | None = None
    only_stores: frozenset[UUID] | None = None


def read_filters(
    params: Mapping[str, str], *, known: Collection[str] = CLOSING_FILTERS, only_stores: Collection[UUID] | None = None
) -> ClosingFilters:
    """
    Return the filters written in a query string.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=known)
    return ClosingFilters(
        status=read.choices("status", SHIFT.states) if "status" in known else (),
        store_id=read.key("store"),
        register_id=read.key("register"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
        number=read.minor("number") if "number" in known else None,
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def find_shifts(filters: ClosingFilters) -> QuerySet[Shift]:
    """Return the shifts the filters let through, in no order yet."""
    return Shift.objects.select_related("register", "store").filter(**_wanted(filters))


def find_closings(filters: ClosingFilters) -> QuerySet[Closing]:
    """Return the Zs the filters let through, in no order yet."""
    return Closing.objects.filter(**_wanted(filters))


def _wanted(filters: ClosingFilters) -> dict[str, object]:
    wanted = {
        "status__in": filters.status,
        "store_id": filters.store_id,
        "register_id": filters.register_id,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
        "number": filters.number,
        "store_id__in": filters.only_stores,
    }
    return {name: value for name, value in wanted.items() if value not in (None, "", ())}
