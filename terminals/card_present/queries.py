"""Which terminal, and what is under way on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from merchant.core.errors import AppError
from merchant.core.pages.shell import current_locale
from payments.gateways.base import OperationRequest
from payments.processing.sending import request_for
from payments.records.models import Operation
from payments.records.states import OPEN_OPERATION
from terminals.devices.models import SamplePayment, Terminal
from terminals.devices.queries import find_terminal_of_register, get_terminal
from terminals.drivers.models import TerminalMessage
from terminals.live import words
from terminals.live.words import Words

# A merchant has fewer terminals than that in use at once; what is beyond it is asked for by till.
OPEN_SHOWN_MAX = 500


class NoTerminal(AppError):
    """Neither a terminal was named nor does one stand at the register."""

    code = "no_terminal"
    status = 422
    detail = "No card terminal stands at this register."
    next_step = "Name a terminal, or place one at the register."


def choose_terminal(*, terminal_id: UUID | None, register_id: UUID | None) -> Terminal:
    """
    Return the terminal that was named, or the one of the register.

    :raises NotFound: if the named one is not the merchant's. :raises NoTerminal: if none was named and the register has none.
    """
    if terminal_id is not None:
        return get_terminal(terminal_id)
    found = find_terminal_of_register(register_id) if register_id is not None else None
    if found is None:
        raise NoTerminal()
    return found


def find_open_operation(terminal_id: UUID) -> Operation | None:
    """Return what is under way on a terminal, or None."""
    return Operation.objects.filter(terminal_id=terminal_id, status__in=OPEN_OPERATION).first()


def request_of(operation: Operation) -> OperationRequest:
    """Return what is asked by `operation`, as the relay asks it."""
    return request_for(
        Operation.objects.select_related("payment__order", "payment__store", "parent").get(id=operation.id)
    )


def list_open_operations(*, stores: Collection[UUID] | None, register_id: UUID | None) -> list[Operation]:
    """Return what has no end yet on terminals of `stores` (None: all), or of one till, oldest first."""
    rows = Operation.objects.select_related("payment__order").filter(
        terminal_id__isnull=False, status__in=OPEN_OPERATION
    )
    if stores is not None:
        rows = rows.filter(payment__store_id__in=stores)
    if register_id is not None:
        rows = rows.filter(payment__register_id=register_id)
    return list(rows.order_by("id")[:OPEN_SHOWN_MAX])


def words_for(operation: Operation) -> Words:
    """Return what to tell the cashier of a card payment as it stands."""
    asked = list(TerminalMessage.objects.filter(operation_id=operation.id, category__in=["payment", "refund", "abort"]))
    answer = next((message.answer for message in asked if message.category != "abort"), None)
    terminal = Terminal.objects.filter(id=operation.terminal_id).only("step", "operation_id").first()
    is_shown = terminal is not None and terminal.operation_id == operation.id
    return words.words_of(
        operation,
        answer=answer,
        step=terminal.step if terminal is not None and is_shown else "",
        is_cancel_asked=any(message.category == "abort" for message in asked),
        locale=current_locale(),
    )


def latest_finished(samples: Sequence[SamplePayment]) -> SamplePayment | None:
    """Return the newest of `samples` whose result is known."""
    return next((sample for sample in samples if sample.finished_at is not None), None)
