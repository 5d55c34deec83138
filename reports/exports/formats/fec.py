"""
FEC for French tax audits: eighteen columns behind tabs, decimal commas, days as YYYYMMDD.

Debit and credit of every row are on its own side; vouchers are numbered without gaps from the first of the financial year.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from merchant.core.money import exponent
from reports.exports.formats.books import BookFormat, BookLeg, Books, Head, Voucher, decimal_text, one_line

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef",
    "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip


def write(head: Head, books: Books) -> Iterator[bytes]:
    """Write the headings, then one row a leg."""
    yield _line(COLUMNS)
    for voucher in books.vouchers():
        yield b"".join(_line(_cells(head, voucher, leg)) for leg in voucher.legs if leg.base_minor)


def legal_name(head: Head) -> str:
    """Return SIREN, FEC and the last day of the financial year; "" as long as the company's nine digits are not known."""
    digits = "".join(letter for letter in head.settings.organisation_number if letter in "0123456789")
    return f"{digits[:9]}FEC{head.fiscal_to:%Y%m%d}.txt" if len(digits) >= 9 else ""


def _cells(head: Head, voucher: Voucher, leg: BookLeg) -> tuple[str, ...]:
    day = f"{voucher.day:%Y%m%d}"
    debit = decimal_text(max(0, leg.base_minor), head.exponent, ",")
    credit = decimal_text(max(0, -leg.base_minor), head.exponent, ",")
    is_foreign = leg.currency != head.currency
    foreign = decimal_text(leg.amount_minor, exponent(leg.currency), ",") if is_foreign else ""
    return (
        head.settings.voucher_series, "Ventes et encaissements", str(voucher.number), day, leg.line.number, _clean(leg.line.name), "", "",
        voucher.reference, day, _clean(voucher.text), debit, credit, "", "", f"{voucher.booked_on:%Y%m%d}", foreign,
        leg.currency if is_foreign else "",
    )  # fmt: skip


def _clean(text: str) -> str:
    return one_line(text).replace("|", "/")


def _line(cells: tuple[str, ...]) -> bytes:
    return ("\t".join(cells) + "\r\n").encode()


FEC = BookFormat(
    "fec", _("FEC (France)"), "txt", "text/plain; charset=utf-8", write, is_of_one_year=True, name=legal_name
)
