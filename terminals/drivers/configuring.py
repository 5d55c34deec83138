"""Settings go to a device as a message, and count as in force there once it says so. Whatever else happens, they are shown as pending."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from terminals.devices import configuration
from terminals.devices.models import Terminal
from terminals.drivers import services
from terminals.drivers.agent import protocol
from terminals.drivers.models import TerminalMessage


def send_if_pending(*, terminal: Terminal, held_version: str = "", now: datetime) -> TerminalMessage | None:
    """
    Store a message with the settings in force for `terminal` in the caller's transaction, unless it works by them already.

    `held_version` is what the device says it has: it outranks our memory, also after a reset. None if nothing was to be sent, or nobody is there to take it: then
    it is sent when the terminal connects.
    """
    document = configuration.for_device(configuration.of_terminal(terminal))
    version = configuration.version_of(document)
    if held_version == version:
        _keep(terminal, document, now=now)
        return None
    is_held = not held_version and terminal.configuration == document
    if is_held or not terminal.is_connected:
        return None
    return services.store_message(
        terminal=terminal,
        category="configuration",
        service_id=protocol.new_service_id(),
        body={"version": version, "settings": document},
        now=now,
    )


def take_acknowledgement(*, terminal: Terminal, asked: TerminalMessage, body: dict[str, Any], now: datetime) -> bool:
    """
    Keep that the device works by what `asked` told it. False if it refused, or named another version: the settings stay pending.

    An acknowledgement of an older message that arrives after a newer one says what it said; what is in force is compared with it as ever.
    """
    services.keep_answer(message=asked, body=body, now=now)
    document = asked.request["settings"]
    if body.get("result") != "success" or body.get("version") != asked.request["version"]:
        return False
    _keep(terminal, document, now=now)
    return True


def _keep(terminal: Terminal, document: dict[str, Any], *, now: datetime) -> None:
    if terminal.configuration == document:
        return
    Terminal.objects.filter(id=terminal.id).update(configuration=document, configured_at=now)
    terminal.configuration, terminal.configured_at = document, now
