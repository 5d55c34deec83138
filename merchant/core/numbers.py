"""Whole numbers as people and programs write them into addresses and forms."""

from __future__ import annotations

# No number of ours is longer; Python itself refuses to read thousands of digits.
_DIGITS_MAX = 18


def whole_number(text: str) -> int | None:
    """Return `text` as a number from 0 on, or None if it is none or longer than any of ours."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MAX else None
