"""
The boxes of Home on open screens, drawn in the relay for everybody who sees the whole business: once in each language that is read.

What needs somebody depends on who looks, so it is no such box: the page is told that it changed, and asks for its own.

A box is drawn at most once a second after something was sold, and every ten seconds anyway, because time alone makes a terminal late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from uuid import UUID

from django.template.loader import render_to_string

from merchant.accounts.access import RIGHTS
from merchant.accounts.callers import merchant_facts
from merchant.core.clock import machine_now
from merchant.core.outbox import readers, screens
from merchant.core.outbox.readers import Reader
from merchant.core.outbox.services import Event
from merchant.core.pages.frame import Scope
from merchant.core.pages.shell import FragmentShell, locale_of
from merchant.core.tenancy import acting_for
from merchant.merchants.queries import get_merchant
from merchant.sales_channels.queries import list_places
from reports.overview.building import Look, build_home

_EVERY_SECONDS = 1.0
_ANYWAY_SECONDS = 10.0
BOXES = ("takings", "flow", "stores")


class HomeBoxes:
    """Merchants to whom something happened since their Home was drawn last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed: set[UUID] = set()
        self._drawn_at: dict[UUID, float] = {}

    def note(self, event: Event) -> None:
        """Note that something happened."""
        with self._lock:
            self._changed.add(event.merchant_id)

    def draw(self) -> int:
        """Draw Home for merchants of whom somebody watches and whose turn it is. Returns 0: it waits for the next second."""
        watched = screens.list_readers()
        now = time.monotonic()
        with self._lock:
            due = [merchant_id for merchant_id in watched if self._is_due(merchant_id, now)]
            self._changed = {merchant_id for merchant_id in self._changed & watched.keys() if merchant_id not in due}
            self._drawn_at = {
                merchant_id: now if merchant_id in due else self._drawn_at.get(merchant_id, 0.0)
                for merchant_id in watched
            }
        for merchant_id in due:
            with acting_for(merchant_id):
                push_home(merchant_id, {reader.language for reader in watched[merchant_id]})
        return 0

    def _is_due(self, merchant_id: UUID, now: float) -> bool:
        wait = _EVERY_SECONDS if merchant_id in self._changed else _ANYWAY_SECONDS
        return now - self._drawn_at.get(merchant_id, 0.0) >= wait


home_boxes = HomeBoxes()
# What stood in each merchant's list when it was drawn last, so that inboxes are told of changes only.
_listed: dict[UUID, frozenset[str]] = {}


def push_home(merchant_id: UUID, languages: Collection[str]) -> None:
    """Draw the boxes of the merchant in scope in `languages` and send them to the Homes that are open."""
    facts, places = merchant_facts(get_merchant(merchant_id)), list_places().stores
    listed: set[str] = set()

    def draw(reader: Reader) -> str:
        locale = locale_of(reader.language)
        page = build_home(Look(facts, RIGHTS, places, Scope(), locale))
        listed.update((*(need.id for need in page.needs), str(page.needs_count)))
        context = {"page": page, "shell": FragmentShell(machine_now(), facts.zone, locale)}
        return "".join(render_to_string(f"reports/overview/{box}.html", context).strip() for box in BOXES)

    drawings = readers.draw_for([Reader(language) for language in sorted(languages)], draw)
    tell_inboxes(merchant_id, frozenset(listed))
    screens.push(merchant_id, screens.merchant_topic("takings"), drawings=drawings, store_id=screens.ALL_STORES)


def tell_inboxes(merchant_id: UUID, listed: frozenset[str]) -> None:
    """Ask open inboxes to look again if something came or went. Each draws its own, because each person sees other things."""
    if _listed.get(merchant_id) != listed:
        _listed[merchant_id] = listed
        screens.push(merchant_id, screens.merchant_topic("inbox"), event={"kind": "changed"})
