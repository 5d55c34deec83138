"""
What happens on a terminal's line: it connects, reports, answers, and goes away. Each is one short transaction.

A line is held by one process under an epoch. Whatever an older holder still says is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db, notify
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.ids import secret_hash
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.pages.shell import FRAGMENT_LOCALE
from merchant.core.tenancy import Actor, acting_for, current_merchant_id
from payments.gateways.base import UNKNOWN, Outcome
from payments.processing import services as processing
from payments.records.models import Operation
from payments.records.services import apply_result
from payments.records.states import OPEN_OPERATION
from payments.records.words import decline_words
from terminals.devices.models import Terminal
from terminals.drivers import queries as messages
from terminals.drivers import services as driver_services
from terminals.drivers.agent import protocol
from terminals.drivers.agent.protocol import Message, Status
from terminals.drivers.models import TerminalMessage
from terminals.live import feed, tiles

# Changes of state that are told in the feed, in words for a device that gives no note.
_WORTH_A_LINE = {"needs_care": "Needs care", "updating": "Installing an update"}
_WORD_OF_KIND = {"approved": "Approved", "refunded": "Refunded", "declined": "Declined", "failed": "Not charged"}


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
FROM (SELECT id, connection_channel, connection_epoch FROM terminal_terminal WHERE token_hash = %s FOR UPDATE) old
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
        )


def receive_response(*, line: Line, message: Message, now: datetime) -> None:
    """
    Take the terminal's answer to one of our requests.

    The first answer is kept in its row, then handed to payments; a duplicate is handed on too (results are monotone) and noted. An answer to something
    we never asked is noted and does nothing.
    """
    with acting_for(line.merchant_id, line.actor):
        asked = messages.find_message(terminal_id=line.terminal_id, service_id=message.service_id)
        if asked is None or asked.category != message.category:
            _note(line, "stray_answer", f"Answered something we did not ask ({message.service_id})", now=now)
        elif asked.category == "transaction_status":
            _take_status_answer(line, asked, dict(message.body), now=now)
        elif asked.category in protocol.MONEY_CATEGORIES:
            _take_money_answer(line, asked, dict(message.body), now=now)
        else:
            driver_services.keep_answer(message=asked, body=dict(message.body), now=now)


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
            _hand_on(message, UNKNOWN)
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


def _take_status_answer(line: Line, asked: TerminalMessage, body: dict[str, Any], *, now: datetime) -> None:
    repeated = body.pop("repeated", None)
    driver_services.keep_answer(message=asked, body=body, now=now)
    about = str(asked.request["message_reference"]["service_id"])
    original = messages.find_message(terminal_id=line.terminal_id, service_id=about)
    if original is None or original.operation_id is None:
        return
    if isinstance(repeated, dict):
        _take_money_answer(line, original, repeated, now=now)
    elif body.get("error_condition") == "not_found":
        processing.look_up_now(operation_id=original.operation_id)


def _take_money_answer(line: Line, asked: TerminalMessage, body: dict[str, Any], *, now: datetime) -> None:
    if body.get("error_condition") == "in_progress":
        return
    if not driver_services.keep_answer(message=asked, body=body, now=now):
        _note(line, "answered_again", f"Answered again ({asked.service_id})", now=now)
    operation = Operation.objects.get(id=asked.operation_id)
    outcome = protocol.outcome_of(
        protocol.kept(body),
        _asked_amount(operation),
        tip_max_minor=protocol.tip_max_minor(operation.instrument, operation.amount_minor),
    )
    _hand_on(asked, outcome)
    if outcome.status == "unknown":
        show_unknown(terminal_id=line.terminal_id, operation_id=operation.id, now=now)
        processing.look_up_now(operation_id=operation.id)
        return
    _note_outcome(line, operation, outcome, now=now)
    settle(terminal_id=line.terminal_id, operation_id=operation.id, now=now)


def _hand_on(message: TerminalMessage, outcome: Outcome) -> None:
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


def _asked_amount(operation: Operation) -> Money:
    return Money(operation.amount_minor, operation.currency)


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
        feed.add(terminal, terminal.state, terminal.note or _WORTH_A_LINE[terminal.state], now=now)
    tiles.push(terminal)


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
def _note(line: Line, kind: str, text: str, *, now: datetime, data: dict[str, Any] | None = None) -> None:
    feed.add(Terminal.objects.select_related("store").get(id=line.terminal_id), kind, text, now=now, data=data)


_KIND_OF_OUTCOME = {"succeeded": "approved", "declined": "declined", "failed": "failed"}


def _note_outcome(line: Line, operation: Operation, outcome: Outcome, *, now: datetime) -> None:
    kind = _KIND_OF_OUTCOME[outcome.status]
    if kind == "approved" and operation.kind == "refund":
        kind = "refunded"
    amount = Money(operation.amount_minor if outcome.amount_minor is None else outcome.amount_minor, operation.currency)
    reason = f" ({decline_words(outcome.decline_code)})" if outcome.decline_code else ""
    text = f"{_WORD_OF_KIND[kind]} {money_text(amount, locale=FRAGMENT_LOCALE)}{reason}"
    _note(line, kind, text, now=now, data={"amount_minor": amount.minor, "currency": amount.currency})
