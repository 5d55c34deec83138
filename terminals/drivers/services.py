"""Store messages to terminals, mark them sent, keep their answers. The rows decide; the line only carries them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db, notify
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.queries import is_put_away
from terminals.devices.models import Terminal
from terminals.drivers.agent import protocol
from terminals.drivers.models import TerminalMessage

# 15 s: a line that broke for a moment still gets the payment; a cashier is not left waiting longer for "not sent".
UNSENT_SECONDS_MAX = 15


@dataclass(frozen=True, slots=True)
class Taken:
    """What the holder of a socket may send now. Without a hold it must close: `is_revoked`, or another connection took over."""

    messages: tuple[TerminalMessage, ...]
    is_held: bool
    is_revoked: bool = False


@transaction.atomic
def store_message(
    *,
    terminal: Terminal,
    category: str,
    service_id: str,
    body: dict[str, Any],
    now: datetime,
    operation_id: UUID | None = None,
    answer: dict[str, Any] | None = None,
) -> TerminalMessage:
    """
    Store one request for `terminal` and wake the process that holds its socket, after the commit.

    A second call with the same service id returns the first row and stores nothing. With `answer` the row is closed from the start: it will never be sent.
    """
    message: TerminalMessage
    message, is_new = TerminalMessage.objects.get_or_create(
        terminal=terminal,
        service_id=service_id,
        defaults={
            "category": category,
            "operation_id": operation_id,
            "request": body,
            "created_at": now,
            "expires_at": now + timedelta(seconds=UNSENT_SECONDS_MAX),
            "answer": answer,
            "answered_at": now if answer else None,
        },
    )
    if is_new and answer is None and terminal.connection_channel:
        notify.after_commit(terminal.connection_channel, str(terminal.id))
    return message


_TAKE = """
UPDATE terminal_message m SET sent_at = %(now)s FROM terminal_terminal t
WHERE t.id = m.terminal_id AND t.merchant_id = %(merchant)s AND t.id = %(terminal)s AND t.connection_epoch = %(epoch)s
  AND m.sent_at IS NULL AND m.answered_at IS NULL AND m.expires_at > %(now)s
RETURNING m.id
"""


@transaction.atomic
def take_unsent(*, terminal_id: UUID, epoch: int, now: datetime) -> Taken:
    """
    Mark what is unsent as sent and return it, oldest first; the caller sends it after this commit and never again.

    Nothing is taken by a connection that was replaced or revoked.
    """
    terminal = Terminal.objects.only("id", "token_hash", "connection_epoch").get(id=terminal_id)
    is_revoked = terminal.token_hash is None or is_put_away(current_merchant_id())
    if is_revoked or terminal.connection_epoch != epoch:
        return Taken((), is_held=False, is_revoked=is_revoked)
    marked = db.rows(_TAKE, {"now": now, "merchant": current_merchant_id(), "terminal": terminal_id, "epoch": epoch})
    if not marked:
        return Taken((), is_held=True)
    return Taken(tuple(TerminalMessage.objects.filter(id__in=[row[0] for row in marked]).order_by("id")), is_held=True)


def keep_answer(*, message: TerminalMessage, body: dict[str, Any], now: datetime) -> bool:
    """Keep the first answer to `message`. Returns False if there was one: the answer is a duplicate or came after we gave up."""
    kept = protocol.kept(body)
    updated = TerminalMessage.objects.filter(id=message.id, answered_at=None).update(answer=kept, answered_at=now)
    if updated:
        message.answer, message.answered_at = kept, now
    return bool(updated)


def withdraw(*, message: TerminalMessage, now: datetime, condition: str = protocol.NOT_SENT) -> bool:
    """Close `message` if it was not sent: it never will be. Returns False if it was sent or is closed; then only an abort can help."""
    unsent = TerminalMessage.objects.filter(id=message.id, sent_at=None, answered_at=None)
    answer = protocol.failure(condition)
    if not unsent.update(answer=answer, answered_at=now):
        return False
    message.answer, message.answered_at = answer, now
    return True


def close_never_arrived(*, message: TerminalMessage, now: datetime) -> None:
    """Close a sent `message` that the terminal does not know and the processor has promised never to process."""
    TerminalMessage.objects.filter(id=message.id, answered_at=None).update(
        answer=protocol.failure(protocol.NEVER_ARRIVED), answered_at=now
    )


def ask_status(*, terminal: Terminal, message: TerminalMessage, now: datetime) -> TerminalMessage:
    """Store a request that asks `terminal` what became of `message`."""
    return store_message(
        terminal=terminal,
        category="transaction_status",
        service_id=protocol.new_service_id(),
        operation_id=message.operation_id,
        body=protocol.message_reference(message.category, message.service_id),
        now=now,
    )
