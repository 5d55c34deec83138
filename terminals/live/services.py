"""
What happens on a terminal's line: it connects, reports, answers, and goes away. Each is one short transaction.

A line is held by one process under an epoch. Whatever an older holder still says is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db, notify
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.ids import secret_hash
from merchant.core.tenancy import Actor, acting_for, current_merchant_id
from payments.gateways.base import UNKNOWN, Outcome
from payments.records.models import Operation
from payments.records.services import apply_result
from payments.records.states import OPEN_OPERATION
from terminals.devices.models import Terminal
from terminals.drivers import configuring
from terminals.drivers import queries as messages
from terminals.drivers import services as driver_services
from terminals.drivers.agent import protocol
from terminals.drivers.agent.protocol import Status
from terminals.drivers.models import TerminalMessage
from terminals.live import feed, tiles, words

# Changes of state that are told in the feed, in words for a device that gives no note.
_WORTH_A_LINE = {"needs_care": "Needs care", "updating": "Installing an update"}
# A report that was on its way when a request went out says nothing about that request.
_REPORT_OVERTAKEN_SECONDS = 5
# An idle terminal reports every ten seconds; one question between two reports is enough.
_ASK_AGAIN_SECONDS = 8


class TerminalRefused(AppError):
    """The token is not that of a paired terminal."""

    code = "terminal_refused"
    status = 401
    detail = "This token does not exist or was revoked."
    next_step = "Pair the terminal again with a new code."


@dataclass(frozen=True, slots=True)
class Line:
    """One held line: which terminal, and the number that only the newest holder has."""

    terminal_id: UUID
    merchant_id: UUID
    name: str
    serial_number: str
    epoch: int

    @property
    def actor(self) -> Actor:
        """Whose hand it is."""
        return Actor(kind="terminal", id=self.terminal_id, name=self.name)


_TAKE_LINE = """
UPDATE terminal_terminal t
SET connection_channel = %s, connection_epoch = old.connection_epoch + 1, connected_at = %s, last_seen_at = %s
FROM (SELECT id, connection_channel, connection_epoch FROM terminal_terminal WHERE token_hash = %s
    AND merchant_id NOT IN (SELECT id FROM merchant_merchant WHERE archived_at IS NOT NULL) FOR UPDATE) old
WHERE t.id = old.id
RETURNING t.id, t.merchant_id, t.name, t.serial_number, t.connection_epoch, old.connection_channel
"""


@transaction.atomic
def take_line(*, token: str, channel: str, now: datetime) -> Line:
    """
    Name `channel`'s process as the holder of the terminal's line and return it with its epoch.

    An older holder is told to let go. What was sent over the old line and has no answer is asked about, never sent again.

    :raises TerminalRefused: if the token is not that of a paired terminal.
    """
    rows = db.rows(_TAKE_LINE, [channel, now, now, secret_hash(token)])
    if not rows:
        raise TerminalRefused()
    terminal_id, merchant_id, name, serial, epoch, old_channel = rows[0]
    line = Line(terminal_id, merchant_id, name, serial, epoch)
    if old_channel:
        notify.after_commit(old_channel, str(terminal_id))
    with acting_for(merchant_id, line.actor):
        terminal = Terminal.objects.select_related("store").get(id=terminal_id)
        for message in _list_under_way(terminal_id):
            driver_services.ask_status(terminal=terminal, message=message, now=now)
        feed.add(terminal, "connected", "Connected", now=now)
    return line


def take_messages(*, line: Line, now: datetime) -> driver_services.Taken:
    """Return what is to be sent now, marked as sent, and show that the terminal works on it."""
    with acting_for(line.merchant_id, line.actor):
        taken = driver_services.take_unsent(terminal_id=line.terminal_id, epoch=line.epoch, now=now)
        for message in taken.messages:
            if message.category in protocol.MONEY_CATEGORIES:
                _show(line, now=now, state="in_payment", step="sent", operation_id=message.operation_id)
        return taken


@transaction.atomic
def log_in(*, line: Line, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Store what the terminal says of its make and return what it needs to know: how often to report, and where it stands."""
    with acting_for(line.merchant_id, line.actor):
        Terminal.objects.filter(id=line.terminal_id, connection_epoch=line.epoch).update(
            model=str(body.get("model") or "")[:60], software_version=str(body.get("software_version") or "")[:30]
        )
        terminal = Terminal.objects.select_related("store").get(id=line.terminal_id)
        configuring.send_if_pending(
            terminal=terminal, held_version=str(body.get("configuration_version") or "")[:20], now=now
        )
        return {
            "result": "success",
            "terminal_id": str(terminal.id),
            "name": terminal.name,
            "store": terminal.store.code,
            "currency": terminal.store.currency,
            "epoch": line.epoch,
            "heartbeat_seconds": protocol.HEARTBEAT_SECONDS,
            "time": now.isoformat(),
        }


