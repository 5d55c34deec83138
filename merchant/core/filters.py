"""What lists are narrowed by: the words of a query string, read once and checked, for screens, REST and exports alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from merchant.core.errors import Invalid

# These belong to pages, not to filters.
PAGING = frozenset({"after", "before", "size"})
_TEXT_LENGTH_MAX = 80
# As many rows as a page of a list can be asked for.
_KEYS_MAX = 200
# The day before the last one there is: a day later must exist.
_DAY_MAX = date.max - timedelta(days=1)


class FilterRefused(Invalid):
    """A filter is unknown or its value cannot be understood. A list is never quietly wider than was asked for."""

    code = "filter_refused"
    detail = "The filter '{name}' is refused: {reason}."
    next_step = "Correct the filter and ask again."


class FilterReader:
    """Reads the filters of one list out of a query string. An empty value is no filter."""

    def __init__(self, params: Mapping[str, str], *, known: Collection[str]) -> None:
        for name in params:
            if name not in known and name not in PAGING:
                raise FilterRefused(name=name, reason=_("it is unknown here"))
        self._params = params

    def text(self, name: str) -> str:
        """Return the text of `name`, "" if it is not given."""
        value = str(self._params.get(name, "")).strip()
        if len(value) > _TEXT_LENGTH_MAX or "\x00" in value:
            raise FilterRefused(name=name, reason=_("it is too long or holds a NUL"))
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return one of `choices`, or ""."""
        value = self.text(name)
        if value and value not in choices:
            raise FilterRefused(name=name, reason=_("it is one of {choices}").format(choices=", ".join(choices)))
        return value

    def choices(self, name: str, choices: Collection[str]) -> tuple[str, ...]:
        """Return some of `choices`, written with commas between; () for all."""
        values = tuple(dict.fromkeys(value for value in str(self._params.get(name, "")).split(",") if value))
        if any(value not in choices for value in values):
            raise FilterRefused(
                name=name, reason=_("it is one or more of {choices}").format(choices=", ".join(choices))
            )
        return values

    def key(self, name: str) -> UUID | None:
        """Return an id, or None."""
        value = self.text(name)
        try:
            return UUID(value) if value else None
        except ValueError:
            raise FilterRefused(name=name, reason=_("it is not an id")) from None

    def keys(self, name: str) -> tuple[UUID, ...]:
        """Return some ids, written with commas between; () for all."""
        values = [value for value in str(self._params.get(name, "")).split(",") if value]
        if len(values) > _KEYS_MAX:
            raise FilterRefused(name=name, reason=_("at most {number} ids").format(number=_KEYS_MAX))
        try:
            return tuple(dict.fromkeys(UUID(value) for value in values))
        except ValueError:
            raise FilterRefused(name=name, reason=_("it is one or more ids")) from None

    def day(self, name: str) -> date | None:
        """Return a business day written as YYYY-MM-DD, or None."""
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise FilterRefused(name=name, reason=_("a day is written as 2026-11-22")) from None

    def minor(self, name: str) -> int | None:
        """Return an amount in minor units, or None."""
        value = self.text(name)
        try:
            number = int(value) if value else None
        except ValueError:
            raise FilterRefused(name=name, reason=_("an amount is a whole number of minor units")) from None
        if number is not None and abs(number) >= 2**63:
            raise FilterRefused(name=name, reason=_("it is too large"))
        return number


def typed_id(text: str) -> UUID | None:
    """Return an id somebody pasted, None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def midnight(day: date | None, zone: str, *, days: int = 0) -> datetime | None:
    """Return when `days` after a day begin in a zone; None for no day, and for one so far ahead that nothing comes after it."""
    if day is None or day > _DAY_MAX:
        return None
    return datetime.combine(day + timedelta(days=days), time.min, tzinfo=ZoneInfo(zone))
