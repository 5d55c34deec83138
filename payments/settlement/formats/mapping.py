"""
A column mapping: how a delimited file nobody has written a format for is to be read, said once by the merchant.

A spec is data: it names columns, a decimal style, a sign style, a scale, the order of a date and a zone. `MappingSpec.from_json`
is the only way to one, and checks it whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, BinaryIO, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from merchant.core.money import EXPONENTS
from payments.settlement.formats.base import Kind, NotAReport
from payments.settlement.formats.encoding import find_spelling
from payments.settlement.formats.records import Layout, normal, records

REPORT, STATEMENT = "report", "statement"
SIDES = (REPORT, STATEMENT)
DELIMITERS = (",", ";", "\t", "|")
# Empty: found by looking at the bytes.
ENCODINGS = ("", "utf-8-sig", "cp1252", "latin-1", "utf-16")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")
SIGNS = ("signed", "inverse", "debit_credit")
FEE_SIGNS = ("cost_positive", "cost_negative")
SCALES = ("major", "minor")
DATE_ORDERS = ("ymd", "dmy", "mdy")
KINDS: tuple[str, ...] = get_args(Kind)
REPORT_FIELDS = (
    "occurred_at", "booked_on", "type", "gross", "debit", "credit", "fee", "net", "currency", "processor_reference", "operation_reference",
    "merchant_reference", "row_key", "batch", "payout_reference", "store", "terminal", "method",
)  # fmt: skip
STATEMENT_FIELDS = (
    "booked_on", "value_on", "amount", "debit", "credit", "balance", "currency", "text", "more_text", "reference", "counterparty",
    "end_to_end_id", "bank_reference",
)  # fmt: skip
FIELDS = {REPORT: REPORT_FIELDS, STATEMENT: STATEMENT_FIELDS}
# A header further down is no header; the records above it are read past for every file.
HEADER_LINE_MAX = 200
_TYPES_MAX = 500
_TEXT_MAX = 200
CODE_PREFIX = "mapped:"


class SpecInvalid(Exception):
    """The spec cannot be used. `part` is the part of it that is wrong."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(f"{part}: {message}")
        self.part = part
        self.message = message


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """
    How the file is written and which column is what.

    `columns` is field to column name; `kinds` the text of the type column to our kind; `outward` the types whose amounts are written
    without a sign although they lower the balance. `payout_is_sum`: the file has every row of a payout and none for the payout itself. `sign` "inverse" turns every amount, "debit_credit" takes credit less debit.
    """

    side: str
    delimiter: str = ","
    encoding: str = ""
    header_line: int = 1
    decimal: str = "."
    thousands: str = ""
    sign: str = "signed"
    fee_sign: str = "cost_positive"
    scale: str = "major"
    date_order: str = "ymd"
    zone: str = "UTC"
    currency: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    outward: tuple[str, ...] = ()
    payout_is_sum: bool = False

    @classmethod
    def from_json(cls, document: Any) -> MappingSpec:
        """
        Return the spec a document describes.

        :raises SpecInvalid: with the part of it that is wrong.
        """
        if not isinstance(document, dict):
            raise SpecInvalid("spec", _("it is not an object"))
        known = {part.name for part in fields(cls)}
        unknown = sorted(set(document) - known)
        if unknown:
            raise SpecInvalid(str(unknown[0])[:40], _("there is no such setting"))
        spec = cls(**{**document, "side": document.get("side", ""), "outward": _texts(document.get("outward", ()))})
        _check_choices(spec)
        _check_columns(spec)
        _check_values(spec)
        return spec

    def as_json(self) -> dict[str, Any]:
        """Return the spec as it is stored."""
        return {**asdict(self), "outward": list(self.outward)}


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A spec under its name. `code` is what a file read by it has as its format: it names this version."""

    code: str
    label: str
    spec: MappingSpec
    signature: str


def signature_of(header: Sequence[str]) -> str:
    """Return what a header is known by: its names, whatever their order, case and spaces."""
    names = sorted(name for name in map(normal, header) if name)
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def layout_of(stream: BinaryIO, spec: MappingSpec) -> Layout | None:
    """Return how `stream` is written if its header is where `spec` says and has its columns, else None. Rewinds the stream."""
    header = header_at(stream, spec)
    if header is None:
        return None
    names = {normal(name) for name in header}
    if any(normal(column) not in names for column in spec.columns.values()):
        return None
    spelling = find_spelling(stream)
    encoding = spec.encoding or spelling.encoding
    return Layout(encoding, spec.delimiter, spelling.may_hold_nul, spec.header_line, tuple(header))


def header_at(stream: BinaryIO, spec: MappingSpec) -> list[str] | None:
    """Return the cells of the record on the header's line, or None if there is none. Rewinds the stream."""
    spelling = find_spelling(stream)
    layout = Layout(spec.encoding or spelling.encoding, spec.delimiter, spelling.may_hold_nul, 0, ())
    try:
        for line, cells, failures in records(stream, layout):
            if line >= spec.header_line:
                is_header = line == spec.header_line and not failures and len(cells) > 1
                return [cell.strip("\ufeff") for cell in cells] if is_header else None
    except (NotAReport, UnicodeError):
        return None
    finally:
        stream.seek(0)
    return None


