"""The wall: every terminal of the stores somebody may see, as plain data for its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.pages.parts import EmptyState
from payments.records.models import Operation
from terminals.devices.models import Terminal
from terminals.devices.queries import list_terminals
from terminals.devices.states import TERMINAL_STATES
from terminals.live.feed import wall_event
from terminals.live.models import TerminalEvent
from terminals.live.pages import StateCount, WallEvent, WallPage, WallStore
from terminals.live.tiles import store_topic, tile_of

EVENTS_SHOWN = 20


def wall_page(*, stores: Collection[UUID] | None, state: str = "", url: str = "/terminals/") -> WallPage:
    """
    Return the wall of `stores` (None: all), with only the terminals in `state` if one is named.

    Three statements, whatever the number of terminals.
    """
    terminals = list(list_terminals(stores))
    shown = [terminal for terminal in terminals if not state or terminal.state == state]
    return WallPage(
        note=ngettext("%(count)s terminal", "%(count)s terminals", len(terminals)) % {"count": len(terminals)},
        counts=tuple(_counts(terminals, state, url)),
        stores=tuple(_stores(shown)),
        events=tuple(_events(stores)),
        empty=EmptyState("nfc", _("No terminal yet"), _("Register a terminal and pair it with a code.")),
    )


def wall_topics(terminals: Iterable[Terminal]) -> tuple[str, ...]:
    """Return what the wall's page listens to: its stores' tiles."""
    return tuple(sorted({store_topic(terminal.store_id) for terminal in terminals}))


def _counts(terminals: list[Terminal], state: str, url: str) -> Iterable[StateCount]:
    counted = Counter(terminal.state for terminal in terminals)
    for name in TERMINAL_STATES:
        is_current = name == state
        target = url if is_current else f"{url}?{urlencode({'state': name})}"
        yield StateCount(name, counted[name], target, is_current=is_current)


def _stores(terminals: list[Terminal]) -> Iterable[WallStore]:
    operation_ids = [terminal.operation_id for terminal in terminals if terminal.operation_id]
    operations = {operation.id: operation for operation in Operation.objects.filter(id__in=operation_ids)}
    for store, group in groupby(terminals, key=lambda terminal: terminal.store):
        placed = list(group)
        tiles = tuple(tile_of(terminal, operations.get(terminal.operation_id)) for terminal in placed)
        connected = sum(terminal.is_connected for terminal in placed)
        yield WallStore(
            store.name, _("{connected} of {count} connected").format(connected=connected, count=len(placed)), tiles
        )


def _events(stores: Collection[UUID] | None) -> Iterable[WallEvent]:
    events = TerminalEvent.objects.select_related("terminal").order_by("-id")
    if stores is not None:
        events = events.filter(terminal__store_id__in=stores)
    return [wall_event(event, event.terminal.name) for event in events[:EVENTS_SHOWN]]
