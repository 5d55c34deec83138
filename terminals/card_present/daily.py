"""The sample payment each terminal makes in the morning, so that a terminal that cannot take cards is known before the first customer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.errors import AppError
from payments.processing.refusals import TerminalBusy
from terminals.card_present import sample_payments
from terminals.card_present.services import TerminalNotReady
from terminals.devices import configuration
from terminals.devices.models import SamplePayment, Terminal
from terminals.devices.queries import list_terminals
from terminals.live import feed


def list_wanted(*, store_id: UUID, paired_before: datetime) -> list[Terminal]:
    """Return the terminals of a store that were paired before the morning and whose settings want a sample payment on it."""
    paired = list_terminals(frozenset({store_id})).filter(token_hash__isnull=False, paired_at__lt=paired_before)
    terminals = list(paired)
    settings = configuration.of_terminals(terminals)
    return [terminal for terminal in terminals if settings[terminal.id]["daily_sample"].value == "on"]


def begin(*, terminal: Terminal, now: datetime) -> str:
    """
    Begin the morning's sample payment on `terminal`, and return what became of that.

    `begun`; `busy`: customers are served on it, which shows more than a sample; `failed`: it could not take a payment, which is recorded as a failed sample.
    """
    try:
        sample_payments.start_sample(terminal_id=terminal.id, now=now, is_daily=True)
    except (TerminalBusy, sample_payments.SampleUnderWay):
        return "busy"
    except TerminalNotReady as refusal:
        _record_refusal(terminal, refusal, now=now)
        return "failed"
    return "begun"


@transaction.atomic
def _record_refusal(terminal: Terminal, refusal: AppError, *, now: datetime) -> None:
    sample = SamplePayment(
        terminal=terminal,
        started_at=now,
        finished_at=now,
        is_passed=False,
        problem=refusal.message[:200],
        is_daily=True,
    )
    sample.save(force_insert=True)
    feed.add(terminal, "sample_failed", f"Sample payment failed. {refusal.message}"[:200], now=now)