def report(*, line: Line, status: Status, now: datetime) -> None:
    """Store what the terminal says it does, if that is new. An outcome that is still unknown outranks what the device shows."""
    with acting_for(line.merchant_id, line.actor):
        _show(
            line,
            now=now,
            state=status.state,
            step=status.step,
            note=status.note,
            battery_percent=status.battery_percent,
            network=status.network,
            software_version=status.software_version,
            fault=status.fault,
            clock_offset_seconds=_clock_offset(status, now),
        )
        if status.state == "ready":
            _ask_what_became(line, now=now)


def _clock_offset(status: Status, now: datetime) -> int | None:
    """Return how far the device's clock is before ours, in whole minutes as seconds; 0 while it does not matter."""
    if status.time is None:
        return None
    seconds = (status.time - now).total_seconds()
    if abs(seconds) <= protocol.CLOCK_OFF_SECONDS_MAX:
        return 0
    return max(-(2**31), min(2**31 - 1, round(seconds / 60) * 60))


def _ask_what_became(line: Line, *, now: datetime) -> None:
    """An idle terminal that owes an answer has lost the request, or its own answer was lost: ask at once, not when the time is over."""
    overtaken = now - timedelta(seconds=_REPORT_OVERTAKEN_SECONDS)
    for message in _list_under_way(line.terminal_id):
        asked = messages.find_status_asked(terminal_id=line.terminal_id, operation_id=message.operation_id)
        is_asked = asked is not None and asked.created_at > now - timedelta(seconds=_ASK_AGAIN_SECONDS)
        if message.sent_at is not None and message.sent_at < overtaken and not is_asked:
            terminal = Terminal.objects.get(id=line.terminal_id)
            driver_services.ask_status(terminal=terminal, message=message, now=now)


def let_go(*, line: Line, now: datetime) -> None:
    """
    Note that the line is gone, unless a newer one took over. A payment that was under way is unknown from this moment, and shown so.

    Repeating it changes nothing.
    """
    with acting_for(line.merchant_id, line.actor):
        with transaction.atomic():
            held = Terminal.objects.filter(id=line.terminal_id, connection_epoch=line.epoch).exclude(
                connection_channel=""
            )
            if not held.update(connection_channel="", last_seen_at=now):
                return
            feed.add(
                Terminal.objects.select_related("store").get(id=line.terminal_id),
                "went_offline",
                "Lost its connection",
                now=now,
            )
        for message in _list_under_way(line.terminal_id):
            with transaction.atomic():
                hand_on(message, UNKNOWN)
                show_unknown(terminal_id=line.terminal_id, operation_id=message.operation_id, now=now)
        _show(line, now=now, state="offline", step="")


