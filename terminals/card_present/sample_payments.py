"""
Sample payments: a recorded health check of the whole way, terminal to processor.

The smallest amount is authorised over the same line as any payment and taken back at once by its reference. It belongs to no order and moves no money.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.gateways import registry as gateways
from payments.gateways.base import OperationRequest
from terminals.card_present.checks import finish_checks
from terminals.card_present.services import require_ready
from terminals.devices.models import SamplePayment, Terminal
from terminals.devices.queries import get_terminal
from terminals.drivers import queries as messages
from terminals.drivers import services as driver_services
from terminals.drivers.agent import protocol
from terminals.drivers.models import TerminalMessage
from terminals.live import feed

SAMPLE_MINOR = 1
# A terminal that has not answered by then will not; what it may have begun is taken back all the same.
ANSWER_WITHIN = timedelta(seconds=45)
FINISH_EVERY_SECONDS = 0.5


class SampleUnderWay(AppError):
    """The terminal is being checked already."""

    code = "sample_under_way"
    detail = "The terminal {name} is being checked already."


@transaction.atomic
def start_sample(*, terminal_id: UUID, now: datetime, is_daily: bool = False) -> SamplePayment:
    """
    Begin a sample payment and return its record; the relay finishes it. Locks the terminal.

    :raises NotFound: if the terminal is not the merchant's. :raises SampleUnderWay: while one runs. And what `require_ready` raises.
    """
    terminal = get_terminal(terminal_id)
    Terminal.objects.select_for_update(no_key=True).get(id=terminal.id)
    require_ready(terminal)
    if SamplePayment.objects.filter(terminal=terminal, finished_at=None).exists():
        raise SampleUnderWay(name=terminal.name)
    sample = SamplePayment(terminal=terminal, started_at=now, is_daily=is_daily)
    sample.save(force_insert=True)
    body = {
        "kind": "sample",
        "reference": reference_of(sample),
        "amount_minor": SAMPLE_MINOR,
        "currency": terminal.gateway_account.currency,
        "capture": "manual",
    }
    driver_services.store_message(
        terminal=terminal,
        category="diagnosis",
        service_id=protocol.service_id_of(reference_of(sample)),
        body=body,
        now=now,
    )
    audit.record("terminal.sample_begun", subject=f"terminal:{terminal.id}", now=now)
    return sample


def reference_of(sample: SamplePayment) -> str:
    """Return the processor's reference of a sample payment."""
    return f"SAMPLE{sample.id.hex[-16:].upper()}"


def is_sample(reference: str) -> bool:
    """Say whether a reference is a sample payment's: no operation has one like it."""
    return re.fullmatch(r"SAMPLE[0-9A-F]{16}", reference) is not None


def finish_due() -> int:
    """Finish sample payments and checks that have their answer, for all merchants; return how many."""
    return finish_samples() + finish_checks()


def finish_samples() -> int:
    """Finish what can be finished, for all merchants; return how many. Repeating it, also at once elsewhere, does nothing twice."""
    open_samples = SamplePayment.across_merchants.filter(finished_at=None).values_list("id", "merchant_id")
    finished = 0
    for sample_id, merchant_id in list(open_samples):
        with acting_for(merchant_id):
            finished += _finish(
                SamplePayment.objects.select_related("terminal__store", "terminal__gateway_account").get(id=sample_id)
            )
    return finished


def _finish(sample: SamplePayment) -> bool:
    now = machine_now()
    message = messages.find_message(
        terminal_id=sample.terminal_id, service_id=protocol.service_id_of(reference_of(sample))
    )
    is_late = now - sample.started_at > ANSWER_WITHIN
    if message is None or (message.answer is None and not is_late):
        return False
    is_taken_back = _take_back(sample)
    if not is_taken_back and not is_late:
        return False
    problem = _problem(message, is_taken_back=is_taken_back)
    return _record(
        sample, steps=_steps(sample, message, is_taken_back=is_taken_back, now=now), problem=problem, now=now
    )


def _take_back(sample: SamplePayment) -> bool:
    """Have the processor promise that the sample's reference has no effect, now and later."""
    account = sample.terminal.gateway_account
    request = OperationRequest(
        operation_id=sample.id,
        reference=reference_of(sample),
        kind="authorise",
        amount=Money(SAMPLE_MINOR, account.currency),
        order_reference="sample",
    )
    return gateways.gateway(account.gateway).cancel(request, gateways.access(account)).status in ("failed", "declined")


def _problem(message: TerminalMessage, *, is_taken_back: bool) -> str:
    if message.answer is None:
        return "The terminal did not answer."
    if message.answer.get("result") != "success":
        return f"The terminal answered: {message.answer.get('error_condition') or 'no'}."
    if message.answer.get("amount_minor") != SAMPLE_MINOR:
        return "The terminal approved another amount than was asked."
    return "" if is_taken_back else "The processor did not confirm that the sample was taken back."


def _steps(
    sample: SamplePayment, message: TerminalMessage, *, is_taken_back: bool, now: datetime
) -> list[dict[str, Any]]:
    """Return each step with the milliseconds since the beginning, None where it was not reached."""
    is_approved = message.answer is not None and message.answer.get("result") == "success"
    moments = (
        ("sent", message.sent_at),
        ("answered", message.answered_at),
        ("approved", message.answered_at if is_approved else None),
        ("taken_back", now if is_taken_back else None),
    )
    return [
        {"step": name, "after_ms": round((at - sample.started_at).total_seconds() * 1000) if at else None}
        for name, at in moments
    ]


@transaction.atomic
def _record(sample: SamplePayment, *, steps: list[dict[str, Any]], problem: str, now: datetime) -> bool:
    unfinished = SamplePayment.objects.filter(id=sample.id, finished_at=None)
    if not unfinished.update(finished_at=now, is_passed=not problem, steps=steps, problem=problem):
        return False
    kind, text = (
        ("sample_failed", f"Sample payment failed. {problem}")
        if problem
        else ("sample_passed", "Sample payment passed")
    )
    feed.add(sample.terminal, kind, text, now=now)
    audit.record(
        "terminal.sample_finished", subject=f"terminal:{sample.terminal_id}", now=now, data={"problem": problem}
    )
    return True
