"""
What can be set for terminals, which value is in force, and where it comes from.

A value is the product's own until somebody sets it for the merchant, a store or one terminal; the nearest of these wins. `SETTINGS` is the whole list.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchant.core.errors import AppError
from terminals.devices.models import Terminal, TerminalSetting

LEVELS = ("product", "merchant", "store", "terminal")
_TEXT = re.compile(r"[^\x00-\x1f\x7f]*")
_VERSION = re.compile(r"(\d{1,4}(\.\d{1,4}){0,3})?")


class SettingInvalid(AppError):
    """A value is not one this setting can have, or there is no such setting."""

    code = "setting_invalid"
    status = 400
    detail = "{name}: {reason}"
    next_step = "Nothing was changed. Correct the value and send it again."


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One thing that can be set. `read` returns a value as it is stored or raises ValueError with the reason.

    `kind` says how a form asks for it: `choice`, `number`, `amount`, `text` or `percents`. What is not `is_for_device` is ours alone and never sent.
    """

    name: str
    label: Promise
    kind: str
    default: Any
    read: Callable[[Any], Any]
    choices: Mapping[str, Promise] | None = None
    unit: Promise | str = ""
    is_for_device: bool = True


def _one_of(choices: Mapping[str, Promise]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(_("choose one of {choices}").format(choices=", ".join(choices)))
        return value

    return read


def _whole(least: int, most: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(_("a whole number from {least} to {most} is needed").format(least=least, most=most))
        return value

    return read


def _line(length_max: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or len(value) > length_max or not _TEXT.fullmatch(value):
            raise ValueError(_("one line of at most {number} characters is needed").format(number=length_max))
        return value.strip()

    return read


def _version(value: Any) -> Any:
    if not isinstance(value, str) or not _VERSION.fullmatch(value.strip()):
        raise ValueError(_("a version such as 1.4.0 is needed"))
    return value.strip()


def _picture(value: Any) -> Any:
    text = _line(300)(value)
    parts = urlsplit(text)
    if text and (parts.scheme != "https" or not parts.hostname or parts.username or parts.password):
        raise ValueError(_("an address that begins with https:// is needed"))
    return text


def _percents(value: Any) -> Any:
    is_list = isinstance(value, list) and 1 <= len(value) <= 3
    if not is_list or not all(type(part) is int and 1 <= part <= 20 for part in value) or sorted(set(value)) != value:
        raise ValueError(_("one to three rising percentages from 1 to 20 are needed"))
    return value


_TIPS = {"off": _("Nobody is asked"), "ask": _("The customer is asked")}
_LANGUAGES = {"en": _("English"), "sv": _("Swedish"), "de": _("German")}
_RECEIPTS = {"ask": _("The customer is asked"), "always": _("Always printed"), "never": _("Never printed")}
_DAILY = {"on": _("Every morning"), "off": _("Never")}

# 180 s: a customer who looks for a card that long has none. 15 s is the shortest a contactless payment with a slow bank takes.
SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("tip", _("Tip"), "choice", "off", _one_of(_TIPS), _TIPS),
        Setting("tip_percents", _("Tips offered"), "percents", [5, 10, 15], _percents, unit="%"),
        Setting("language", _("Language"), "choice", "en", _one_of(_LANGUAGES), _LANGUAGES),
        Setting("receipt", _("Customer's receipt"), "choice", "ask", _one_of(_RECEIPTS), _RECEIPTS),
        Setting("receipt_footer", _("Last line of the receipt"), "text", "", _line(120)),
        Setting("standby_text", _("Standby text"), "text", "", _line(40)),
        Setting("standby_picture", _("Standby picture"), "text", "", _picture),
        Setting("card_seconds", _("Waits for the card"), "number", 60, _whole(15, 180), unit=_("seconds")),
        Setting(
            "answer_seconds",
            _("Asked for its outcome after"),
            "number",
            120,
            _whole(15, 300),
            unit=_("seconds"),
            is_for_device=False,
        ),
        Setting("offline_sale_max_minor", _("Largest sale without a bank"), "amount", 0, _whole(0, 100_000)),
        Setting("offline_total_max_minor", _("All sales without a bank"), "amount", 0, _whole(0, 1_000_000)),
        Setting("software_min", _("Oldest software"), "text", "", _version, is_for_device=False),
        Setting("daily_sample", _("Sample payment"), "choice", "on", _one_of(_DAILY), _DAILY, is_for_device=False),
    )
}


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting's value, and where it comes from: a level of `LEVELS`, who set it and when. `product` was set by nobody."""

    setting: Setting
    value: Any
    level: str = "product"
    changed_at: datetime | None = None
    changed_by: str = ""


def read(name: str, value: Any) -> Any:
    """Return `value` as setting `name` stores it. :raises SettingInvalid: if it cannot have it, or is not there."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise SettingInvalid(name=name, reason=_("there is no such setting"))
    try:
        return setting.read(value)
    except ValueError as error:
        raise SettingInvalid(name=name, reason=str(error)) from None


def in_force(*, store_id: UUID | None = None, terminal_id: UUID | None = None) -> dict[str, InForce]:
    """Return every setting of the merchant, of a store, or of a terminal in its store, with one statement."""
    rows = TerminalSetting.objects.filter(_levels([store_id], [terminal_id]))
    return _resolved(rows)


def of_terminal(terminal: Terminal) -> dict[str, InForce]:
    """Return every setting of `terminal`, with one statement."""
    return in_force(store_id=terminal.store_id, terminal_id=terminal.id)


def of_terminals(terminals: Iterable[Terminal]) -> dict[UUID, dict[str, InForce]]:
    """Return every setting of each of `terminals`, with one statement."""
    wanted = list(terminals)
    rows = list(
        TerminalSetting.objects.filter(_levels([t.store_id for t in wanted], [terminal.id for terminal in wanted]))
    )
    return {
        terminal.id: _resolved(
            row for row in rows if row.store_id in (None, terminal.store_id) and row.terminal_id in (None, terminal.id)
        )
        for terminal in wanted
    }


def for_device(settings: Mapping[str, InForce]) -> dict[str, Any]:
    """Return what a terminal is told of its settings."""
    return {name: found.value for name, found in settings.items() if found.setting.is_for_device}


def version_of(document: Mapping[str, Any]) -> str:
    """Return the short name of exactly these settings: the same settings have the same one everywhere."""
    return hashlib.blake2b(json.dumps(document, sort_keys=True).encode(), digest_size=6).hexdigest()


def pending(terminal: Terminal, settings: Mapping[str, InForce]) -> frozenset[str]:
    """Return the names of the settings that the device has not said it works by."""
    held = terminal.configuration or {}
    return frozenset(name for name, value in for_device(settings).items() if name not in held or held[name] != value)


def _levels(stores: list[UUID | None], terminals: list[UUID | None]) -> Q:
    return Q(store=None, terminal=None) | Q(store__in=stores, terminal=None) | Q(terminal__in=terminals)


def _resolved(rows: Iterable[TerminalSetting]) -> dict[str, InForce]:
    found = {name: InForce(setting, setting.default) for name, setting in SETTINGS.items()}
    for row in sorted(rows, key=lambda row: LEVELS.index(level_of(row))):
        # A setting of an earlier release stays in its table and counts no more.
        if row.name in found:
            found[row.name] = InForce(SETTINGS[row.name], row.value, level_of(row), row.changed_at, row.changed_by)
    return found


def level_of(row: TerminalSetting) -> str:
    """Return the level for which a value was set."""
    return "terminal" if row.terminal_id else "store" if row.store_id else "merchant"
