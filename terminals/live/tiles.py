"""A terminal as its tile on the wall and as an event for tills; both pushed when it changes."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.outbox import readers, screens
from merchant.core.pages.parts import Action
from merchant.core.pages.shell import FRAGMENT_LANGUAGE, FragmentShell, locale_of
from payments.records.models import Operation
from terminals.devices.models import Terminal
from terminals.drivers.agent import protocol
from terminals.live import words
from terminals.live.pages import TerminalTile

_ICON_OF_STEP = {
    "sent": "send",
    "card": "nfc",
    "pin": "lock",
    "signature": "pencil",
    "bank": "landmark",
    "done": "check",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """The last payment a terminal approved."""

    at: datetime
    amount: Money | None


_LAST_TAKEN = """
SELECT wanted.id AS terminal_id, e.at, e.data
FROM unnest(%(terminals)s::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT at, data FROM terminal_event WHERE terminal_id = wanted.id AND kind = 'approved' ORDER BY id DESC LIMIT 1
) e
"""


def list_last_taken(terminal_ids: Collection[UUID]) -> dict[UUID, Taken]:
    """Return the last approved payment of each terminal that has one, with one statement."""
    if not terminal_ids:
        return {}
    rows = db.dict_rows(_LAST_TAKEN, {"terminals": list(terminal_ids)})
    return {row["terminal_id"]: Taken(row["at"], _amount_of(row["data"])) for row in rows}


def _amount_of(data: dict[str, Any] | str) -> Money | None:
    found = json.loads(data) if isinstance(data, str) else data
    return Money(found["amount_minor"], found["currency"]) if "currency" in found else None


def store_topic(store_id: object) -> str:
    """Return the topic of a store's tiles."""
    return f"store:{store_id}:terminals"


def terminal_topic(terminal_id: object) -> str:
    """Return the topic on which a till follows one terminal."""
    return f"terminal:{terminal_id}"


def push(terminal: Terminal) -> None:
    """Send the tile to walls and what it says to tills, after the caller's commit. `terminal.store` is loaded by the caller."""
    taken = list_last_taken([terminal.id]).get(terminal.id) if terminal.state == "ready" else None
    operation = find_operation(terminal)
    drawings = readers.draw_for(
        readers.every_language(),
        lambda reader: render_tile(
            tile_of(terminal, operation, taken), zone=terminal.store.zone, locale=locale_of(reader.language)
        ),
    )
    screens.push(terminal.merchant_id, store_topic(terminal.store_id), drawings=drawings, store_id=terminal.store_id)
    with translation.override(FRAGMENT_LANGUAGE):
        text = _step_text(terminal)
    event = {
        "kind": "terminal",
        "terminal_id": str(terminal.id),
        "state": terminal.state,
        "step": terminal.step,
        "text": text,
        "operation_id": str(terminal.operation_id) if terminal.operation_id else None,
    }
    screens.push(terminal.merchant_id, terminal_topic(terminal.id), event=event, store_id=terminal.store_id)


def find_operation(terminal: Terminal) -> Operation | None:
    """Return what the terminal is working on, or None."""
    return Operation.objects.filter(id=terminal.operation_id).first() if terminal.operation_id else None


def render_tile(tile: TerminalTile, *, zone: str, locale: str) -> str:
    """Return the tile's HTML, one element with its id."""
    return render_to_string(
        "terminals/live/tile.html", {"tile": tile, "shell": FragmentShell(machine_now(), zone, locale)}
    ).strip()


def tile_of(terminal: Terminal, operation: Operation | None, taken: Taken | None = None) -> TerminalTile:
    """Return `terminal` as the wall shows it; `operation` is what it works on, `taken` its last payment."""
    amount = Money(operation.amount_minor, operation.currency) if operation else None
    is_busy = terminal.state in ("in_payment", "unknown")
    taken = taken if terminal.state == "ready" else None
    return TerminalTile(
        id=str(terminal.id),
        name=terminal.name,
        url=f"/terminals/{terminal.id}/",
        state=terminal.state,
        step=_step_text(terminal),
        detail=_detail(terminal),
        screen_text=_screen_text(terminal),
        screen_icon=_screen_icon(terminal),
        amount=amount if is_busy else None,
        since=terminal.step_at if is_busy or terminal.state == "offline" else None,
        taken_at=taken.at if taken else None,
        taken=taken.amount if taken else None,
        warning=_warning(terminal, operation),
        actions=_actions(terminal),
    )


def _warning(terminal: Terminal, operation: Operation | None) -> str:
    if terminal.state == "unknown":
        differs = operation is not None and operation.decline_code == protocol.AMOUNT_DIFFERS
        warning = _("Do not charge again.")
        return " ".join((_("It approved something else than was asked."), warning)) if differs else warning
    if terminal.clock_offset_seconds:
        return _("Its clock is wrong.")
    return _("The paper is out: print from the till.") if terminal.fault == "paper_out" else ""


def _step_text(terminal: Terminal) -> str:
    states = {
        "offline": _("No connection"),
        "ready": _("Nothing taken yet"),
        "in_payment": _("Payment under way"),
        "needs_care": words.fault_words(terminal.fault, terminal.note),
        "unknown": _("Finding out what happened"),
        "updating": terminal.note or _("Installing an update"),
    }
    doing = words.step_words(terminal.step) if terminal.state == "in_payment" else ""
    # A terminal says in its own words what the customer is doing: "Wrong PIN, two tries left".
    return " · ".join(part for part in (doing, terminal.note) if part) if doing else states[terminal.state]


def _screen_text(terminal: Terminal) -> str:
    steps = {
        "sent": _("Payment"),
        "card": _("Tap or insert"),
        "pin": _("Enter PIN"),
        "signature": _("Please sign"),
        "bank": _("Please wait"),
        "done": _("Thank you"),
    }
    states = {"ready": _("Welcome"), "unknown": _("Checking"), "needs_care": _("Call staff"), "updating": _("Updating")}
    return steps.get(terminal.step) or states.get(terminal.state, "")


def _screen_icon(terminal: Terminal) -> str:
    if terminal.state == "unknown":
        return "circle-question-mark"
    return _ICON_OF_STEP.get(terminal.step, "nfc") if terminal.state == "in_payment" else ""


def _detail(terminal: Terminal) -> str:
    battery = (
        _("battery {percent}%").format(percent=terminal.battery_percent) if terminal.battery_percent is not None else ""
    )
    version = f"v{terminal.software_version}" if terminal.software_version else ""
    return " · ".join(part for part in (words.network_words(terminal.network), battery, version) if part)


def _actions(terminal: Terminal) -> tuple[Action, ...]:
    """A dialog for each: the fragment is the same for everybody and so cannot carry a form's token."""
    if terminal.state == "in_payment" and terminal.step != "done":
        return (Action(_("Cancel payment"), f"/terminals/{terminal.id}/cancel/", method="dialog"),)
    return ()
