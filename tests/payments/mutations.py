"""
Files that were hurt on the way, for every format: what reads them must refuse them or say what is wrong, and never do half of it.

`SUBJECTS` is the table: a format, how a sound file of it is made, and how it is read and taken in. A new format is a row here.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from merchant.ledger.models import Journal
from payments.settlement import services as settlement
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.sniff import open_report, summarise
from payments.settlement.models import Payout, ReportFile, SettlementLine
from tests.payments import bank_mutations
from tests.payments.settlement.formats.builders import MAKERS, Maker, Sale, a_report

# What a mutation may put in: quotes, breaks, marks of other encodings, and texts that read like numbers.
_BAD = [
    b'"', b"\0", b"\r", b",", b";", b"\t", b"\xff\xfe", b"\xef\xbb\xbf", b"NaN", b"1e999", b"-", b"9" * 400, b"\n\n", b"\n", b"1.23E+22",
    b'{"a": "b"}', b"\xe2\x88\x92", b"'", b"=1+1", b"\x1a",
]  # fmt: skip
_BYTES_CUT_MAX = 60


@dataclass(frozen=True)
class Subject:
    """
    One format under attack.

    `make` a sound file. `read` returns whether it was read whole, raising nothing. `take` imports it for the merchant of `books` and
    returns its status, or "refused". `leftovers` says what a file that was not booked has left behind: nothing, if all is well.
    """

    code: str
    gateway: str
    make: Callable[[Random], bytes]
    read: Callable[[bytes], bool]
    take: Callable[[Any, bytes, str], str]
    leftovers: Callable[[], dict[str, int]]


def mutated(content: bytes, dice: Random) -> bytes:
    """Return `content` with one to four wounds: bytes changed, cut, doubled or put in, lines moved, cells swapped, or its end gone."""
    wounded = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(wounded) or 1)
        length = dice.randint(1, _BYTES_CUT_MAX)
        match dice.randrange(8):
            case 0:
                wounded[at : at + length] = dice.randbytes(length)
            case 1:
                del wounded[at : at + length]
            case 2:
                wounded[at:at] = wounded[at : at + length]
            case 3:
                del wounded[at:]
            case 4:
                wounded = _lines_moved(wounded, dice)
            case 5:
                wounded = _digit_changed(wounded, dice)
            case 6:
                wounded = bytearray(bytes(wounded).replace(b",", dice.choice([b";", b"\t", b",,", b", "])))
            case _:
                wounded[at:at] = dice.choice(_BAD)
    return bytes(wounded)


def _lines_moved(content: bytearray, dice: Random) -> bytearray:
    lines = bytes(content).splitlines(keepends=True)
    dice.shuffle(lines)
    return bytearray(b"".join(lines[: dice.randint(0, len(lines))] + lines[:1]))


def _digit_changed(content: bytearray, dice: Random) -> bytearray:
    places = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    if places:
        content[dice.choice(places)] = 48 + dice.randrange(10)
    return content


def _sales(dice: Random) -> list[Sale]:
    return [Sale(dice.randint(-9_000, 90_000), dice.randint(0, 500)) for _ in range(dice.randint(1, 12))]


def _read_report(content: bytes) -> bool:
    try:
        report = open_report(io.BytesIO(content))
        summary = summarise(report)
    except NotAReport as refusal:
        assert refusal.message and bank_mutations.is_placed(refusal.line, refusal.code)
        return False
    assert summary.status in ("balanced", "out_of_balance")
    assert all(failure.line >= 1 and failure.message for failure in summary.row_failures)
    if summary.status == "balanced":
        sound = [row for row in report.rows() if row.kind != "payout"]
        assert not any(row.failures for row in sound)
        assert all(row.net_minor == row.gross_minor - row.fee_minor for row in sound)
    return True


def _take_report(books: Any, content: bytes, name: str) -> str:
    try:
        report = books.take_report(content, name=name).report
    except settlement.ReportRefused:
        return "refused"
    assert report.status in ("posted", "balanced", "out_of_balance", "refused")
    if report.status == "posted":
        _demand_whole(report)
    return str(report.status)


def _demand_whole(report: ReportFile) -> None:
    """A booked report has a line for every row, or the row is known from before."""
    lines = SettlementLine.objects.filter(report=report, line__gt=0).count()
    assert lines + report.rows_known >= report.summary["rows"], report.name


def _left_by_reports() -> dict[str, int]:
    return {
        "lines": SettlementLine.objects.exclude(report__status="posted").count(),
        "payouts": Payout.objects.exclude(report__status="posted").count(),
        "journals": Journal.objects.filter(about__in=[f"report:{report_id}" for report_id in _unbooked()]).count(),
    }


def _unbooked() -> list[Any]:
    return list(ReportFile.objects.exclude(status="posted").values_list("id", flat=True))


def _of_reports(maker: Maker) -> Subject:
    gateway = {"sandbox": "sandbox", "adyen": "adyen", "stripe": "stripe", "paypal": "paypal", "checkout": "checkout"}
    return Subject(
        code=maker.code,
        gateway=gateway[maker.code.split("-")[0]],
        make=lambda dice: a_report(maker, _sales(dice)),
        read=_read_report,
        take=_take_report,
        leftovers=_left_by_reports,
    )


REPORTS = tuple(_of_reports(maker) for maker in MAKERS)
# The builders of bank files are of one account: where it is not the merchant's, the file is refused at the door, hurt or not.
STATEMENTS = tuple(
    Subject(code, "bank", make, read, bank_mutations.take_statement, bank_mutations.left_by_statements)
    for table, read in (
        (bank_mutations.MAKES, bank_mutations.read_statement),
        (bank_mutations.MAPPED, bank_mutations.read_mapped),
    )
    for code, make in table.items()
)
SUBJECTS: tuple[Subject, ...] = REPORTS + STATEMENTS
