"""
Checks: is it there, does it run the right software, is its clock right, does it work by its settings?

A question goes to the device and its answer is recorded with what was found. No money is involved; a sample payment tries the whole way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from terminals.card_present.services import TerminalOffline
from terminals.devices import configuration
from terminals.devices.models import Terminal, TerminalCheck
from terminals.devices.queries import get_terminal
from terminals.drivers import queries as messages
from terminals.drivers import services as driver_services
from terminals.drivers.agent import protocol
from terminals.drivers.models import TerminalMessage
from terminals.live import feed

# A device answers from its own memory; what takes longer is not there.
ANSWER_WITHIN = timedelta(seconds=15)
BATTERY_LOW_PERCENT = 15


class CheckUnderWay(AppError):
    """The terminal is being checked already."""

    code = "check_under_way"
    detail = "The terminal {name} is being checked already."


@transaction.atomic
def start_check(*, terminal_id: UUID, now: datetime) -> TerminalCheck:
    """
    Ask the terminal how it is and return the record; the relay finishes it within seconds. Locks the terminal. A payment under way is not disturbed.

    :raises NotFound: if the terminal is not the merchant's. :raises TerminalOffline: without a connection. :raises CheckUnderWay: while one runs.
    """
    terminal = get_terminal(terminal_id)
    Terminal.objects.select_for_update(no_key=True).get(id=terminal.id)
    if not terminal.is_connected or terminal.token_hash is None:
        raise TerminalOffline(name=terminal.name)
    if TerminalCheck.objects.filter(terminal=terminal, finished_at=None).exists():
        raise CheckUnderWay(name=terminal.name)
    check = TerminalCheck(terminal=terminal, started_at=now)
    check.save(force_insert=True)
    driver_services.store_message(
        terminal=terminal, category="diagnosis", service_id=_service_id(check), body={"kind": "check"}, now=now
    )
    audit.record("terminal.check_begun", subject=f"terminal:{terminal.id}", now=now)
    return check


def finish_checks() -> int:
    """Finish what was answered, or will not be, for all merchants; return how many. Repeating it, also at once elsewhere, does nothing twice."""
    finished = 0
    for check_id, merchant_id in list(
        TerminalCheck.across_merchants.filter(finished_at=None).values_list("id", "merchant_id")
    ):
        with acting_for(merchant_id):
            finished += _finish(TerminalCheck.objects.select_related("terminal__store").get(id=check_id))
    return finished


def _service_id(check: TerminalCheck) -> str:
    return protocol.service_id_of(f"CHECK{check.id.hex}")


def _finish(check: TerminalCheck) -> bool:
    now = machine_now()
    message = messages.find_message(terminal_id=check.terminal_id, service_id=_service_id(check))
    if message is None or (message.answer is None and now - check.started_at <= ANSWER_WITHIN):
        return False
    findings = findings_of(check.terminal, message, configuration.of_terminal(check.terminal))
    return _record(check, findings, _round_trip_ms(message), now=now)


def findings_of(
    terminal: Terminal, message: TerminalMessage, settings: Mapping[str, configuration.InForce]
) -> list[dict[str, Any]]:
    """Return what an answer shows, one finding for each thing looked at."""
    answer = message.answer
    if answer is None or answer.get("result") != "success":
        return [_finding("connection", False, "It is connected but did not answer.")]
    version = str(answer.get("software_version") or terminal.software_version)
    oldest = settings["software_min"].value
    pending = configuration.pending(terminal, settings)
    findings = [
        _finding("connection", True, str(answer.get("network") or terminal.network)),
        _finding(
            "software", is_new_enough(version, oldest), version + (f", at least {oldest} wanted" if oldest else "")
        ),
        _finding("settings", not pending, f"pending: {', '.join(sorted(pending))}" if pending else "as set"),
        _finding("host", answer.get("host") is not False, "" if answer.get("host") is not False else "not reached"),
        _finding("printer", answer.get("printer") in (None, "ok", ""), str(answer.get("printer") or "")),
    ]
    told, answered = protocol.moment(answer.get("time")), message.answered_at
    if told is not None and answered is not None:
        off = round((told - answered).total_seconds())
        findings.append(_finding("clock", abs(off) <= protocol.CLOCK_OFF_SECONDS_MAX, f"{off:+d} s"))
    battery = answer.get("battery_percent")
    if type(battery) is int:
        findings.append(_finding("battery", battery >= BATTERY_LOW_PERCENT, f"{battery} %"))
    return findings


def is_new_enough(version: str, oldest: str) -> bool:
    """Say whether `version` is `oldest` or newer, number by number; a part that is no number counts as 0."""
    return not oldest or _numbers(version) >= _numbers(oldest)


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) if part.isdecimal() else 0 for part in version.split(".")[:4]]
    return tuple(parts + [0] * (4 - len(parts)))


def _finding(what: str, is_good: bool, text: str) -> dict[str, Any]:
    return {"what": what, "is_good": is_good, "text": text[:120]}


def _round_trip_ms(message: TerminalMessage) -> int | None:
    if message.sent_at is None or message.answered_at is None:
        return None
    return round((message.answered_at - message.sent_at).total_seconds() * 1000)


@transaction.atomic
def _record(check: TerminalCheck, findings: list[dict[str, Any]], round_trip_ms: int | None, *, now: datetime) -> bool:
    is_passed = all(finding["is_good"] for finding in findings)
    unfinished = TerminalCheck.objects.filter(id=check.id, finished_at=None)
    if not unfinished.update(finished_at=now, is_passed=is_passed, findings=findings, round_trip_ms=round_trip_ms):
        return False
    bad = ", ".join(finding["what"] for finding in findings if not finding["is_good"])
    feed.add(
        check.terminal,
        "check_passed" if is_passed else "check_failed",
        "Check passed" if is_passed else f"Check failed: {bad}",
        now=now,
    )
    return True
