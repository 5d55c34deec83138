"""
What some formats tell of a fee and its card beyond one figure: interchange, scheme fee, markup, commission; brand, funding, country.

Read from the kept file a second time when a report is booked, and only of formats in the table below, so that the way of a million plain rows stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from merchant.core import db, files
from merchant.core.money import EXPONENTS, AmountMalformed, AmountPrecision
from payments.settlement.formats.amounts import to_minor
from payments.settlement.formats.records import Columns
from payments.settlement.formats.sniff import OpenReport, open_report
from payments.settlement.models import ReportFile


@dataclass(frozen=True, slots=True)
class PartColumns:
    """In which columns a format tells what; "" where it does not. `card` is a name such as visadebit or "Visa", `funding` such as "prepaid"."""

    card: str = ""
    funding: str = ""
    country: str = ""
    interchange: str = ""
    scheme: str = ""
    markup: str = ""
    commission: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in the order in which `_parts` reads them."""
        return (self.card, self.funding, self.country, self.interchange, self.scheme, self.markup, self.commission)


# Format -> its columns. One that is not here has no parts.
_STRIPE = PartColumns(card="card_brand", funding="card_funding", country="card_country")
PARTS = {
    "adyen-settlement-details": PartColumns(
        card="Payment Method Variant", funding="Payment Method Variant", country="Issuer Country", interchange="Interchange (NC)",
        scheme="Scheme Fees (NC)", markup="Markup (NC)", commission="Commission (NC)",
    ),
    "stripe-payout-reconciliation": _STRIPE,
    "stripe-balance-change": _STRIPE,
}  # fmt: skip

# How names of cards begin -> the brand as payments have it.
_BRANDS = {
    "visa": "visa", "mc": "mastercard", "mastercard": "mastercard", "maestro": "maestro", "amex": "amex", "american": "amex", "discover": "discover",
    "diners": "diners", "jcb": "jcb", "cup": "unionpay", "unionpay": "unionpay", "girocard": "girocard",
}  # fmt: skip
# What such a name contains -> the kind; a commercial debit card is priced as a commercial one.
_CARD_KINDS = {
    "commercial": "commercial", "corporate": "commercial", "business": "commercial", "purchasing": "commercial", "prepaid": "prepaid", "debit": "debit",
    "credit": "credit",
}  # fmt: skip

_TABLE = """
(line integer, brand text, card_kind text, card_country text, interchange_minor bigint, scheme_minor bigint, markup_minor bigint, commission_minor bigint)
"""
_COPY = "COPY fee_parts_read FROM STDIN"
_KEEP = """
INSERT INTO settlement_fee_parts (line_id, merchant_id, method, brand, card_kind, card_country, interchange_minor, scheme_minor, markup_minor, commission_minor)
SELECT l.id, l.merchant_id, '', p.brand, p.card_kind, p.card_country, p.interchange_minor, p.scheme_minor, p.markup_minor, p.commission_minor
FROM fee_parts_read p JOIN settlement_line l ON l.report_id = %s AND l.line = p.line ORDER BY l.id
ON CONFLICT (line_id) DO NOTHING
"""


def keep_parts(report: ReportFile) -> int:
    """
    Keep what the lines of a report say about their fees in the caller's transaction, and return of how many lines.

    Of a format without parts nothing is read. A repeat adds nothing. Constant memory.
    """
    columns = PARTS.get(report.format)
    if columns is None:
        return 0
    with files.path_of(report.sha256).open("rb") as stream:
        file = open_report(stream, gateway=report.gateway_account.gateway)
        if not any(name and name in Columns(file.layout.header) for name in columns.names):
            return 0
        db.temporary_table("fee_parts_read", _TABLE)
        db.copy_in(_COPY, _parts(file, columns))
    db.execute("ANALYZE fee_parts_read")
    return db.execute(_KEEP, [report.id])


def brand_of(name: str) -> str:
    """Return the brand in a processor's name of a card, "" if it is none we know."""
    plain = name.strip().casefold()
    return next((brand for beginning, brand in _BRANDS.items() if plain.startswith(beginning)), "")


def card_kind_of(name: str) -> str:
    """Return the kind of card in a processor's name of it, "" if it says none."""
    plain = name.casefold()
    return next((kind for piece, kind in _CARD_KINDS.items() if piece in plain), "")


def _parts(file: OpenReport, columns: PartColumns) -> Iterator[tuple[Any, ...]]:
    there = Columns(file.layout.header)
    places = [there.find(name) if name else -1 for name in columns.names]
    for row in file.rows():
        if row.kind not in ("sale", "refund", "chargeback", "chargeback_reversal"):
            continue
        card, funding, country, *amounts = (row.cells[place] if place >= 0 else "" for place in places)
        minors = [_minor(text, row.currency) for text in amounts]
        # A file that splits fees at all splits each: an empty cell beside a filled one is nothing charged.
        if any(minor is not None for minor in minors):
            minors = [minor or 0 for minor in minors]
        told = (brand_of(card), card_kind_of(funding), country.strip().upper()[:2] if len(country.strip()) == 2 else "")
        if any(told) or minors[0] is not None:
            yield (row.line, *told, *minors)


def _minor(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        return to_minor(text, EXPONENTS[currency])
    except (AmountMalformed, AmountPrecision, KeyError):
        # The row itself ties without this cell, or its report would not be booked.
        return None
