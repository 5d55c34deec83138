"""Collects what is wrong with one row while it is read, so that the row is kept and told about instead of lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from merchant.core.money import EXPONENTS, AmountMalformed, AmountPrecision, Money
from payments.settlement.formats.amounts import to_minor
from payments.settlement.formats.base import RowFailure

_SHOWN_CHARS_MAX = 60
# What a spreadsheet makes of a long number: "1.2302E+22". Its own digits are gone.
_DESTROYED = re.compile(r"\d([.,]\d*)?E\+\d{1,3}", re.ASCII | re.IGNORECASE)


class RowCheck:
    """The failures of one row. Every method returns something harmless when it notes a failure."""

    def __init__(self, line: int, failures: tuple[RowFailure, ...] = ()) -> None:
        self.line = line
        self.failures = list(failures)

    def fail(self, column: str | None, code: str, message: str) -> None:
        """Note that the row cannot be trusted."""
        self.failures.append(RowFailure(self.line, column, code, message))

    def decimals(self, currency: str, column: str) -> int | None:
        """Return the decimals of `currency`, or None and a failure."""
        found = EXPONENTS.get(currency)
        if found is None:
            self.fail(column, "currency_unknown", f"{shown(currency)} is no ISO 4217 currency")
        return found

    def amount(self, text: str, decimals: int | None, column: str, *, blank_is_zero: bool = False) -> int:
        """Return `text` in minor units, or 0 and a failure."""
        if decimals is None or (blank_is_zero and not text.strip()):
            return 0
        if not text.strip():
            self.fail(column, "amount_missing", "there is no amount")
            return 0
        try:
            return to_minor(text, decimals)
        except AmountPrecision:
            self.fail(column, "amount_precision", f"{shown(text)} has more decimals than its currency")
        except AmountMalformed:
            self.fail(column, "amount_malformed", f"{shown(text)} is not an amount")
        return 0

    def key(self, text: str, column: str) -> None:
        """Note a failure if a spreadsheet has destroyed what tells this row from others. The text itself is kept."""
        if "+" in text and _DESTROYED.fullmatch(text.strip()):
            self.fail(column, "key_destroyed", f"{shown(text)} was a number that a spreadsheet has rounded")

    def identity(self, *, gross: int, fee: int, net: int, currency: str, column: str) -> None:
        """Note a failure if gross - fee is not net; amounts are minor units of `currency`."""
        if gross - fee != net:
            said = [written(minor, currency) for minor in (gross, fee, gross - fee, net)]
            off = written(gross - fee - net, currency)
            self.fail(
                column, "row_identity", "gross {} less fee {} is {}, not {}".format(*said) + f": {off} {currency} off"
            )

    def moment(self, text: str, column: str, read: Callable[[str], datetime | None]) -> str | None:
        """Return when it happened in ISO 8601, None for an empty cell, or None and a failure."""
        if not text.strip():
            return None
        try:
            moment = read(text.strip())
        except (ValueError, OverflowError):
            self.fail(column, "date_malformed", f"{shown(text)} is not a moment this format uses")
            return None
        return moment.isoformat() if moment else None

    def day(self, text: str, column: str) -> date | None:
        """Return the day a date or a moment begins with, None for an empty cell, or None and a failure."""
        if not text.strip():
            return None
        try:
            return date.fromisoformat(text.strip()[:10])
        except ValueError:
            self.fail(column, "date_malformed", f"{shown(text)} is not a date")
            return None


def iso_day(day: date | None) -> str | None:
    """Return `day` as a report's row keeps it."""
    return day.isoformat() if day else None


def written(minor: int, currency: str) -> str:
    """Return an amount as a report writes it: major units with the decimals of its currency."""
    return f"{Money(minor, currency).major:f}" if currency in EXPONENTS else str(minor)


def shown(text: str) -> str:
    """Return `text` quoted, safe for one line of a message and not longer than a message should be."""
    cut = text if len(text) <= _SHOWN_CHARS_MAX else text[:_SHOWN_CHARS_MAX] + "…"
    return repr(cut)
