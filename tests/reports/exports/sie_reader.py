"""
A strict reader of SIE 4, written from the specification and not from the writer: it refuses what an accountant's program would stumble over.

Text is code page 437. A line is a label and fields, blanks between; a field with blanks stands in quotes; `{}` holds a list of objects or the lines of a voucher.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}])|([^\s{}"]+)')
AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?")


class Refused(ValueError):
    """The file breaks a rule."""


@dataclass
class SieVoucher:
    series: str
    number: str
    day: date
    text: str
    rows: list[tuple[str, Decimal]] = field(default_factory=list)


@dataclass
class SieFile:
    flag: str = ""
    checksum: int | None = None
    labels: dict[str, list[list[str]]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    balances: dict[tuple[str, int, str], Decimal] = field(default_factory=dict)
    vouchers: list[SieVoucher] = field(default_factory=list)


def read(raw: bytes, *, vouchers_balance: bool = True, year_ties: bool = True) -> SieFile:
    """Return the file. `year_ties`: opening balance and the year's vouchers come to the closing balance, or result, of every account."""
    lines = [(number, line, *_words(line, number)) for number, line in enumerate(raw.decode("cp437").splitlines(), 1)]
    found = SieFile()
    found.checksum = _checksum([words for _number, _line, words, _shape in lines if words])
    voucher: SieVoucher | None = None
    for number, line, words, shape in lines:
        if line.strip() in ("{", "}"):
            voucher = _brace(found, voucher, line.strip(), number, vouchers_balance)
        elif words and words[0] == "#VER":
            if voucher is not None:
                raise Refused(f"line {number}: a voucher within a voucher")
            voucher = SieVoucher(words[1], words[2], _day(words[3]), words[4] if len(words) > 4 else "")
        elif words and words[0] == "#TRANS":
            if voucher is None or shape[:2] != ["{", "}"]:
                raise Refused(f"line {number}: a row outside a voucher, or without its list of objects")
            voucher.rows.append((words[1], _amount(_after_objects(line), number)))
        elif words:
            _declaration(found, words, number)
    _require_head(found)
    if year_ties:
        _require_year(found)
    return found


def _checksum(lines: list[list[str]]) -> int | None:
    """Return the CRC-32 of everything between the two lines #KSUMMA, None if the file has none. :raises Refused: if it says another one."""
    places = [place for place, words in enumerate(lines) if words[0] == "#KSUMMA"]
    if not places:
        return None
    first, last = places
    crc = 0
    for word in (word for words in lines[first + 1 : last] for word in words):
        crc = zlib.crc32(word.encode("cp437"), crc)
    if crc != int(lines[last][1]):
        raise Refused(f"#KSUMMA says {lines[last][1]}, the lines come to {crc}")
    return crc


def _brace(
    found: SieFile, voucher: SieVoucher | None, brace: str, number: int, vouchers_balance: bool
) -> SieVoucher | None:
    if voucher is None:
        raise Refused(f"line {number}: a brace without a voucher")
    if brace == "{":
        return voucher
    total = sum(amount for _account, amount in voucher.rows)
    if vouchers_balance and total:
        raise Refused(f"voucher {voucher.series}{voucher.number} is off by {total}")
    found.vouchers.append(voucher)
    return None


def _declaration(found: SieFile, words: list[str], number: int) -> None:
    label, *fields = words
    if not label.startswith("#"):
        raise Refused(f"line {number}: no label")
    if label == "#KONTO":
        found.accounts[fields[0]] = fields[1] if len(fields) > 1 else ""
    elif label == "#KTYP":
        if fields[1] not in "TSKI":
            raise Refused(f"line {number}: {fields[1]} is no type")
        found.types[fields[0]] = fields[1]
    elif label in ("#IB", "#UB", "#RES"):
        found.balances[(label, int(fields[0]), fields[1])] = _amount(fields[2], number)
    # A removed row is not counted, and an added one is followed by the same row again.
    elif label not in ("#BTRANS", "#RTRANS", "#KSUMMA"):
        found.labels.setdefault(label, []).append(fields)


def _words(line: str, number: int) -> tuple[list[str], list[str]]:
    rest = TOKEN.sub("", line)
    if rest.strip():
        raise Refused(f"line {number}: cannot be read: {rest.strip()}")
    words, shape = [], []
    for quoted, brace, bare in TOKEN.findall(line):
        if brace:
            shape.append(brace)
        else:
            words.append(bare or quoted.replace('\\"', '"'))
    return words, shape


def _after_objects(line: str) -> str:
    return TOKEN.search(line.split("}", 1)[1]).group(0).strip('"')


def _amount(text: str, number: int) -> Decimal:
    if not AMOUNT.fullmatch(text):
        raise Refused(f"line {number}: {text} is no amount")
    return Decimal(text)


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()


def _require_head(found: SieFile) -> None:
    for label in ("#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#FNAMN"):
        if label not in found.labels:
            raise Refused(f"{label} is missing")
    if found.labels["#FORMAT"] != [["PC8"]]:
        raise Refused("the format is PC8")


def _require_year(found: SieFile) -> None:
    moved: dict[str, Decimal] = {}
    for voucher in found.vouchers:
        for account, amount in voucher.rows:
            moved[account] = moved.get(account, Decimal()) + amount
    for account in found.accounts:
        before = found.balances.get(("#IB", 0, account), Decimal())
        after = found.balances.get(("#UB", 0, account), found.balances.get(("#RES", 0, account), Decimal()))
        if before + moved.get(account, Decimal()) != after:
            raise Refused(f"account {account}: {before} + {moved.get(account)} is not {after}")
    unknown = set(moved) - set(found.accounts)
    if unknown:
        raise Refused(f"accounts without #KONTO: {sorted(unknown)}")
