"""Out of which drawer cash goes back when nobody at a till asks for it: one with an open shift, which a person chooses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core.callers import Caller
from merchant.core.errors import AppError, Invalid


class DrawerNotOpen(AppError):
    """The chosen till has no open shift, is in another store, or has another currency in its drawer."""

    code = "drawer_not_open"
    detail = "No shift in {currency} is open at that till, so nobody is there to give cash out of its drawer."
    money = "Nothing was given back."
    next_step = "Choose a till with an open shift, or give store credit."


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """A till with an open shift: its store and name, who works there, and the currency in the drawer."""

    register_id: UUID
    name: str
    person: str
    currency: str


OpenDrawers = Callable[[Collection[UUID] | None], list[OpenDrawer]]
_sources: list[OpenDrawers] = []


def open_drawers_from(source: OpenDrawers) -> None:
    """Register what knows at which tills of stores (None: of all) a shift is open. Called once a process, by the counter."""
    _sources[:] = [source]


def list_open_drawers(*, stores: Collection[UUID] | None, currency: str) -> list[OpenDrawer]:
    """Return the drawers cash in `currency` may go out of, by name."""
    found = _sources[0](stores) if _sources else []
    return [drawer for drawer in found if drawer.currency == currency]


def find_person(register_id: UUID, *, store_id: UUID) -> str:
    """Return whose shift is open at a till of a store, "" where none is."""
    found = _sources[0]([store_id]) if _sources else []
    return next((drawer.person for drawer in found if drawer.register_id == register_id), "")


def choose(*, caller: Caller, register_id: UUID | None, currency: str) -> UUID | None:
    """
    Return the till out of whose drawer cash goes back: a tablet's own, or the one a person in the back office chose; None if they chose none.

    :raises DrawerNotOpen: for a till without an open shift in that currency, or of a store the caller does not see. :raises Invalid: for a tablet that names another.
    """
    if caller.register_id is not None:
        if register_id not in (None, caller.register_id):
            raise Invalid(reason=_("a till gives cash out of its own drawer only"))
        return caller.register_id
    if register_id is None:
        return None
    if register_id not in {drawer.register_id for drawer in list_open_drawers(stores=caller.stores, currency=currency)}:
        raise DrawerNotOpen(currency=currency)
    return register_id
