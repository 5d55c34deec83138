"""What the lists of payments, orders and people have in common: where a page begins, what counts new rows, what is exported."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.utils.translation import gettext as _

from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action
from merchant.core.pagination import PAGE_SIZE
from merchant.core.staff_pages import StaffPageView
from reports.search.queries import Cursor


def cursor_of(here: Here) -> Cursor:
    """Return where the asked page begins."""
    return Cursor(here.one("after") or None, here.one("before") or None, PAGE_SIZE)


def new_rows_topic(here: Here, what: str) -> str:
    """Return what counts new rows above a list: nobody knows whether they pass its filters, so only above the first page of all of them."""
    return "" if here.params else merchant_topic(what)


def export_url(view: StaffPageView, here: Here, subject: str, filters: tuple[str, ...]) -> str:
    """Return the dialog that exports exactly the rows of a list, "" for who may not."""
    if not view.caller.has_right("export.create"):
        return ""
    return f"/exports/new/?{urlencode({'subject': subject, **here.joined(filters)})}"


def export_ticked(view: StaffPageView, subject: str) -> tuple[Action, ...]:
    """Return what exports the rows that are ticked, nothing for who may not."""
    if not view.caller.has_right("export.create"):
        return ()
    return (
        Action(_("Export"), f"/exports/new/?{urlencode({'subject': subject})}", "upload", "post", key=str(uuid4())),
    )


def one_place(here: Here, name: str, label: str, places: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the place chosen in the top bar as a filter, so that it can be taken away; choosing is done above."""
    chosen = here.choice(name, label, [(str(place.id), place.name) for place in places])
    return (chosen,) if chosen.shown else ()
