"""
DATEV EXTF Buchungsstapel for German accountants: code page 1252, semicolons, decimal commas, one row for each pair of accounts.

A voucher with more than two legs is split into pairs that come to the same. An automatic account takes the tax out of the gross amount itself, so net and tax
of one rate are written as one gross row without a key; cents by which DATEV's tax then differs from what was booked are a row of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from merchant.core.errors import AppError
from payments.accounting.charts import TAX_ROUNDING, ChartLine
from payments.accounting.plans import Finder
from reports.exports.formats.books import (
    BookFormat,
    Books,
    Head,
    NumberUnsuitable,
    Voucher,
    decimal_text,
    finder_of,
    one_line,
)

_ENCODING = "cp1252"
# What DATEV takes in one file.
ROWS_MAX = 99_999
_LENGTHS = range(4, 9)
_CHART_NUMBERS = {"skr03": "03", "skr04": "04"}
_TEXT_MAX = 60


def _many(count: int, *names: str) -> list[str]:
    return [f"{name} {number}" for number in range(1, count + 1) for name in names]


COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basisumsatz", "WKZ Basisumsatz", "Konto",
    "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext",
    "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre", "Beleglink",
    *_many(8, "Beleginfo – Art", "Beleginfo – Inhalt"),
    "KOST1 – Kostenstelle", "KOST2 – Kostenstelle", "Kost Menge", "EU-Land u. USt-IdNr.", "EU-Steuersatz", "Abw. Versteuerungsart",
    "Sachverhalt L+L", "Funktionsergänzung L+L", "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *_many(20, "Zusatzinformation – Art", "Zusatzinformation – Inhalt"),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp", "Auftragsnummer",
    "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Mitgliedstaat (Anzahlungen)", "Sachverhalt L+L (Anzahlungen)",
    "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz", "Leerfeld", "KOST-Datum", "SEPA-Mandatsreferenz",
    "Skontosperre", "Gesellschaftername", "Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis",
    "Bezeichnung", "Kennzeichen", "Festschreibung", "Leistungsdatum", "Datum Zuord.", "Fälligkeit", "Generalumkehr", "Steuersatz", "Land",
)  # fmt: skip
_TRAILING = ";" * (len(COLUMNS) - 14)


class TooManyRows(AppError):
    """The file would have more rows than DATEV reads."""

    code = "too_many_rows"
    status = 422
    detail = "DATEV takes {most} rows in one file."
    next_step = "Ask for one voucher a day, or for fewer days."


@dataclass(slots=True)
class _Side:
    """What is left of one leg to be paired: debit positive. `tax_minor` is the booked tax inside a gross amount, `rate` its rate in basis points."""

    line: ChartLine
    left_minor: int
    tax_minor: int = 0
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """One row: `minor`, positive, from the account `credit` to the account `debit`."""

    minor: int
    debit: ChartLine
    credit: ChartLine


def write(head: Head, books: Books) -> Iterator[bytes]:
    """Write the line about the file, the headings, then the rows of each voucher."""
    yield _first_line(head)
    yield _encoded(";".join(f'"{name}"' for name in COLUMNS))
    find, rows = finder_of(head), 0
    for voucher in books.vouchers():
        pairs, corrections = pairs_of(voucher, find)
        books.note(**_figures(voucher, pairs, corrections))
        pairs += corrections
        rows += len(pairs)
        if rows > ROWS_MAX:
            raise TooManyRows(most=ROWS_MAX)
        yield b"".join(_row(head, voucher, pair) for pair in pairs)


def check(head: Head) -> None:
    """Refuse a plan whose numbers are not all digits of one length, 4 to 8. :raises NumberUnsuitable: for the first one."""
    length = len(head.lines[0].number) if head.lines else 4
    for line in head.lines:
        if (
            not (line.number.isascii() and line.number.isdigit())
            or len(line.number) != length
            or length not in _LENGTHS
        ):
            reason = str(_("numbers have 4 to 8 digits"))
            if length in _LENGTHS:
                reason = _("all numbers are {length} digits long").format(length=length)
            raise NumberUnsuitable(format="DATEV", number=line.number, account=line.name, reason=reason)


def _figures(voucher: Voucher, pairs: Sequence[Pair], corrections: Sequence[Pair]) -> dict[str, int]:
    """Return what the first column of a voucher's rows comes to, and what of it is more than its debits: `amount` - `tax_rounding` - `passed_through` = debit."""
    debit = sum(leg.base_minor for leg in voucher.legs if leg.base_minor > 0)
    moved, rounding = (sum(pair.minor for pair in rows) for rows in (pairs, corrections))
    return {
        "amount_column_minor": moved + rounding,
        "tax_rounding_minor": rounding,
        "passed_through_minor": moved - debit,
    }


