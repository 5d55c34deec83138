"""
SIE 4 for Swedish accountants: 4I with vouchers alone, to be imported, and 4E with accounts, balances and vouchers of the year so far.

Text in code page 437, fields in quotes. `#KSUMMA` is the CRC-32 of every label and field between its two lines, without blanks, quotes and braces.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from payments.accounting.charts import CHARTS, RETAINED_EARNINGS
from reports.exports.formats.books import (
    Balance,
    BookFormat,
    Books,
    Head,
    NumberUnsuitable,
    Voucher,
    decimal_text,
    finder_of,
    one_line,
)

_TYPES = {"asset": "T", "liability": "S", "equity": "S", "income": "I", "cost": "K"}
_CODE_PAGE = "cp437"
_TEXT_MAX = 100


class _Lines:
    """Writes lines and keeps their checksum."""

    def __init__(self) -> None:
        self.checksum = 0

    def line(self, label: str, *fields: str | int, quoted: str | None = None, end: str = "") -> bytes:
        """Return a line: bare fields, then one in quotes, then what stands at its end bare."""
        words = [str(field) for field in fields]
        text = "" if quoted is None else _readable(quoted)
        for word in (label, *words, text, end):
            self.checksum = zlib.crc32(word.encode(_CODE_PAGE), self.checksum)
        shown = [label, *words, *([] if quoted is None else [f'"{text}"']), *([end] if end else [])]
        return (" ".join(shown) + "\r\n").encode(_CODE_PAGE)

    def posting(self, number: str, amount: str) -> bytes:
        """Return a line of a voucher. It has no objects: braces, which are no part of the checksum."""
        for word in ("#TRANS", number, amount):
            self.checksum = zlib.crc32(word.encode(_CODE_PAGE), self.checksum)
        return f"   #TRANS {number} {{}} {amount}\r\n".encode(_CODE_PAGE)


def _write(head: Head, books: Books, *, is_full: bool) -> Iterator[bytes]:
    lines = _Lines()
    yield b"#FLAGGA 0\r\n#KSUMMA\r\n"
    yield from _first_lines(lines, head)
    if is_full:
        yield from _accounts(lines, head, [*books.balances()])
    for voucher in books.vouchers():
        yield _voucher(lines, head, voucher)
    yield f"#KSUMMA {lines.checksum}\r\n".encode(_CODE_PAGE)


def write_import(head: Head, books: Books) -> Iterator[bytes]:
    """Write 4I: vouchers alone."""
    return _write(head, books, is_full=False)


def write_full(head: Head, books: Books) -> Iterator[bytes]:
    """Write 4E: accounts, opening balances, closing balances, results and the vouchers between them."""
    return _write(head, books, is_full=True)


def check(head: Head) -> None:
    """Refuse a plan with numbers SIE does not know: they are digits. :raises NumberUnsuitable: for the first one."""
    for line in head.lines:
        if not (line.number.isascii() and line.number.isdigit()):
            raise NumberUnsuitable(format="SIE", number=line.number, account=line.name, reason=_("it has digits only"))


def _first_lines(lines: _Lines, head: Head) -> Iterator[bytes]:
    settings = head.settings
    yield lines.line("#PROGRAM", quoted="Tillsyn", end="1.0")
    yield lines.line("#FORMAT", "PC8")
    yield lines.line("#GEN", f"{head.made_at:%Y%m%d}")
    yield lines.line("#SIETYP", 4)
    yield lines.line("#PROSA", quoted=f"{head.days_text}; {head.state}")
    if settings.organisation_number:
        yield lines.line("#ORGNR", _readable(settings.organisation_number).replace(" ", ""))
    yield lines.line("#FNAMN", quoted=settings.company)
    yield lines.line("#RAR", 0, f"{head.fiscal_from:%Y%m%d}", f"{head.fiscal_to:%Y%m%d}")
    if family := CHARTS[head.chart].family:
        yield lines.line("#KPTYP", family)
    yield lines.line("#VALUTA", head.currency)


def _accounts(lines: _Lines, head: Head, balances: list[Balance]) -> Iterator[bytes]:
    shown = _with_earlier_years(head, balances)
    for balance in shown:
        yield lines.line("#KONTO", balance.line.number, quoted=balance.line.name)
        yield lines.line("#KTYP", balance.line.number, _TYPES[balance.line.type])
    for balance in shown:
        number = balance.line.number
        before = decimal_text(balance.before_minor, head.exponent)
        after = decimal_text(balance.before_minor + balance.moved_minor, head.exponent)
        if _is_result(balance):
            yield lines.line("#RES", 0, number, decimal_text(balance.moved_minor, head.exponent))
        else:
            yield lines.line("#IB", 0, number, before)
            yield lines.line("#UB", 0, number, after)


def _with_earlier_years(head: Head, balances: list[Balance]) -> list[Balance]:
    """Return the balances with what income and cost of earlier years came to on the account of retained earnings, so that opening balances sum to zero."""
    earlier = sum(balance.before_minor for balance in balances if _is_result(balance))
    line = finder_of(head).find(RETAINED_EARNINGS, "")
    if not earlier or line is None:
        return balances
    kept = {balance.line.number: balance for balance in balances}
    own = kept.get(line.number, Balance(line, 0, 0))
    kept[line.number] = Balance(own.line, own.before_minor + earlier, own.moved_minor)
    return [kept[number] for number in sorted(kept)]


def _voucher(lines: _Lines, head: Head, voucher: Voucher) -> bytes:
    day, booked = f"{voucher.day:%Y%m%d}", f"{voucher.booked_on:%Y%m%d}"
    series = head.settings.voucher_series
    top = lines.line("#VER", series, voucher.number, day, quoted=one_line(voucher.text, _TEXT_MAX), end=booked)
    legs = [
        lines.posting(leg.line.number, decimal_text(leg.base_minor, head.exponent))
        for leg in voucher.legs
        if leg.base_minor
    ]
    return b"".join([top, b"{\r\n", *legs, b"}\r\n"])


def _is_result(balance: Balance) -> bool:
    return balance.line.type in ("income", "cost")


def _readable(text: str) -> str:
    return one_line(text).encode(_CODE_PAGE, errors="replace").decode(_CODE_PAGE)


SIE_4I = BookFormat(
    "sie_4i", _("SIE 4I, vouchers"), "si", "text/plain; charset=ibm437", write_import, is_of_one_year=True, check=check
)
SIE_4E = BookFormat(
    "sie_4e", _("SIE 4E, the year so far"), "se", "text/plain; charset=ibm437", write_full,
    is_of_one_year=True, is_year_to_date=True, check=check,
)  # fmt: skip