def guessed_shape(head: str) -> tuple[str, int]:
    """Return the delimiter and the header's line that make the most of the beginning of a file: the first of the widest records."""
    best = (0, ",", 1)
    for delimiter in DELIMITERS:
        end = 0
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        try:
            for cells in reader:
                line, end = end + 1, reader.line_num
                filled = sum(bool(cell.strip()) for cell in cells)
                if filled > best[0] and line <= HEADER_LINE_MAX:
                    best = (filled, delimiter, line)
        except csv.Error:
            continue
    return best[1], best[2]


def _check_choices(spec: MappingSpec) -> None:
    choices: dict[str, Sequence[str]] = {
        "side": SIDES, "delimiter": DELIMITERS, "encoding": ENCODINGS, "decimal": DECIMALS, "thousands": THOUSANDS, "sign": SIGNS,
        "fee_sign": FEE_SIGNS, "scale": SCALES, "date_order": DATE_ORDERS,
    }  # fmt: skip
    for name, allowed in choices.items():
        if getattr(spec, name) not in allowed:
            raise SpecInvalid(name, _("it is one of {choices}").format(choices=", ".join(map(repr, allowed))))
    if spec.thousands == spec.decimal:
        raise SpecInvalid("thousands", _("it cannot be the decimal sign too"))


def _check_values(spec: MappingSpec) -> None:
    line = spec.header_line
    if not isinstance(line, int) or isinstance(line, bool) or not 1 <= line <= HEADER_LINE_MAX:
        raise SpecInvalid("header_line", _("it is a line from 1 to {number}").format(number=HEADER_LINE_MAX))
    if not isinstance(spec.zone, str) or not _is_zone(spec.zone):
        raise SpecInvalid("zone", _("it is no time zone, such as Europe/Stockholm"))
    if not isinstance(spec.currency, str) or (spec.currency != "" and spec.currency not in EXPONENTS):
        raise SpecInvalid("currency", _("it is no ISO 4217 currency"))
    if not isinstance(spec.payout_is_sum, bool) or (spec.payout_is_sum and "payout_reference" not in spec.columns):
        raise SpecInvalid("payout_is_sum", _("it needs the column with the payout's reference"))
    if not _is_text_table(spec.kinds) or len(spec.kinds) > _TYPES_MAX or len(spec.outward) > _TYPES_MAX:
        raise SpecInvalid("kinds", _("it is a table of a type's text to a kind"))
    wrong = next((kind for kind in spec.kinds.values() if kind not in KINDS), None)
    if wrong is not None:
        raise SpecInvalid("kinds", _("{kind!r} is none of {choices}").format(kind=wrong[:40], choices=", ".join(KINDS)))


def _check_columns(spec: MappingSpec) -> None:
    columns = spec.columns
    if not _is_text_table(columns):
        raise SpecInvalid("columns", _("it is a table of a field to a column's name"))
    unknown = next((name for name in columns if name not in FIELDS[spec.side]), None)
    if unknown is not None:
        raise SpecInvalid(
            "columns", _("there is no field {field!r} of a {side}").format(field=unknown[:40], side=spec.side)
        )
    if not (spec.currency or "currency" in columns):
        raise SpecInvalid("currency", _("name the currency, or the column that has it"))
    if not {"booked_on", "occurred_at"} & set(columns):
        raise SpecInvalid("columns", _("name the column with the date"))
    single = {"gross", "net"} if spec.side == REPORT else {"amount"}
    if spec.sign == "debit_credit":
        if not {"debit", "credit"} <= set(columns):
            raise SpecInvalid("columns", _("name the columns with debit and credit"))
    elif not single & set(columns):
        raise SpecInvalid("columns", _("name the column with the amount"))


def _is_text_table(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return all(_is_text(text) for pair in value.items() for text in pair)


def _is_text(value: Any) -> bool:
    """Say whether `value` is a short text that a database can keep."""
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT_MAX:
        return False
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(_is_text(text) for text in value):
        raise SpecInvalid("outward", _("it is a list of types"))
    return tuple(value)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
