"""Structured references: what a payer was asked to quote, told from free text by its check digits."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CREDITOR = re.compile(r"(?<![0-9A-Z])RF\d{2}(?: ?[0-9A-Z]){1,21}(?![0-9A-Z])")
_OCR = re.compile(r"(?:OCR|REF(?:ERENS|ERENCE)?)?[ .:#-]*(\d{4,25})", re.IGNORECASE)


def structured_reference(texts: Iterable[str]) -> str:
    """Return the first RF reference in `texts`, else the first of them that is an OCR number and nothing more, else nothing."""
    told = [text for text in texts if text]
    for text in told:
        for match in _CREDITOR.finditer(text.upper()):
            found = _longest_creditor(match.group())
            if found:
                return found
    for text in told:
        match_ocr = _OCR.fullmatch(text.strip())
        if match_ocr is not None and has_luhn(match_ocr[1]):
            return match_ocr[1]
    return ""


def is_creditor_reference(text: str) -> bool:
    """Say whether `text` is an ISO 11649 reference, check digits and all."""
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"RF\d{2}[0-9A-Z]{1,21}", plain, re.ASCII):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def has_luhn(digits: str) -> bool:
    """Say whether the last of `digits` is the Luhn check digit of the others."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 2:
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _longest_creditor(text: str) -> str:
    """Words behind a reference look like more of it: return the longest beginning whose check digits hold."""
    pieces = text.split(" ")
    for count in range(len(pieces), 0, -1):
        plain = "".join(pieces[:count])
        if is_creditor_reference(plain):
            return plain
    return ""
