"""The first rows of a file as a mapping would read them: what a person looks at before saving it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from payments.reconciliation.formats.base import NotAStatement, Statement
from payments.reconciliation.statements import opening as bank_opening
from payments.reconciliation.statements.problems import problem_words
from payments.settlement import opening as report_opening
from payments.settlement.formats.base import NotAReport, ReportRow, RowFailure
from payments.settlement.formats.encoding import find_spelling
from payments.settlement.formats.mapping import (
    FIELDS,
    REPORT,
    MappingSpec,
    SavedMapping,
    guessed_shape,
    header_at,
)
from payments.settlement.formats.records import normal, unique_names

ROWS_SHOWN = 20
# Looked at for failures and for the texts of types: read in some tens of milliseconds, at every change of the form.
ROWS_READ = 1_000
TYPES_SHOWN = 40
_HEAD_BYTES = 1 << 16
_TEXT_SHOWN = 60
# What columns are called where we have seen them, in the words of English, Swedish, Norwegian, Danish, German and Dutch files.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "occurred_at": ("created", "timestamp", "transaction date", "capture_date", "sale_date", "salgsdato"),
    "booked_on": (
        "date", "datum", "booking date", "bokföringsdag", "bokföringsdatum", "bokført", "dato", "buchungstag", "boekdatum", "posted date",
    ),
    "value_on": ("value date", "valutadag", "valutadatum", "valuta", "rentedatum"),
    "type": ("type", "transaction type", "event type", "transaksjonstype", "originatortransactiontype", "typ"),
    "gross": ("gross", "gross amount", "brutto", "gross sales", "amount", "belopp"),
    "amount": ("amount", "belopp", "beløp", "beløb", "betrag", "bedrag", "summa"),
    "debit": ("debit", "out", "ut", "soll", "paid out", "withdrawal"),
    "credit": ("credit", "in", "inn", "haben", "paid in", "deposit"),
    "fee": ("fee", "fees", "gebyr", "avgift", "gebühr"),
    "net": ("net", "net amount", "netto", "net total"),
    "balance": ("balance", "saldo", "running balance", "bokført saldo", "bokfört saldo"),
    "currency": ("currency", "valuta kod", "currency code", "währung", "munt"),
    "processor_reference": ("payment id", "originatingtransactionuuid", "transaction uuid"),
    "operation_reference": ("transaction id", "transaksjons-id", "capture_id", "transaktions-id"),
    "merchant_reference": ("order id", "ordre-id", "merchant_reference1", "merchant reference", "order number"),
    "payout_reference": ("payout id", "payment_reference", "oppgjors-id", "deposit id"),
    "text": ("text", "description", "beskrivning", "tekst", "verwendungszweck", "omschrijving", "details", "transaktion"),
    "reference": ("reference", "referens", "ocr", "kid", "referanse"),
    "counterparty": ("name", "namn", "payee", "payer", "avsändare", "beguenstigter/zahlungspflichtiger", "naam"),
}  # fmt: skip
# Types whose meaning nobody could doubt; all others are the person's to assign.
_TYPES: Mapping[str, str] = {
    "sale": "sale", "payment": "sale", "salg": "sale", "köp": "sale", "refund": "refund", "refusjon": "refund", "återbetalning": "refund",
    "fee": "fee", "payment_fee": "fee", "gebyr": "fee", "avgift": "fee", "chargeback": "chargeback", "payout": "payout", "utbetaling": "payout",
    "utbetalning": "payout",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row as it would be read. `cells` follow the preview's columns; `failures` are sentences."""

    line: int
    cells: tuple[object, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, how many of those read would fail, and the texts of the type column. `problem` says why nothing can be read."""

    rows: tuple[PreviewRow, ...] = ()
    read: int = 0
    failed: int = 0
    types: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()


def header_of(path: Path, spec: MappingSpec) -> tuple[str, ...]:
    """Return the column names of the file at the line the spec names, none if there are none."""
    if not spec.delimiter:
        return ()
    with path.open("rb") as stream:
        found = header_at(stream, spec)
    return unique_names(tuple(found)) if found else ()


def guess(path: Path, side: str, *, currency: str, zone: str) -> MappingSpec:
    """Return what the file seems to be: a beginning for the form, never used unseen. It need not be complete."""
    with path.open("rb") as stream:
        spelling = find_spelling(stream)
        head = stream.read(_HEAD_BYTES).decode(spelling.encoding, errors="replace")
    delimiter, header_line = guessed_shape(head)
    shape = MappingSpec(side=side, delimiter=delimiter, header_line=header_line, currency=currency, zone=zone)
    header = header_of(path, shape)
    names = {normal(name): name for name in reversed(header)}
    columns: dict[str, str] = {}
    for field in FIELDS[side]:
        found = next((names[normal(name)] for name in _NAMES.get(field, ()) if normal(name) in names), None)
        if found is not None and found not in columns.values():
            columns[field] = found
    cells = [cell.strip() for record in islice(_records(head, delimiter), header_line, 200) for cell in record]
    decimal, thousands = _number_style(cells)
    both = (
        "debit_credit" if {"debit", "credit"} <= set(columns) and not {"amount", "gross"} & set(columns) else "signed"
    )
    spec = MappingSpec(
        side=side, delimiter=delimiter, header_line=header_line, decimal=decimal, thousands=thousands, sign=both,
        date_order=_date_order(cells), zone=zone, currency=currency, columns=columns,
    )  # fmt: skip
    try:
        texts = _types(path, spec) if "type" in columns else ()
    except NotAReport:
        texts = ()
    return replace(spec, kinds={text: _TYPES[text.casefold()] for text in texts if text.casefold() in _TYPES})


def preview(path: Path, spec: MappingSpec) -> Preview:
    """Return what `spec` makes of the first rows of the file at `path`."""
    mapping = SavedMapping("mapped:", "", spec, "")
    try:
        with path.open("rb") as stream:
            rows, notes = _report(stream, mapping) if spec.side == REPORT else _statement(stream, mapping)
            types = _types(path, spec) if "type" in spec.columns else ()
    except (NotAReport, NotAStatement) as reason:
        return Preview(problem=problem_words(reason.message))
    failed = sum(bool(row.failures) for row in rows)
    return Preview(tuple(rows[:ROWS_SHOWN]), len(rows), failed, types, "", tuple(notes))


def _report(stream: BinaryIO, mapping: SavedMapping) -> tuple[list[PreviewRow], list[str]]:
    opened = report_opening.open_mapped(stream, mapping)
    if opened is None:
        raise NotAReport("the columns of this mapping are not in the file")
    rows = [
        PreviewRow(
            row.line,
            (
                row.occurred_at or row.booked_on, row.type_text[:_TEXT_SHOWN], row.kind, (row.gross_minor, row.currency), (row.fee_minor, row.currency),
                (row.net_minor, row.currency), _reference(row),
            ),
            _sentences(row.failures),
        )
        for row in islice(opened.rows(), ROWS_READ)
    ]  # fmt: skip
    return rows, []


def _reference(row: ReportRow) -> str:
    told = (row.merchant_reference, row.operation_reference, row.processor_reference, row.payout_reference)
    return next((text[:_TEXT_SHOWN] for text in told if text), "")


def _statement(stream: BinaryIO, mapping: SavedMapping) -> tuple[list[PreviewRow], list[str]]:
    rows: list[PreviewRow] = []
    notes: list[str] = []
    for item in islice(bank_opening.open_mapped(stream, mapping).items(), ROWS_READ):
        if isinstance(item, Statement):
            notes += _sentences(item.failures)
            continue
        text = " · ".join(part for part in (item.counterparty_name, item.text) if part)
        cells = (item.booked_on, (item.amount_minor, item.currency), text[:_TEXT_SHOWN], item.reference[:_TEXT_SHOWN])
        rows.append(PreviewRow(item.line, cells, _sentences(item.failures)))
    return rows, notes


def _types(path: Path, spec: MappingSpec) -> tuple[str, ...]:
    with path.open("rb") as stream:
        opened = report_opening.open_mapped(stream, SavedMapping("mapped:", "", spec, ""))
        found = dict.fromkeys(row.type_text for row in islice(opened.rows(), ROWS_READ)) if opened else {}
    return tuple(text for text in found if text)[:TYPES_SHOWN]


def _sentences(failures: tuple[RowFailure, ...]) -> tuple[str, ...]:
    told = ((failure.column, problem_words(failure.message)) for failure in failures)
    return tuple(f"{column}: {problem}" if column else problem for column, problem in told)


def _records(head: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _number_style(cells: list[str]) -> tuple[str, str]:
    commas = sum(bool(re.fullmatch(r"[^\d,]*[\d. \u00a0]*,\d{1,2}\D*", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[^\d.]*[\d, ]*\.\d{1,2}\D*", cell)) for cell in cells)
    decimal = "," if commas > points else "."
    grouped = [cell for cell in cells if re.search(r"\d[., \u00a0']\d{3}[.,]\d{1,2}\D*$", cell)]
    signs = {
        re.sub(r"\u00a0", " ", sign)
        for cell in grouped
        for sign in re.findall(r"(?<=\d)[., \u00a0'](?=\d{3}[.,])", cell)
    }
    return decimal, signs.pop() if len(signs) == 1 and decimal not in signs else ""


def _date_order(cells: list[str]) -> str:
    days = [match for cell in cells if (match := re.match(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})", cell))]
    if not days or sum(len(match[1]) == 4 for match in days) > len(days) / 2:
        return "ymd"
    if any(int(match[2]) > 12 for match in days):
        return "mdy"
    return "dmy"