def pairs_of(voucher: Voucher, find: Finder) -> tuple[list[Pair], list[Pair]]:
    """
    Return the rows of a voucher: what they move on each account, with the tax that automatic accounts take, is what its legs moved.

    The second are those that only correct the tax; no posting is behind them.
    """
    sides = _with_tax_inside(voucher)
    # A row with two automatic accounts would be refused: they are paired with plain ones, over the account for what is unclear if there are none.
    automatic, plain = [s for s in sides if s.line.is_automatic], [s for s in sides if not s.line.is_automatic]
    pairs = _paired(automatic, plain)
    rest = [side for side in automatic if side.left_minor]
    over = find.find("suspense", "")
    if rest and over:
        pairs += [
            Pair(abs(s.left_minor), s.line, over) if s.left_minor > 0 else Pair(abs(s.left_minor), over, s.line)
            for s in rest
        ]
    pairs += _paired(plain, plain)
    return pairs, _tax_corrections(pairs, automatic, find)


def _with_tax_inside(voucher: Voucher) -> list[_Side]:
    sides = [
        _Side(leg.line, leg.base_minor, rate=int(leg.subject) if leg.line.is_automatic else 0) for leg in voucher.legs
    ]
    for leg, side in zip(voucher.legs, sides, strict=True):
        if leg.kind != "vat_payable":
            continue
        for other, gross in zip(voucher.legs, sides, strict=True):
            is_its_sale = other.line.is_automatic and other.subject == leg.subject and not gross.tax_minor
            if is_its_sale and side.left_minor * gross.left_minor > 0:
                gross.left_minor, gross.tax_minor = gross.left_minor + side.left_minor, side.left_minor
                side.left_minor = 0
    return [side for side in sides if side.left_minor]


def _paired(firsts: Sequence[_Side], seconds: Sequence[_Side]) -> list[Pair]:
    """Take from both what stands on opposite sides, in order, and return it as rows."""
    pairs = []
    for first in firsts:
        for second in seconds:
            if first.left_minor * second.left_minor >= 0:
                continue
            minor = min(abs(first.left_minor), abs(second.left_minor))
            debit, credit = (first, second) if first.left_minor > 0 else (second, first)
            debit.left_minor -= minor
            credit.left_minor += minor
            pairs.append(Pair(minor, debit.line, credit.line))
    return pairs


def _tax_corrections(pairs: Sequence[Pair], automatic: Sequence[_Side], find: Finder) -> list[Pair]:
    """Return rows that bring the tax DATEV takes out of each gross row to the tax that was booked."""
    corrections = []
    for line, rate in dict.fromkeys((side.line, side.rate) for side in automatic if side.rate):
        booked = sum(side.tax_minor for side in automatic if (side.line, side.rate) == (line, rate))
        taken = sum(tax_inside(pair.minor, rate) for pair in pairs if pair.debit == line)
        taken -= sum(tax_inside(pair.minor, rate) for pair in pairs if pair.credit == line)
        tax, rounding = find.find("vat_payable", str(rate)), find.find(TAX_ROUNDING, "")
        off = booked - taken
        if off and tax and rounding:
            corrections.append(Pair(abs(off), tax, rounding) if off > 0 else Pair(abs(off), rounding, tax))
    return corrections


def tax_inside(gross_minor: int, rate: int) -> int:
    """Return the tax in a gross amount at a rate in basis points, halves rounded up."""
    return (2 * gross_minor * rate + 10_000 + rate) // (2 * (10_000 + rate))


def _first_line(head: Head) -> bytes:
    settings = head.settings
    title = f"{head.date_from:%d.%m.%y}-{head.date_to:%d.%m.%y} {'geschlossen' if head.closing else 'offen'}"
    values = (
        '"EXTF"', 700, 21, '"Buchungsstapel"', 9, f"{head.made_at:%Y%m%d%H%M%S}{head.made_at.microsecond // 1000:03}", "", '"TS"',
        f'"{one_line(settings.company, 25)}"', '""', settings.datev_consultant, settings.datev_client, f"{head.fiscal_from:%Y%m%d}",
        len(head.lines[0].number) if head.lines else 4, f"{head.date_from:%Y%m%d}", f"{head.date_to:%Y%m%d}", f'"{title[:30]}"', '""',
        1, 0, 0, f'"{head.currency}"', '""', '""', '""', '""', f'"{_CHART_NUMBERS.get(head.chart, "")}"', "", "", '""',
        f'"{one_line(head.zone, 16)}"',
    )  # fmt: skip
    return _encoded(";".join(str(value) for value in values))


def _row(head: Head, voucher: Voucher, pair: Pair) -> bytes:
    amount = decimal_text(pair.minor, head.exponent, ",")
    text = one_line(voucher.text, _TEXT_MAX)
    accounts = f"{int(pair.debit.number)};{int(pair.credit.number)}"
    return _encoded(
        f'{amount};"S";"{head.currency}";;;"";{accounts};"";{voucher.day:%d%m};"{voucher.reference}";"{voucher.number}";;"{text}"{_TRAILING}'
    )


def _encoded(line: str) -> bytes:
    return f"{line}\r\n".encode(_ENCODING, errors="replace")


DATEV = BookFormat(
    "datev", _("DATEV Buchungsstapel"), "csv", "text/csv; charset=windows-1252", write, is_of_one_year=True, check=check
)
