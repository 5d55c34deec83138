"""Settings of terminals as plain data for the page: each value with where it comes from, and the fields that change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from merchant.core.pages.display import field_amount, money_text
from merchant.core.pages.forms import sentence_of
from merchant.core.pages.parts import Choice, Link
from terminals.devices.configuration import SETTINGS, InForce, Setting, SettingInvalid


@dataclass(frozen=True, slots=True)
class SettingRow:
    """
    One setting. `source` says where the value in force comes from; `is_own` that it was set on this very level.

    `state` is "" where the device is not told, else `acknowledged` or `pending`. `text` and `choices` fill the field that changes it; left empty it takes the next
    level's value.
    """

    name: str
    label: str
    shown: str
    source: str
    changed_by: str
    changed_at: datetime | None
    is_own: bool
    state: str
    kind: str
    text: str
    unit: str
    choices: tuple[Choice, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """The settings of one level. `places` leads to the other levels."""

    title: str
    note: str
    action_url: str
    idempotency_key: str
    empty_hint: str
    rows: tuple[SettingRow, ...]
    places: tuple[Link, ...]
    back: Link
    can_change: bool
    has_devices: bool
    errors: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[SettingRow, ...]:
        """The rows as fields, as the summary of what is wrong leads to them."""
        return self.rows


def marked(rows: Iterable[SettingRow], error: AppError | None) -> tuple[SettingRow, ...]:
    """Return the rows of a form that was refused for `error`, with why beside the field that it names."""
    named = error.data.get("name") if error else None
    return tuple(
        replace(row, error=sentence_of(error)) if error and named in (row.name, row.label) else row for row in rows
    )


def rows_of(
    found: Mapping[str, InForce],
    *,
    level: str,
    names: Mapping[str, str],
    pending: frozenset[str] | None,
    currency: str,
    locale: str,
    posted: Mapping[str, str] | None = None,
) -> tuple[SettingRow, ...]:
    """Return a row for each setting. `names` says what the levels are called, `pending` is None where no single device is looked at."""
    return tuple(_row(held, level, names, pending, currency, locale, posted) for held in found.values())


def _row(
    held: InForce,
    level: str,
    names: Mapping[str, str],
    pending: frozenset[str] | None,
    currency: str,
    locale: str,
    posted: Mapping[str, str] | None,
) -> SettingRow:
    setting = held.setting
    is_own = held.level == level
    text = _text(setting, held.value, currency) if is_own else ""
    if posted is not None:
        text = posted.get(setting.name, text)
    state = ""
    if pending is not None and setting.is_for_device:
        state = "pending" if setting.name in pending else "acknowledged"
    return SettingRow(
        name=setting.name,
        label=str(setting.label),
        shown=shown(setting, held.value, currency=currency, locale=locale),
        source=names[held.level],
        changed_by=held.changed_by,
        changed_at=held.changed_at,
        is_own=is_own,
        state=state,
        kind=setting.kind,
        text=text,
        unit=currency if setting.kind == "amount" else str(setting.unit),
        choices=_choices(setting, text),
    )


def _choices(setting: Setting, text: str) -> tuple[Choice, ...]:
    own = tuple(Choice(str(word), value, value == text) for value, word in (setting.choices or {}).items())
    return (Choice(_("From the next level"), "", not text), *own)


def shown(setting: Setting, value: Any, *, currency: str, locale: str) -> str:
    """Return a value in words."""
    if setting.choices is not None:
        return str(setting.choices[value])
    if setting.kind == "amount":
        return money_text(Money(value, currency), locale=locale) if value else _("None")
    if setting.kind == "percents":
        return ", ".join(f"{part} %" for part in value)
    return f"{value} {setting.unit}".strip() if value != "" else _("None")


def _text(setting: Setting, value: Any, currency: str) -> str:
    if setting.kind == "amount":
        return field_amount(value, currency)
    return ", ".join(map(str, value)) if setting.kind == "percents" else str(value)


def read_form(fields: Mapping[str, str], *, currency: str) -> dict[str, Any]:
    """
    Return what a form sets on its level: the value that was entered, or None for an empty field, which takes the level's own away.

    :raises SettingInvalid: for a text that is no number, amount or list of them.
    """
    return {
        name: _value(setting, fields[name], currency) if fields.get(name, "").strip() else None
        for name, setting in SETTINGS.items()
    }


def _value(setting: Setting, text: str, currency: str) -> Any:
    text = text.strip()
    try:
        if setting.kind == "number":
            return int(text)
        if setting.kind == "amount":
            return Money.parse(text.replace(",", "."), currency).minor
        if setting.kind == "percents":
            return [int(part) for part in text.replace("%", "").split(",")]
    except (ValueError, AmountMalformed, AmountPrecision):
        raise SettingInvalid(name=str(setting.label), reason=_("this is not a number")) from None
    return text


def error_lines(error: AppError | None) -> tuple[str, ...]:
    """Return what to say above a form that was refused."""
    return (f"{error.message} {error.next_step}".strip(),) if error else ()
