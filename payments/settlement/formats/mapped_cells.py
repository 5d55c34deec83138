"""Amounts and moments in a file that is read by a column mapping. What is not exactly of the style the mapping names fails its row."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from payments.settlement.formats.checks import RowCheck, shown
from payments.settlement.formats.mapping import MappingSpec

# What people and banks write around a number: a currency's sign or letters.
_AROUND = "A-Za-zÅÄÖåäö$€£¥₺₽₹"
_AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?:[{_AROUND}]{{1,4}}\.?)?\s*(?P<sign2>[+-])?(?P<number>[\d.,' ]*\d[.,]?)\s*"
    rf"(?P<sign3>[+-])?\s*(?:[{_AROUND}]{{1,4}}\.?)?\s*(?P<close>\))?"
)
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"})
_MOMENT = re.compile(
    r"(?P<day>\d{8}|\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4})"
    r"(?:[T, ]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


class Cells:
    """Reads cells in the style of one mapping."""

    def __init__(self, spec: MappingSpec) -> None:
        self._spec = spec
        self._zone = ZoneInfo(spec.zone)

    def amount(self, check: RowCheck, text: str, decimals: int | None, column: str) -> int:
        """Return the signed minor units of a cell, 0 for an empty one, or 0 and a failure."""
        if decimals is None or not text.strip():
            return 0
        spec = self._spec
        plain = plain_number(text, spec.decimal, spec.thousands)
        if plain is None:
            check.fail(column, "amount_malformed", f"{shown(text)} is not an amount in the style of this mapping")
            return 0
        if spec.scale == "minor":
            if "." in plain or len(plain) > 19:
                check.fail(column, "amount_malformed", f"{shown(text)} is not a whole number of minor units")
                return 0
            return int(plain)
        return check.amount(plain, decimals, column)

    def moment(self, check: RowCheck, text: str, column: str) -> datetime | None:
        """Return when something happened, in the mapping's zone where the cell names none; None for an empty cell, or None and a failure."""
        if not text.strip():
            return None
        try:
            return self._moment(text.strip())
        except (ValueError, OverflowError):
            check.fail(column, "date_malformed", f"{shown(text)} is not a date in the order of this mapping")
            return None

    def day(self, check: RowCheck, text: str, column: str) -> date | None:
        """Return the day as it is written, whatever time or offset stands behind it."""
        moment = self.moment(check, text, column)
        return moment.date() if moment else None

    def _moment(self, text: str) -> datetime:
        match = _MOMENT.fullmatch(text)
        if match is None:
            raise ValueError(text)
        day = _day(match["day"], self._spec.date_order)
        hour = int(match["hour"] or 0)
        if match["half"]:
            if not 1 <= hour <= 12:
                raise ValueError(text)
            hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
        clock = f"{hour:02}:{match['minute'] or '00'}:{match['second'] or '00'}"
        zone = match["zone"]
        if not zone:
            return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=self._zone)
        return datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in ('Z', 'UTC', 'GMT') else zone}")


@lru_cache(maxsize=1 << 14)
def plain_number(text: str, decimal: str, thousands: str) -> str | None:
    """Return a number as "-1234.56", or None if it is not of the style: thousands only in groups of three, one decimal sign."""
    match = _AMOUNT.fullmatch(text.translate(_BLANKS).strip())
    if match is None or (match["open"] is None) != (match["close"] is None):
        return None
    signs = [sign for sign in (match["sign"], match["sign2"], match["sign3"]) if sign]
    if len(signs) > 1 or (signs and match["open"]):
        return None
    whole, _, fraction = match["number"].strip().partition(decimal)
    if thousands and thousands in whole:
        first, *groups = whole.split(thousands)
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            return None
        whole = first + "".join(groups)
    if not (whole or fraction) or not (whole + fraction).isdigit():
        return None
    is_negative = "-" in signs or bool(match["open"])
    return ("-" if is_negative else "") + (whole or "0") + (f".{fraction}" if fraction else "")


def _day(text: str, order: str) -> date:
    if text.isdigit():
        parts = [text[:4], text[4:6], text[6:]] if order == "ymd" else [text[:2], text[2:4], text[4:]]
    else:
        parts = re.split(r"[./ -]", text)
    named = dict(zip(order, parts, strict=True))
    year = named["y"]
    if len(year) not in (2, 4) or len(named["m"]) > 2 or len(named["d"]) > 2:
        raise ValueError(text)
    return date(int(year) + (2000 if len(year) == 2 else 0), int(named["m"]), int(named["d"]))
