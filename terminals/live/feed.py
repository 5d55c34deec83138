"""The feed "Just now": what terminals did, kept as rows and pushed to the walls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from merchant.core.outbox import readers, screens
from merchant.core.outbox.readers import Reader
from merchant.core.pages.shell import FragmentShell, locale_of
from terminals.devices.models import Terminal
from terminals.live.event_words import event_words
from terminals.live.models import TerminalEvent
from terminals.live.pages import WallEvent
from terminals.live.tiles import store_topic

# kind -> tone and icon of its line.
LOOKS = {
    "connected": ("good", "circle-check"),
    "went_offline": ("bad", "wifi-off"),
    "approved": ("good", "check"),
    "refunded": ("back", "undo-2"),
    "declined": ("bad", "ban"),
    "failed": ("idle", "x"),
    "unknown": ("warn", "circle-question-mark"),
    "cancel_asked": ("idle", "x"),
    "needs_care": ("warn", "triangle-alert"),
    "updating": ("back", "download"),
    "ready": ("good", "circle-check"),
    "stray_answer": ("warn", "triangle-alert"),
    "answered_again": ("idle", "repeat"),
    "amount_differs": ("warn", "equal-not"),
    "no_receipt": ("warn", "receipt-text"),
    "clock_wrong": ("warn", "clock-fading"),
    "configured": ("good", "settings"),
    "settings_refused": ("warn", "settings"),
    "check_passed": ("good", "circle-check"),
    "check_failed": ("bad", "triangle-alert"),
    "sample_passed": ("good", "shield-check"),
    "sample_failed": ("bad", "triangle-alert"),
}


def add(
    terminal: Terminal, kind: str, text: str, *, now: datetime, data: dict[str, Any] | None = None
) -> TerminalEvent:
    """Keep one event of `terminal` in the caller's transaction and send its line to the walls after the commit."""
    event = TerminalEvent(terminal=terminal, kind=kind, text=text[:200], data=data or {}, at=now)
    event.save(force_insert=True)

    def draw(reader: Reader) -> str:
        shell = FragmentShell(now, terminal.store.zone, locale_of(reader.language))
        return render_to_string(
            "terminals/live/event.html", {"event": wall_event(event, terminal.name), "shell": shell}
        )

    drawings = readers.draw_for(readers.every_language(), draw)
    screens.push(terminal.merchant_id, store_topic(terminal.store_id), drawings=drawings, store_id=terminal.store_id)
    return event


def wall_event(event: TerminalEvent, terminal_name: str) -> WallEvent:
    """Return `event` as the wall draws it."""
    tone, icon = LOOKS.get(event.kind, ("idle", "info"))
    return WallEvent(
        id=str(event.id), at=event.at, terminal=terminal_name, text=event_words(event), tone=tone, icon=icon
    )
