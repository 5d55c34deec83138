"""Reads of terminals."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from terminals.devices.models import SamplePayment, Terminal, TerminalCheck

# The history an operator looks at; older ones stay in the table.
SAMPLES_SHOWN = 30


def list_terminals(stores: Collection[UUID] | None = None) -> QuerySet[Terminal]:
    """Return the terminals of `stores` (None: of all), by store and name."""
    terminals = Terminal.objects.select_related("store", "register").order_by("store__name", "name")
    return terminals if stores is None else terminals.filter(store_id__in=stores)


def get_terminal(terminal_id: UUID) -> Terminal:
    """
    Return one terminal with its store.

    :raises NotFound: if the merchant has no such terminal.
    """
    rows = Terminal.objects.select_related("store", "register", "gateway_account")
    terminal: Terminal | None = rows.filter(id=terminal_id).first()
    if terminal is None:
        raise NotFound()
    return terminal


def find_terminal_of_register(register_id: UUID) -> Terminal | None:
    """Return the terminal that stands at a register, a connected one first, or None."""
    placed = Terminal.objects.select_related("store", "register", "gateway_account").filter(
        register_id=register_id, token_hash__isnull=False
    )
    return placed.order_by("-connected_at").first()


def list_samples(terminal_id: UUID) -> list[SamplePayment]:
    """Return a terminal's latest sample payments, newest first."""
    return list(SamplePayment.objects.filter(terminal_id=terminal_id).order_by("-id")[:SAMPLES_SHOWN])


def list_checks(terminal_id: UUID) -> list[TerminalCheck]:
    """Return a terminal's latest checks, newest first."""
    return list(TerminalCheck.objects.filter(terminal_id=terminal_id).order_by("-id")[:SAMPLES_SHOWN])
