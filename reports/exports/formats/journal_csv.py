"""
A journal as CSV with the columns a program expects: layouts for Xero, QuickBooks and Fortnox, a full one, and the merchant's own.

The merchant's own is a list of lines `Heading = field`. No text begins what a spreadsheet takes for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from merchant.core.errors import Invalid
from reports.exports.formats.books import BookFormat, BookLeg, Books, Head, Voucher, decimal_text, one_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_AFTER_A_PIECE = 256

Cell = Callable[[Head, Voucher, BookLeg], str]


def _side(leg: BookLeg, head: Head, sign: int) -> str:
    return decimal_text(abs(leg.base_minor), head.exponent) if leg.base_minor * sign > 0 else ""


# Field -> what its cell holds. Amounts and days are written as they are; everything else is text.
_NUMBERS: Mapping[str, Cell] = {
    "amount": lambda head, _voucher, leg: decimal_text(leg.base_minor, head.exponent),
    "amount_minor": lambda _head, _voucher, leg: str(leg.base_minor),
    "debit": lambda head, _voucher, leg: _side(leg, head, 1),
    "credit": lambda head, _voucher, leg: _side(leg, head, -1),
    "business_date": lambda _head, voucher, _leg: str(voucher.day),
    "business_date_us": lambda _head, voucher, _leg: f"{voucher.day:%m/%d/%Y}",
    "booked_on": lambda _head, voucher, _leg: str(voucher.booked_on),
}
_TEXTS: Mapping[str, Cell] = {
    "voucher": lambda _head, voucher, _leg: str(voucher.number),
    "series": lambda head, _voucher, _leg: head.settings.voucher_series,
    "reference": lambda _head, voucher, _leg: voucher.reference,
    "text": lambda _head, voucher, _leg: one_line(voucher.text),
    "account": lambda _head, _voucher, leg: leg.line.number,
    "account_name": lambda _head, _voucher, leg: leg.line.name,
    "ledger_account": lambda _head, _voucher, leg: leg.kind,
    "ledger_subject": lambda _head, _voucher, leg: leg.subject,
    "currency": lambda head, _voucher, _leg: head.currency,
    "original_currency": lambda _head, _voucher, leg: leg.currency,
    "tax_rate": lambda _head, _voucher, _leg: "Tax Exempt",
    "zone": lambda head, _voucher, _leg: head.zone,
    "empty": lambda _head, _voucher, _leg: "",
}
FIELDS = (*_NUMBERS, *_TEXTS)

# Layout -> its columns. Xero and QuickBooks book tax as an account of its own, so their tax column says that nothing is to be added.
LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "full": (
        "voucher = voucher", "business_date [{zone}] = business_date", "booked_on = booked_on", "reference = reference", "text = text",
        "account = account", "account_name = account_name", "ledger_account = ledger_account", "ledger_subject = ledger_subject",
        "currency = currency", "debit = debit", "credit = credit", "amount = amount", "amount_minor = amount_minor",
    ),
    "xero": (
        "*Narration = text", "*Date = business_date", "Description = reference", "*AccountCode = account", "*TaxRate = tax_rate",
        "*Amount = amount", "TrackingName1 = empty", "TrackingOption1 = empty",
    ),
    "quickbooks": (
        "Journal No = voucher", "Journal Date = business_date_us", "Account = account", "Debits = debit", "Credits = credit",
        "Description = text", "Name = empty", "Currency = currency",
    ),
    "fortnox": (
        "Verifikationsserie = series", "Verifikationsnummer = voucher", "Datum = business_date", "Konto = account",
        "Debet = debit", "Kredit = credit", "Text = text",
    ),
}  # fmt: skip


def columns_of(lines: tuple[str, ...]) -> list[tuple[str, str]]:
    """
    Return (heading, field) of the lines of a layout.

    :raises Invalid: for a line that is none, or a field there is not.
    """
    columns = []
    for line in lines:
        heading, equals, field = (part.strip() for part in line.rpartition("="))
        if not equals or not heading or field not in FIELDS:
            raise Invalid(
                reason=_("'{line}' is no column: write 'Heading = field', with a field of {known}").format(
                    line=line, known=", ".join(FIELDS)
                )
            )
        columns.append((heading, field))
    if not columns:
        raise Invalid(reason=_("the layout has no columns"))
    return columns


def check(head: Head) -> None:
    """Refuse a layout there is not, or one of the merchant's own that cannot be read. :raises Invalid: then."""
    _columns(head)


def write(head: Head, books: Books) -> Iterator[bytes]:
    """Write the headings, one row a leg, and in the full layout a last row with the control totals."""
    columns = _columns(head)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_safe(heading.replace("{zone}", head.zone)) for heading, _field in columns])
    debit, waiting = 0, 0
    for voucher in books.vouchers():
        for leg in voucher.legs:
            if leg.base_minor:
                writer.writerow([_cell(field, head, voucher, leg) for _heading, field in columns])
                debit += max(0, leg.base_minor)
        waiting += 1
        if waiting >= _AFTER_A_PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
            waiting = 0
    if head.layout == "full":
        totals = {
            "debit": decimal_text(debit, head.exponent),
            "credit": decimal_text(debit, head.exponent),
            "voucher": "total",
        }
        totals["amount"] = totals["amount_minor"] = "0"
        writer.writerow([totals.get(field, "") for _heading, field in columns])
    yield text.getvalue().encode()


def _columns(head: Head) -> list[tuple[str, str]]:
    if head.layout == "own":
        return columns_of(head.settings.csv_columns)
    if head.layout not in LAYOUTS:
        raise Invalid(reason=_("a layout is one of {known}").format(known=", ".join((*LAYOUTS, "own"))))
    return columns_of(LAYOUTS[head.layout])


def _cell(field: str, head: Head, voucher: Voucher, leg: BookLeg) -> str:
    if field in _NUMBERS:
        return _NUMBERS[field](head, voucher, leg)
    return _safe(_TEXTS[field](head, voucher, leg))


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


JOURNAL_CSV = BookFormat(
    "journal_csv", _("CSV with columns of your choice"), "csv", "text/csv; charset=utf-8", write, check=check
)
