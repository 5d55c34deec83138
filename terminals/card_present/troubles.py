"""What is wrong with a terminal right now, and what to do about it, step by step. One table; the page and REST show the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from terminals.card_present.checks import BATTERY_LOW_PERCENT, is_new_enough
from terminals.devices import configuration
from terminals.devices.configuration import InForce
from terminals.devices.models import SamplePayment, Terminal
from terminals.live import words


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault, and the steps that mend it, the easiest first."""

    code: str
    title: str
    steps: tuple[str, ...]
    tone: str = "warn"


_STEPS: dict[str, tuple[Promise, tuple[Promise, ...], str]] = {
    "not_paired": (
        _("It is not paired."),
        (
            _("Ask for a pairing code here."),
            _("Type the code on the terminal within ten minutes."),
            _("If it is refused, compare the serial number on its back with the one here."),
        ),
        "warn",
    ),
    "offline": (
        _("It is not connected."),
        (
            _("Is it switched on? Hold the power key for three seconds."),
            _("Look at the network sign on its display; choose the shop's network again if there is none."),
            _("Do other terminals of this location work? If none does, the location's internet is out: take cash."),
            _("Switch it off, wait ten seconds, switch it on. It connects by itself within a minute."),
            _("A payment that was under way is found out without it; do not charge again."),
        ),
        "bad",
    ),
    "unknown": (
        _("The outcome of its payment is not known yet."),
        (
            _("Do not charge again."),
            _("Leave the terminal on and connected: it is asked first, then the bank."),
            _("After two minutes the bank is made to promise that a payment it does not know never happens."),
            _("If it lasts longer, open the payment and press Ask now."),
        ),
        "warn",
    ),
    "paper_out": (
        _("The paper is out."),
        (
            _("Put in a new roll, the printed side up, and close the lid until it clicks."),
            _("Payments go on meanwhile: print or send the receipt from the till."),
        ),
        "warn",
    ),
    "printer": (
        _("The printer does not work."),
        (_("Open the lid and take out torn paper."), _("Print or send receipts from the till.")),
        "warn",
    ),
    "battery_low": (
        _("The battery is nearly empty."),
        (_("Put it on its charger, or plug it in."), _("It takes payments while it charges.")),
        "warn",
    ),
    "card_reader": (
        _("The card reader does not work."),
        (
            _("Let the customer hold the card to the display instead."),
            _("Clean the slot with a cleaning card."),
            _("Use another terminal and have this one exchanged."),
        ),
        "bad",
    ),
    "tamper": (
        _("Somebody has tried to open it."),
        (
            _("Take it out of use at once; do not let a customer type a PIN on it."),
            _("Call the gateway's support and say the serial number."),
            _("End its access here."),
        ),
        "bad",
    ),
    "host": (
        _("It does not reach its bank."),
        (
            _("Wait a minute: it tries again by itself."),
            _("Look at the gateway's health; if others fail as well, take another tender."),
            _("Check that the shop's network lets it out."),
        ),
        "bad",
    ),
    "other": (
        _("It needs care."),
        (_("Read its display and follow it."), _("Switch it off and on."), _("Use another terminal meanwhile.")),
        "warn",
    ),
    "updating": (
        _("It is installing an update."),
        (_("Leave it switched on and plugged in."), _("Use another terminal; this takes a few minutes.")),
        "info",
    ),
    "clock_wrong": (
        _("Its clock is wrong."),
        (
            _("Payments are booked by our own clock; nothing is lost."),
            _("Switch it off and on while it is connected: it fetches the time."),
            _("If it goes wrong again, its battery is old: have it exchanged."),
        ),
        "warn",
    ),
    "software_old": (
        _("Its software is older than it should be."),
        (
            _("Leave it on its charger and switched on over night: it updates itself."),
            _("Or start the update in its menu."),
        ),
        "warn",
    ),
    "settings_pending": (
        _("It does not work by its new settings yet."),
        (
            _("They are sent again as soon as it connects."),
            _("If it is connected, press Send the settings again."),
            _("If it refuses them, its software may be too old for one of them."),
        ),
        "info",
    ),
    "sample_failed": (
        _("The last sample payment failed."),
        (
            _("Run a check, then another sample payment."),
            _("If the terminal answers and the processor does not, look at the gateway account."),
            _("Until one passes, take cards on another terminal."),
        ),
        "bad",
    ),
}


def list_troubles(
    terminal: Terminal, settings: Mapping[str, InForce], latest_sample: SamplePayment | None
) -> tuple[Trouble, ...]:
    """Return what is wrong with `terminal`, the worst first; nothing for one that works."""
    codes = [*_of_state(terminal), *_of_facts(terminal, settings)]
    if latest_sample is not None and latest_sample.is_passed is False:
        codes.append("sample_failed")
    return tuple(_trouble(code, terminal) for code in dict.fromkeys(codes))


def _of_state(terminal: Terminal) -> list[str]:
    if terminal.token_hash is None:
        return ["not_paired"]
    codes = ["unknown"] if terminal.state == "unknown" else []
    if not terminal.is_connected:
        return [*codes, "offline"]
    if terminal.state == "updating":
        codes.append("updating")
    if terminal.fault or terminal.state == "needs_care":
        codes.append(terminal.fault if terminal.fault in _STEPS else "other")
    return codes


def _of_facts(terminal: Terminal, settings: Mapping[str, InForce]) -> list[str]:
    if terminal.token_hash is None:
        return []
    facts = {
        "clock_wrong": bool(terminal.clock_offset_seconds),
        "battery_low": terminal.battery_percent is not None and terminal.battery_percent < BATTERY_LOW_PERCENT,
        "software_old": bool(terminal.software_version)
        and not is_new_enough(terminal.software_version, settings["software_min"].value),
        "settings_pending": bool(configuration.pending(terminal, settings)),
    }
    return [code for code, is_so in facts.items() if is_so]


def _trouble(code: str, terminal: Terminal) -> Trouble:
    title, steps, tone = _STEPS[code]
    text = str(title)
    if code == terminal.fault and terminal.note and terminal.note != str(words.FAULTS.get(code)):
        text = f"{text} {terminal.note}"
    return Trouble(code, text, tuple(str(step) for step in steps), tone)
