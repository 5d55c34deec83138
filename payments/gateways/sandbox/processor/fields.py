"""Reading values out of a request body; every refusal names the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .http import ApiError

# PostgreSQL's and SQLite's largest integer is 2**63 - 1; a sum over 9 million such amounts still fits below it.
AMOUNT_MINOR_MAX = 10**12
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def refuse(name: str, wish: str) -> ApiError:
    """Return the refusal that names a field and what it should be."""
    return ApiError(400, "field_invalid", f"{name}: {wish}", field=name)


def text(body: Mapping[str, Any], name: str, *, default: str | None = None, length_max: int = 200) -> str:
    """
    Return a text that is there.

    :raises ApiError: 400 otherwise.
    """
    value = body.get(name, default)
    if not isinstance(value, str) or (not value and default is None) or len(value) > length_max:
        raise refuse(name, f"a text of 1 to {length_max} characters is needed.")
    return value


def optional_text(body: Mapping[str, Any], name: str, *, length_max: int = 200) -> str:
    """
    Return a text, or an empty one.

    :raises ApiError: 400 if it is something else.
    """
    return "" if body.get(name) is None else text(body, name, default="", length_max=length_max)


def choice(body: Mapping[str, Any], name: str, options: tuple[str, ...], *, default: str | None = None) -> str:
    """
    Return one of `options`.

    :raises ApiError: 400 otherwise.
    """
    value = body.get(name, default)
    if value not in options:
        raise refuse(name, "one of " + ", ".join(options) + " is needed.")
    return str(value)


def name_of(value: str, name: str) -> str:
    """
    Return `value` if it can stand in addresses and file names.

    :raises ApiError: 400 otherwise.
    """
    if not _NAME.fullmatch(value):
        raise refuse(name, "1 to 64 letters, digits, dots, dashes or underscores are needed.")
    return value


def integer(body: Mapping[str, Any], name: str, *, default: int | None = None, least: int = 0) -> int:
    """
    Return a whole number of at least `least`.

    :raises ApiError: 400 otherwise.
    """
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= AMOUNT_MINOR_MAX:
        raise refuse(name, f"a whole number from {least} to {AMOUNT_MINOR_MAX} is needed.")
    return value


def seconds(body: Mapping[str, Any], name: str, *, default: float) -> float:
    """
    Return a span within one day.

    :raises ApiError: 400 otherwise.
    """
    value = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 86_400:
        raise refuse(name, "seconds between 0 and 86400 are needed.")
    return float(value)


def day(value: object, name: str = "date") -> date:
    """
    Return a date.

    :raises ApiError: 400 if it is none.
    """
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise refuse(name, "a date such as 2026-11-22 is needed.") from None


def moment(value: object, name: str) -> datetime:
    """
    Return a moment that has an offset.

    :raises ApiError: 400 otherwise.
    """
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise refuse(name, "a moment with an offset, such as 2026-11-22T10:00:00+01:00, is needed.")
    return found
