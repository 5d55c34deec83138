"""The one table of statement formats, how each is recognised, and the door to all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from payments.reconciliation.formats import bgmax, camt, mt940, ofx
from payments.reconciliation.formats.base import Item, NotAStatement, StatementSummary, StatementTally
from payments.settlement.formats.encoding import is_text


@dataclass(frozen=True, slots=True)
class StatementFormat:
    """One family of files. `find_message` returns the file's own format name, or None if it is another's."""

    label: str
    find_message: Callable[[BinaryIO], str | None]
    read: Callable[[BinaryIO], Iterator[Item]]


FORMATS: tuple[StatementFormat, ...] = (
    StatementFormat("ISO 20022 statement (camt.052, .053, .054)", camt.find_message, camt.read),
    StatementFormat("SWIFT statement (MT940, MT942)", mt940.find_message, mt940.read),
    StatementFormat("OFX and QFX statement", ofx.find_message, ofx.read),
    StatementFormat("Bankgirot deposits (BgMax)", bgmax.find_message, bgmax.read),
)


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A bank's file that is known and not read: how its first line looks, and what to ask the bank for."""

    label: str
    first_line: re.Pattern[str]
    instead: str


OTHER_FILES: tuple[OtherFile, ...] = (
    OtherFile("a BAI2 balance report", re.compile(r"01,[^,]*,[^,]*,\d{6},"), "camt.053 or MT940"),
    OtherFile("a CODA statement", re.compile(r"0000\d[\d ]{9}05.{111}\d$"), "camt.053"),
)
_FIRST_LINE_BYTES = 400


def is_swift(code: str) -> bool:
    """Say whether a recognised file's format is SWIFT's own, with its fields and line ends, rather than XML."""
    return code in ("mt940", "mt942")


def is_notice(code: str) -> bool:
    """Say whether a format tells of entries that the account's statement brings once more: camt.052 and .054, MT942."""
    return code.startswith(("camt.052.", "camt.054.")) or code == "mt942"


@dataclass(frozen=True, slots=True)
class OpenStatementFile:
    """A recognised file. `items` may be called again; each call reads from the beginning."""

    code: str
    format: StatementFormat
    stream: BinaryIO

    def items(self) -> Iterator[Item]:
        """Yield entries, and each statement behind its entries."""
        return self.format.read(self.stream)


def open_statement(stream: BinaryIO) -> OpenStatementFile:
    """
    Return the statement file in `stream` (binary, seekable), recognised by what is in it and not by its name.

    :raises NotAStatement: if it is none we know.
    """
    head = stream.read(_FIRST_LINE_BYTES).decode("latin-1")
    if not head.strip():
        raise NotAStatement("the file is empty", code="file_empty")
    if head.startswith("%PDF"):
        raise NotAStatement("this is a PDF; download the statement as camt.053, MT940 or CSV", code="pdf")
    for statement_format in FORMATS:
        code = statement_format.find_message(stream)
        if code is not None:
            return OpenStatementFile(code, statement_format, stream)
    [first, *_rest] = head.splitlines()
    for other in OTHER_FILES:
        if other.first_line.match(first):
            raise NotAStatement(
                f"this is {other.label}; ask the bank for {other.instead} instead", code="other_statement"
            )
    raise NotAStatement("this is no bank statement we know", line=1 if is_text(head) else None)


def summarise(file: OpenStatementFile) -> StatementSummary:
    """
    Return what `file` adds up to, read once from beginning to end.

    :raises NotAStatement: if it turns out to be broken further down.
    """
    tally = StatementTally(file.code)
    for item in file.items():
        tally.add(item)
    return tally.summary()
