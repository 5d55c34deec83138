"""
Card numbers: recognised so that none is ever kept.

What looks like one has 15, 16 or 19 digits, begins like a scheme's cards and passes the Luhn check. 13 digits are left alone, because German articles' EAN-13 begin
with 4 like a card. UUIDs and valid IBANs are not card numbers, whatever digits they hold.

Strangers send what is read here, so every step takes time in proportion to the text, and `find_card_number` looks at a bounded number of places.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

# Places of one text at which a card number could begin. A batch of 200 sales has none; 5,000 are looked at in some milliseconds.
PLACES_MAX = 5_000
# Groups of digits, 15 or more in all, with one blank, dot, dash or plus between them and none part of a word. Nothing is tried twice (`++`, `}+`).
_RUN = re.compile(
    r"(?<![0-9A-Za-z])(?=\d(?:[ .+-]?\d){14})\d++(?![0-9A-Za-z])"
    rf"(?:[ .+-]\d++(?![0-9A-Za-z])){{0,{PLACES_MAX}}}+"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?")
# The same in the bytes of a file, seen as latin-1: in UTF-16 a NUL stands between two digits.
_FILE_RUN = re.compile(r"(?<![0-9A-Za-z])[2-6](?:\0?(?:[ .+-]\0?)?\d){14,60}(?![0-9A-Za-z])")
# A SWIFT statement puts a reference right behind a type (`NTRF4111…`) and breaks text by line ends and subfield codes (`?21`).
_SWIFT_RUN = re.compile(
    r"(?:(?<=[NFS][A-Z]{3})|(?<=\?\d\d)|(?<![0-9A-Za-z?]))[2-6](?:(?:[ .+-]|(?:\r?\n)?\?\d\d|\r?\n)?\d){14,60}(?![0-9A-Za-z])"
)
# One group of digits of a run; a subfield code is none.
_GROUP = re.compile(r"\?\d\d|\d++(?:\0\d++)*+")
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
_LENGTHS = (16, 15, 19)
_FIRST_DIGITS = frozenset("23456")
# Luhn's doubling of every second digit, from the right.
_DOUBLED = str.maketrans("0123456789", "0246813579")
# What may be kept of a card number.
_FIRST_KEPT, _LAST_KEPT = 6, 4
# A text without 15 digits in a row, separators aside, holds no card number: told ten times sooner than by looking for runs.
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_TEXT_SEPARATOR_BYTES = b" .+-"
_SEPARATOR_BYTES = b" .+-\0\r\n?"
_DIGITS_MIN = b"0" * 15
# What a card number, an IBAN or a UUID may consist of: a file is never cut inside of one.
_WORD_BYTES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + _SEPARATOR_BYTES
# A word longer than this is none of them.
_WORD_BYTES_MAX = 1 << 16
# A UUID has 36 characters and a spaced IBAN 42: one that a card number touches lies within this.
_SPARED_LENGTH_MAX = 42


class TooManyDigits(Exception):
    """The text holds more long sequences of digits than are looked at."""


def find_card_number(text: str) -> bool:
    """
    Say whether `text` holds something that looks like a card number.

    :raises TooManyDigits: if a card number could begin at more than `PLACES_MAX` places before one is found.
    """
    if not _has_many_digits(text):
        return False
    places = 0
    for run in _RUN.finditer(text):
        places += len(_GROUP.findall(run.group()))
        if places > PLACES_MAX:
            raise TooManyDigits
        if _cards_in(run):
            return True
    return False


def scrub(text: str) -> str:
    """Return `text` with everything that looks like a card number replaced."""
    if not _has_many_digits(text):
        return text
    return _RUN.sub(lambda run: SCRUBBED if _cards_in(run) else run.group(), text)


def _has_many_digits(text: str) -> bool:
    if not text.isascii():
        return _RUN.search(text) is not None
    return _DIGITS_MIN in text.encode().translate(_ZEROS, _TEXT_SEPARATOR_BYTES)


def mask(text: str) -> str:
    """Return `text` with stars for the middle digits of everything that looks like a card number. Its length stays."""
    return _mask(text, _RUN)


def mask_pieces(pieces: Iterable[bytes], *, is_swift: bool = False) -> Iterator[bytes]:
    """
    Yield the bytes of a file with card numbers masked as by `mask`, whatever its encoding and wherever its pieces are cut.

    `is_swift` tells that it is an MT940 or MT942 statement.
    """
    pattern, left = _SWIFT_RUN if is_swift else _FILE_RUN, b""
    for piece in pieces:
        data = left + piece
        whole = len(data.rstrip(_WORD_BYTES))
        if len(data) - whole > _WORD_BYTES_MAX:
            whole = len(data)
        left = data[whole:]
        yield _mask_bytes(data[:whole], pattern)
    yield _mask_bytes(left, pattern)


def _mask_bytes(data: bytes, pattern: re.Pattern[str]) -> bytes:
    if _DIGITS_MIN not in data.translate(_ZEROS, _SEPARATOR_BYTES):
        return data
    return _mask(data.decode("latin-1"), pattern).encode("latin-1")


def _mask(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda run: _masked(run.group(), _cards_in(run)), text)


def _masked(run: str, cards: list[list[int]]) -> str:
    signs = list(run)
    for positions in cards:
        for position in positions[_FIRST_KEPT:-_LAST_KEPT]:
            signs[position] = "*"
    return "".join(signs)


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


def _cards_in(match: re.Match[str]) -> list[list[int]]:
    """The card numbers of a run, each as the positions of its digits in the run. They begin and end where groups of digits do."""
    run = match.group()
    groups = [group.replace("\0", "") for group in _GROUP.findall(run) if group[0] != "?"]
    digits = "".join(groups)
    edges = [0, *accumulate(map(len, groups))]
    cards = _find_cards(digits, edges)
    if not cards:
        return []
    positions = [
        position for group in _GROUP.finditer(run) if group[0][0] != "?"
        for position in range(*group.span()) if run[position] != "\0"
    ]  # fmt: skip
    found = [positions[start:end] for start, end in cards]
    return [card for card in found if not _is_spared(match, card[0], card[-1] + 1)]


def _find_cards(digits: str, edges: list[int]) -> list[tuple[int, int]]:
    """Return where card numbers begin and end among `digits`, none inside another. Both stand among `edges`."""
    cards: list[tuple[int, int]] = []
    ends, free_from = set(edges), 0
    for start in edges:
        if start < free_from or digits[start : start + 1] not in _FIRST_DIGITS:
            continue
        for end in (start + length for length in _LENGTHS):
            if end in ends and _SCHEMES.fullmatch(digits, start, end) and _passes_luhn(digits[start:end]):
                cards.append((start, end))
                free_from = end
                break
    return cards


def _passes_luhn(digits: str) -> bool:
    return sum(map(int, digits[-1::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def _is_spared(match: re.Match[str], start: int, end: int) -> bool:
    """Whether what stands at `start` to `end` of the run belongs to a UUID or a valid IBAN. Only its surroundings are looked at."""
    offset = max(0, match.start() + start - _SPARED_LENGTH_MAX)
    around = match.string[offset : match.start() + end + _SPARED_LENGTH_MAX]
    start, end = match.start() + start - offset, match.start() + end - offset
    spans = [found.span() for found in _UUID.finditer(around)]
    spans += [found.span() for found in _IBAN.finditer(around) if _is_iban(found.group())]
    return any(first < end and start < last for first, last in spans)


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1