@transaction.atomic
def settle(*, terminal_id: UUID, operation_id: UUID, now: datetime) -> None:
    """Free the terminal of an operation that has its outcome by now. Locks the terminal. The device's own next report corrects what it shows."""
    terminal = _locked(terminal_id)
    is_open = Operation.objects.filter(id=operation_id, status__in=OPEN_OPERATION).exists()
    if terminal is None or terminal.operation_id != operation_id or is_open:
        return
    state = "offline" if not terminal.is_connected else "ready" if terminal.state == "unknown" else terminal.state
    _write(terminal, operation_id=None, state=state, step="", step_at=now)
    tiles.push(terminal)


@transaction.atomic
def show_unknown(*, terminal_id: UUID, operation_id: UUID | None, now: datetime) -> None:
    """Show that nobody can say yet what became of the terminal's operation, while that is so. Locks the terminal."""
    terminal = _locked(terminal_id)
    is_unknown = Operation.objects.filter(id=operation_id, status="unknown").exists()
    if terminal is None or terminal.state == "unknown" or not is_unknown:
        return
    _write(terminal, operation_id=operation_id, state="unknown", step="", step_at=now)
    feed.add(terminal, "unknown", "The outcome of its payment is unknown; do not take it again", now=now)
    tiles.push(terminal)


def hand_on(message: TerminalMessage, outcome: Outcome) -> None:
    """Give payments what the terminal says of the message's operation."""
    if message.operation_id is not None:
        apply_result(
            operation_id=message.operation_id,
            outcome=outcome,
            source="terminal",
            now=business_now(current_merchant_id()),
        )


def _list_under_way(terminal_id: UUID) -> list[TerminalMessage]:
    """Return what was sent, has no answer, and whose outcome nobody else has told yet."""
    unanswered = messages.list_unanswered(terminal_id=terminal_id, categories=protocol.MONEY_CATEGORIES)
    asked = [message.operation_id for message in unanswered]
    still_open = (
        set(Operation.objects.filter(id__in=asked, status__in=OPEN_OPERATION).values_list("id", flat=True))
        if asked
        else set()
    )
    return [message for message in unanswered if message.operation_id in still_open]


@transaction.atomic
def _show(line: Line, *, now: datetime, **reported: Any) -> None:
    """Write what differs from what is stored, and push the tile. Locks the terminal; an older holder writes nothing."""
    terminal = _locked(line.terminal_id)
    if terminal is None or terminal.connection_epoch != line.epoch:
        return
    if terminal.state == "unknown" and terminal.operation_id is not None:
        reported |= {"state": "unknown", "step": ""}
    changes = {name: value for name, value in reported.items() if getattr(terminal, name) != value}
    if not changes:
        return
    before = terminal.state
    if "state" in changes or "step" in changes:
        changes["step_at"] = now
    _write(terminal, last_seen_at=now, **changes)
    if terminal.state != before and terminal.state in _WORTH_A_LINE:
        feed.add(terminal, terminal.state, _line_of(terminal), now=now)
    if changes.get("clock_offset_seconds"):
        feed.add(terminal, "clock_wrong", "Its clock is wrong; its times are not believed", now=now)
    tiles.push(terminal)


def _line_of(terminal: Terminal) -> str:
    if terminal.state == "needs_care":
        return words.fault_words(terminal.fault, terminal.note)
    return terminal.note or _WORTH_A_LINE[terminal.state]


def _locked(terminal_id: UUID) -> Terminal | None:
    return (
        Terminal.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store")
        .filter(id=terminal_id)
        .first()
    )


def _write(terminal: Terminal, **changes: Any) -> None:
    Terminal.objects.filter(id=terminal.id).update(**changes)
    for name, value in changes.items():
        setattr(terminal, name, value)


@transaction.atomic
def note(line: Line, kind: str, text: str, *, now: datetime, data: dict[str, Any] | None = None) -> None:
    """Keep one event of the line's terminal for its history and the walls."""
    feed.add(Terminal.objects.select_related("store").get(id=line.terminal_id), kind, text, now=now, data=data)
