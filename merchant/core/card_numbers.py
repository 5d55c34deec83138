"""
Card numbers: recognised so that none is ever kept.

What looks like one has 15, 16 or 19 digits, begins like a scheme's cards and passes the Luhn check. 13 digits are left alone, because German articles' EAN-13 begin
with 4 like a card. UUIDs and valid IBANs are not card numbers, whatever digits they hold.
"""

from __future__ import annotations

import logging
import re

# Digits with at most one blank, dot, dash or plus between them, not part of a word.
_RUN = re.compile(r"(?<![0-9A-Za-z])\d(?:[ .+-]?\d){14,60}(?![0-9A-Za-z])")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?")
_SEPARATORS = re.compile(r"[ .+-]")
# First digits and lengths by scheme, as the schemes publish them.
_SCHEMES = re.compile(
    r"4(\d{15}|\d{18})"  # Visa
    r"|(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(6011|64[4-9]\d|65\d\d)(\d{12}|\d{15})"  # Discover
    r"|35(2[89]|[3-8]\d)(\d{12}|\d{15})"  # JCB
    r"|62\d\d(\d{12}|\d{15})"  # UnionPay
    r"|(5018|5020|5038|5893|6304|6759|676[1-3])(\d{12}|\d{15})"  # Maestro
)
SCRUBBED = "[card number removed]"


def find_card_number(text: str) -> bool:
    """Say whether `text` holds something that looks like a card number."""
    return scrub(text) != text


def scrub(text: str) -> str:
    """Return `text` with everything that looks like a card number replaced."""
    if _RUN.search(text) is None:
        return text
    spared = [match.span() for match in _UUID.finditer(text)]
    spared += [match.span() for match in _IBAN.finditer(text) if _is_iban(match.group())]
    return _RUN.sub(lambda match: _scrub_run(match, spared), text)


class CardNumberFilter(logging.Filter):
    """Keeps card numbers out of log lines, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub the finished line; every record passes."""
        line = record.getMessage()
        if (clean := scrub(line)) != line:
            record.msg, record.args = clean, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        return True


def _scrub_run(match: re.Match[str], spared: list[tuple[int, int]]) -> str:
    if any(start < match.end() and match.start() < end for start, end in spared):
        return match.group()
    groups = _SEPARATORS.split(match.group())
    for first in range(len(groups)):
        for last in range(first, len(groups)):
            digits = "".join(groups[first : last + 1])
            if len(digits) > 19:
                break
            if _SCHEMES.fullmatch(digits) and _passes_luhn(digits):
                return SCRUBBED
    return match.group()


def _passes_luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1
