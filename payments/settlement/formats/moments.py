"""Moments as processors write them. A zone's letters are a fixed offset, also in summer; none is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Hours east of Greenwich. Letters that mean several zones (IST, BST as Bangladesh) are read as the processors use them.
_OFFSET_HOURS: dict[str, float] = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "TRT": 3, "SAST": 2, "GST": 4, "IST": 5.5, "SGT": 8, "HKT": 8, "MYT": 8, "PHT": 8, "AWST": 8, "WIB": 7, "ICT": 7,
    "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3,
    "BRST": -2, "ART": -3, "CLT": -4, "CLST": -3, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip

# "2026-11-20T09:30:00+01:00"
_COMMON_CHARS = 25


# A million rows of one day say each second a dozen times, mostly one behind the other.
@lru_cache(maxsize=1 << 10)
def moment_text(text: str) -> str:
    """
    Return a moment with its offset in ISO 8601, as PostgreSQL reads it. The common spelling is that already.

    :raises ValueError: if `text` is not a moment, or does not name its offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    is_common = len(text) == _COMMON_CHARS and text[4:17:3] == "--T::" and text[19] in "+-"
    return text if is_common else moment.isoformat()


@lru_cache(maxsize=1 << 8)
def day_text(text: str) -> str:
    """
    Return a day in ISO 8601, as PostgreSQL reads it.

    :raises ValueError: if `text` is not a day.
    """
    day = date.fromisoformat(text)
    return text if text[4:8:3] == "--" else day.isoformat()


def with_zone(text: str, zone: str) -> datetime | None:
    """
    Return the local time `text` in the zone the file names, or None when that zone is not one we know.

    :raises ValueError: if `text` is not a moment.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        return moment
    if zone.upper() in _OFFSET_HOURS:
        return moment.replace(tzinfo=timezone(timedelta(hours=_OFFSET_HOURS[zone.upper()])))
    try:
        return moment.replace(tzinfo=ZoneInfo(zone)) if "/" in zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def in_utc(text: str) -> datetime:
    """
    Return a moment written in UTC with or without saying so.

    :raises ValueError: if `text` is not a moment.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def if_aware(text: str) -> datetime | None:
    """
    Return the moment if the text itself names its offset, else None: the reader of a file cannot know its zone.

    :raises ValueError: if `text` is not a moment.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else None
