"""What the relay looks after on the lines: messages nobody could send, and lines whose process died."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from merchant.core import db
from merchant.core.clock import business_now, machine_now
from merchant.core.tenancy import acting_for
from payments.gateways.base import Outcome
from payments.records.services import apply_result
from terminals.drivers.agent import protocol
from terminals.live import services
from terminals.live.services import Line

# A relay is woken by every sale; lines need a look only now and then.
LINES_EVERY_SECONDS = 2.0
_BATCH = 50

_END_UNSENT = """
UPDATE terminal_message SET answered_at = %(now)s, answer = %(answer)s WHERE id IN (
    SELECT id FROM terminal_message WHERE sent_at IS NULL AND answered_at IS NULL AND expires_at <= %(now)s LIMIT %(most)s FOR UPDATE SKIP LOCKED
) RETURNING merchant_id, terminal_id, operation_id, category
"""


def end_unsent() -> int:
    """
    Close messages that could not be sent in time; a payment among them has failed for certain. Returns how many.

    A crash after the closing loses nothing: whoever looks the operation up finds the closed row.
    """
    now = machine_now()
    answer = Jsonb(protocol.failure(protocol.NOT_SENT))
    with transaction.atomic():
        closed = db.rows(_END_UNSENT, {"now": now, "answer": answer, "most": _BATCH})
    for merchant_id, terminal_id, operation_id, category in closed:
        if category in protocol.MONEY_CATEGORIES and operation_id is not None:
            with acting_for(merchant_id):
                _fail(terminal_id, operation_id, merchant_id)
    return len(closed)


def _fail(terminal_id: UUID, operation_id: UUID, merchant_id: UUID) -> None:
    outcome = Outcome(status="failed", decline_code=protocol.NOT_SENT)
    apply_result(operation_id=operation_id, outcome=outcome, source="terminal", now=business_now(merchant_id))
    services.settle(terminal_id=terminal_id, operation_id=operation_id, now=machine_now())


_HELD = """
SELECT connection_channel, id, merchant_id, name, serial_number, connection_epoch FROM terminal_terminal WHERE connection_channel <> ''
"""
_IS_DEAD = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))"


def let_go_of_dead_holders() -> int:
    """Note every line as gone whose process no longer holds the lock named like its channel: it died without saying so. Returns how many."""
    held = db.rows(_HELD)
    dead = {channel for channel in {row[0] for row in held} if _is_dead(channel)}
    lost = [Line(*row[1:]) for row in held if row[0] in dead]
    for line in lost:
        services.let_go(line=line, now=machine_now())
    return len(lost)


def _is_dead(channel: str) -> bool:
    with transaction.atomic():
        return bool(db.rows(_IS_DEAD, [channel])[0][0])
