"""Reads of terminal messages."""

from __future__ import annotations

from uuid import UUID

from terminals.drivers.models import TerminalMessage


def find_message(*, terminal_id: UUID, service_id: str) -> TerminalMessage | None:
    """Return one message of a terminal, or None."""
    return TerminalMessage.objects.filter(terminal_id=terminal_id, service_id=service_id).first()


def find_status_asked(*, terminal_id: UUID, operation_id: UUID | None) -> TerminalMessage | None:
    """Return the newest status request for an operation, or None."""
    asked = TerminalMessage.objects.filter(
        terminal_id=terminal_id, category="transaction_status", operation_id=operation_id
    )
    return asked.order_by("-id").first()


def list_unanswered(*, terminal_id: UUID, categories: tuple[str, ...]) -> list[TerminalMessage]:
    """Return what was sent to a terminal and has no answer, oldest first."""
    sent = TerminalMessage.objects.filter(
        terminal_id=terminal_id, category__in=categories, sent_at__isnull=False, answered_at=None
    )
    return list(sent.order_by("id"))
