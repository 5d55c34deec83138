"""Set values for the merchant, a store or a terminal, and have the devices they touch told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_actor
from merchant.merchants.models import Store
from terminals.devices import configuration
from terminals.devices.models import Terminal, TerminalSetting
from terminals.devices.queries import get_terminal
from terminals.drivers import configuring


@dataclass(frozen=True, slots=True)
class Level:
    """Where values are set: for a terminal, else for a store, else for the whole merchant."""

    store_id: UUID | None = None
    terminal_id: UUID | None = None

    @property
    def subject(self) -> str:
        """What the audit names."""
        if self.terminal_id:
            return f"terminal:{self.terminal_id}"
        return f"store:{self.store_id}" if self.store_id else "merchant"


@transaction.atomic
def change_settings(*, level: Level, changes: Mapping[str, Any], now: datetime) -> None:
    """
    Set values at `level`, or with None take the level's own away, so that the next level's is in force again. All or none.

    Every connected terminal they touch is sent its settings after the commit; the others when they connect. What a terminal has not acknowledged is pending.

    :raises SettingInvalid: for a name or a value that cannot be. :raises NotFound: if the store or terminal is not the merchant's.
    """
    kept = {name: None if value is None else configuration.read(name, value) for name, value in changes.items()}
    _require(level)
    before = {row.name: row.value for row in _rows(level)}
    for name, value in kept.items():
        _set(level, name, value, now)
    after = {row.name: row.value for row in _rows(level)}
    if before == after:
        return
    audit.record("terminal.settings_changed", subject=level.subject, now=now, data={"before": before, "after": after})
    for terminal in _touched(level):
        configuring.send_if_pending(terminal=terminal, now=now)


def send_settings(*, terminal_id: UUID, now: datetime) -> bool:
    """
    Send a terminal the settings it has not acknowledged once more. False if there are none, or it is not connected.

    :raises NotFound: if the terminal is not the merchant's.
    """
    with transaction.atomic():
        return configuring.send_if_pending(terminal=get_terminal(terminal_id), now=now) is not None


def _require(level: Level) -> None:
    if level.terminal_id is not None:
        get_terminal(level.terminal_id)
    elif level.store_id is not None and not Store.objects.filter(id=level.store_id).exists():
        raise NotFound()


def _rows(level: Level) -> Any:
    if level.terminal_id is not None:
        return TerminalSetting.objects.filter(terminal_id=level.terminal_id)
    return TerminalSetting.objects.filter(store_id=level.store_id, terminal=None)


def _set(level: Level, name: str, value: Any, now: datetime) -> None:
    if value is None:
        _rows(level).filter(name=name).delete()
        return
    store_id = None if level.terminal_id else level.store_id
    found = _rows(level).select_for_update().filter(name=name).first()
    row = found or TerminalSetting(store_id=store_id, terminal_id=level.terminal_id, name=name)
    if found is not None and found.value == value:
        return
    row.value, row.changed_at, row.changed_by = value, now, current_actor().name[:120]
    row.save(force_insert=found is None)


def _touched(level: Level) -> list[Terminal]:
    terminals = Terminal.objects.select_related("store").exclude(connection_channel="").order_by("id")
    if level.terminal_id is not None:
        return list(terminals.filter(id=level.terminal_id))
    return list(terminals.filter(store_id=level.store_id) if level.store_id else terminals)
