"""The wall of terminals: all that the caller sees, by store, with what just happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from merchant.core.callers import Caller
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.pages.display import duration_text, money_text
from merchant.core.pages.frame import Scope
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Notice
from payments.records.models import Operation
from terminals.devices.models import Terminal
from terminals.devices.queries import list_terminals
from terminals.live import feed
from terminals.live.models import TerminalEvent
from terminals.live.pages import StateCount, WallEvent, WallPage, WallStore
from terminals.live.tiles import list_last_taken, tile_of

# In the order in which somebody should look.
_STATES = ("ready", "in_payment", "unknown", "offline", "needs_care", "updating")
_EVENTS_SHOWN = 20


def build_wall(here: Here, *, caller: Caller, scope: Scope, locale: str) -> WallPage:
    """Return the wall with four statements; `state` in the address shows only terminals in that state."""
    stores = frozenset({scope.store.id}) if scope.store else caller.stores
    terminals = list(list_terminals(stores))
    operations = _operations_of(terminals)
    state = here.one("state")
    shown = [terminal for terminal in terminals if not state or terminal.state == state]
    return WallPage(
        note=_note(terminals),
        counts=_counts(here, terminals, state),
        stores=_stores(shown, operations),
        events=_events([terminal.id for terminal in terminals]),
        empty=EmptyState(
            "calculator",
            _("No terminals yet"),
            _("Register one, pair it with the code, and it appears here by itself."),
            _add(),
        ),
        actions=_actions(here, caller) if terminals else (),
        notices=_notices(terminals, operations, caller, locale),
        is_wall_mode=bool(here.one("wall")),
    )


def _note(terminals: Sequence[Terminal]) -> str:
    places = len({terminal.store_id for terminal in terminals})
    return ngettext("{number} at {places}", "{number} at {places}", len(terminals)).format(
        number=len(terminals), places=ngettext("{n} location", "{n} locations", places).format(n=places)
    )


def _operations_of(terminals: Sequence[Terminal]) -> dict[UUID, Operation]:
    ids = [terminal.operation_id for terminal in terminals if terminal.operation_id]
    return Operation.objects.in_bulk(ids) if ids else {}


def _counts(here: Here, terminals: Sequence[Terminal], chosen: str) -> tuple[StateCount, ...]:
    numbers = Counter(terminal.state for terminal in terminals)
    return tuple(
        StateCount(
            state, numbers[state], here.url(state=None if state == chosen else state, part=None), state == chosen
        )
        for state in _STATES
    )


def _stores(terminals: Sequence[Terminal], operations: dict[UUID, Operation]) -> tuple[WallStore, ...]:
    taken = list_last_taken([terminal.id for terminal in terminals if terminal.state == "ready"])
    stores: dict[UUID, list[Terminal]] = {}
    for terminal in terminals:
        stores.setdefault(terminal.store_id, []).append(terminal)
    return tuple(
        WallStore(
            group[0].store.name,
            ngettext("{n} terminal", "{n} terminals", len(group)).format(n=len(group)),
            tuple(
                tile_of(terminal, operations.get(terminal.operation_id), taken.get(terminal.id))  # type: ignore[arg-type]
                for terminal in group
            ),
        )
        for group in stores.values()
    )


def _events(terminal_ids: Sequence[UUID]) -> tuple[WallEvent, ...]:
    events = (
        TerminalEvent.objects.select_related("terminal")
        .filter(terminal_id__in=terminal_ids)
        .order_by("-id")[:_EVENTS_SHOWN]
    )
    return tuple(feed.wall_event(event, event.terminal.name) for event in events)


def _notices(
    terminals: Sequence[Terminal], operations: dict[UUID, Operation], caller: Caller, locale: str
) -> tuple[Notice, ...]:
    notices = []
    for terminal in terminals:
        operation = operations.get(terminal.operation_id) if terminal.operation_id else None
        if terminal.state == "unknown" and operation:
            amount = money_text(Money(operation.amount_minor, operation.currency), locale=locale)
            ask = Action(_("Ask now"), f"/payments/{operation.payment_id}/ask/", "refresh-cw", "post", key=str(uuid4()))
            notices.append(
                Notice(
                    "warn", _("{name}: {amount} has no answer yet.").format(name=terminal.name, amount=amount),
                    _("The card may have been charged. The till is locked for this order and the gateway is being asked."),
                    "circle-question-mark", ask if caller.has_right("payment.capture") else None,
                )
            )  # fmt: skip
        elif terminal.state == "offline" and terminal.paired_at and terminal.last_seen_at:
            age = duration_text(machine_now() - terminal.last_seen_at)
            action = Action(pgettext("act", "Open"), f"/terminals/{terminal.id}/")
            notices.append(
                Notice(
                    "bad",
                    _("{name} has been offline for {age}.").format(name=terminal.name, age=age),
                    "",
                    "wifi-off",
                    action,
                )
            )
    return tuple(notices[:3])


def _actions(here: Here, caller: Caller) -> tuple[Action, ...]:
    if here.one("wall"):
        return (Action(_("Leave wall mode"), here.url(wall=None), "x"),)
    wall = Action(_("Wall mode"), here.url(wall="1"), "monitor")
    settings = Action(_("Settings"), "/terminals/settings/", "settings")
    actions = (
        (wall, Action(_("Tablets"), "/settings/tablets/", "smartphone"), settings)
        if caller.has_right("device.read")
        else (wall, settings)
    )
    return (*actions, _add()) if caller.has_right("terminal.manage") else actions


def _add() -> Action:
    return Action(_("Add terminal"), "/terminals/new/", "plus", "get", "primary")
