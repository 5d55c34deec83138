"""The page on which columns are assigned, and the list of mappings, drawn for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from merchant.core.money import EXPONENTS, Money
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.parts import Choice
from payments.reconciliation.imports.mapping_preview import Preview, header_of, preview
from payments.settlement.formats.mapping import DATE_ORDERS, FIELDS, KINDS, REPORT, MappingSpec, SpecInvalid

# A tab and an empty choice do not survive a form as they are.
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_ENCODINGS = {"auto": "", "utf-8": "utf-8-sig", "cp1252": "cp1252", "latin-1": "latin-1", "utf-16": "utf-16"}
_DECIMALS = {"point": ".", "comma": ","}
_THOUSANDS = {"none": "", "comma": ",", "point": ".", "blank": " ", "apostrophe": "'"}
_WORDED: Mapping[str, Mapping[str, str]] = {
    "delimiter": _DELIMITERS,
    "encoding": _ENCODINGS,
    "decimal": _DECIMALS,
    "thousands": _THOUSANDS,
}
_LABELS: Mapping[str, Any] = {
    "columns": gettext_lazy("Columns"), "zone": gettext_lazy("Zone"), "occurred_at": gettext_lazy("Moment"), "booked_on": gettext_lazy("Day booked"), "value_on": gettext_lazy("Value day"),
    "type": gettext_lazy("Type of row"), "gross": gettext_lazy("Gross amount"), "debit": gettext_lazy("Debit (out)"),
    "credit": gettext_lazy("Credit (in)"), "fee": gettext_lazy("Fee"), "net": gettext_lazy("Net amount"), "amount": gettext_lazy("Amount"),
    "balance": gettext_lazy("Balance after the entry"), "currency": gettext_lazy("Currency"),
    "processor_reference": gettext_lazy("Processor's payment reference"), "operation_reference": gettext_lazy("Reference of the operation"),
    "merchant_reference": gettext_lazy("Our reference"), "row_key": gettext_lazy("The row's own id"), "batch": gettext_lazy("Batch"),
    "payout_reference": gettext_lazy("Payout reference"), "store": gettext_lazy("Store"), "terminal": gettext_lazy("Terminal"),
    "method": gettext_lazy("Payment method"), "text": gettext_lazy("Text"), "more_text": gettext_lazy("More text"),
    "reference": gettext_lazy("Payer's reference (OCR, RF)"), "counterparty": gettext_lazy("Payer or payee"),
    "end_to_end_id": gettext_lazy("End-to-end reference"), "bank_reference": gettext_lazy("The bank's id of the entry"),
}  # fmt: skip
_KIND_WORDS: Mapping[str, Any] = {
    "sale": gettext_lazy("sale"), "refund": gettext_lazy("refund"), "chargeback": gettext_lazy("chargeback"),
    "chargeback_reversal": gettext_lazy("chargeback taken back"), "fee": gettext_lazy("fee"), "fee_refund": gettext_lazy("fee returned"),
    "tax": gettext_lazy("tax on fees"), "reserve_hold": gettext_lazy("held back"), "reserve_release": gettext_lazy("released"),
    "conversion": gettext_lazy("currency conversion"), "adjustment": gettext_lazy("adjustment"), "payout": gettext_lazy("payout"),
    "payout_reversal": gettext_lazy("payout returned"), "transfer": gettext_lazy("transfer"), "other": gettext_lazy("unclassified"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the preview: text, or money."""

    label: str
    text: str = ""
    amount: Money | None = None
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One row of the preview."""

    line: int
    cells: tuple[Cell, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """What one text of the type column means."""

    number: int
    text: str
    choices: tuple[Choice, ...]
    is_outward: bool


@dataclass(frozen=True, slots=True)
class MappingPage:
    """The form and what it makes of the file. `heads` are the preview's columns."""

    title: str
    file_name: str
    action_url: str
    idempotency_key: str
    button: str
    style: tuple[FormField, ...]
    columns: tuple[FormField, ...]
    types: tuple[TypeRow, ...]
    heads: tuple[Cell, ...]
    lines: tuple[PreviewLine, ...]
    read: int
    failed: int
    problem: str
    notes: tuple[str, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One mapping of the list."""

    url: str
    name: str
    side: str
    version: int
    account: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A file that waits for its columns."""

    url: str
    name: str
    account: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class MappingListPage:
    """The mappings, and the files that wait for one."""

    rows: tuple[MappingRow, ...]
    waiting: tuple[WaitingRow, ...]


def entered_document(side: str, entered: Mapping[str, str]) -> dict[str, Any]:
    """Return the spec's document that a filled form describes; whether it can be used is the spec's to say."""
    columns = {field: entered.get(f"column_{field}", "") for field in FIELDS[side]}
    kinds, outward = {}, []
    for name, text in entered.items():
        number = name.removeprefix("type_")
        if name == f"type_{number}" and number.isdigit() and text:
            kinds[text] = entered.get(f"kind_{number}", "other")
            if entered.get(f"outward_{number}"):
                outward.append(text)
    line = entered.get("header_line", "1").strip()
    return {
        "side": side,
        **{name: table.get(entered.get(name, ""), "") for name, table in _WORDED.items()},
        "header_line": int(line) if line.isascii() and line.isdigit() and len(line) < 6 else 0,
        "sign": entered.get("sign", ""),
        "fee_sign": entered.get("fee_sign", "cost_positive"),
        "scale": entered.get("scale", ""),
        "date_order": entered.get("date_order", ""),
        "zone": entered.get("zone", "").strip(),
        "currency": entered.get("currency", "").strip().upper(),
        "columns": {field: column for field, column in columns.items() if column},
        "kinds": kinds,
        "outward": outward,
        "payout_is_sum": bool(entered.get("payout_is_sum")),
    }


def loose_spec(document: dict[str, Any]) -> tuple[MappingSpec, str]:
    """Return the spec of a document to draw the form with, and why it cannot be used yet ("" if it can)."""
    try:
        return MappingSpec.from_json(document), ""
    except SpecInvalid as wrong:
        line = document["header_line"] or 1
        drawn = MappingSpec(**{**document, "header_line": line, "outward": tuple(document["outward"])})
        return drawn, f"{_LABELS.get(wrong.part, wrong.part)}: {wrong.message}"


def mapping_page(
    path: Path,
    spec: MappingSpec,
    *,
    header: Sequence[str],
    title: str,
    file_name: str,
    name: str,
    only_this_account: bool,
    action_url: str,
    idempotency_key: str,
    button: str,
    problem: str = "",
    errors: Sequence[str] = (),
) -> MappingPage:
    """Return the form filled with `spec`, and the first rows of the file at `path` as it reads them. `header` serves where that file is not there."""
    header = header_of(path, spec) or header
    told = Preview(problem=problem) if problem else preview(path, spec)
    texts = told.types or tuple(spec.kinds)
    return MappingPage(
        title=title,
        file_name=file_name,
        action_url=action_url,
        idempotency_key=idempotency_key,
        button=button,
        style=_style(spec, name=name, only_this_account=only_this_account),
        columns=_columns(spec, header),
        types=tuple(_type_row(number, text, spec) for number, text in enumerate(texts))
        if "type" in spec.columns
        else (),
        heads=_heads(spec.side),
        lines=tuple(
            PreviewLine(row.line, tuple(map(_cell, _heads(spec.side), row.cells)), row.failures) for row in told.rows
        ),
        read=told.read,
        failed=told.failed,
        problem=told.problem,
        notes=told.notes,
        errors=tuple(errors),
    )


def _style(spec: MappingSpec, *, name: str, only_this_account: bool) -> tuple[FormField, ...]:
    def worded(part: str) -> str:
        return next((word for word, value in _WORDED[part].items() if value == getattr(spec, part)), "")

    def choice(part: str, label: str, pairs: Sequence[tuple[str, str]], chosen: str, hint: str = "") -> FormField:
        return FormField(part, label, kind="choice", choices=choices_of(pairs, chosen), hint=hint)

    fields = [
        FormField("name", _("Name of the mapping"), text=name, is_required=True, length_max=80),
        choice("delimiter", _("Columns are divided by"), [
            ("comma", _("comma ,")), ("semicolon", _("semicolon ;")), ("tab", _("tab")), ("bar", _("bar |")),
        ], worded("delimiter")),
        FormField("header_line", _("Line with the column names"), kind="number", text=str(spec.header_line), is_required=True, length_max=3),
        choice("encoding", _("Encoding"), [
            ("auto", _("recognise it")), ("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "ISO 8859-1"), ("utf-16", "UTF-16"),
        ], worded("encoding")),
        choice("decimal", _("Decimal sign"), [("point", _("point 1.50")), ("comma", _("comma 1,50"))], worded("decimal")),
        choice("thousands", _("Between thousands"), [
            ("none", _("nothing")), ("blank", _("blank 1 000")), ("point", _("point 1.000")), ("comma", _("comma 1,000")),
            ("apostrophe", _("apostrophe 1'000")),
        ], worded("thousands")),
        choice("sign", pgettext("plus and minus", "Signs"), [
            ("signed", _("one column, negative is money out")), ("inverse", _("one column, negative is money in")),
            ("debit_credit", _("debit and credit in two columns")),
        ], spec.sign),
        choice("scale", _("Amounts are in"), [("major", _("whole units, 12.50")), ("minor", _("smallest units, 1250"))], spec.scale),
        choice("date_order", _("Order of a date"), [(order, order.upper()) for order in DATE_ORDERS], spec.date_order),
        FormField("zone", _("Time zone of moments without one"), text=spec.zone, is_required=True, length_max=40),
        FormField("currency", _("Currency, where no column has it"), text=spec.currency, length_max=3),
        FormField("only_this_account", _("For this account only"), kind="tick", text="on" if only_this_account else ""),
    ]  # fmt: skip
    if spec.side == REPORT:
        pairs = [("cost_positive", _("positive is a cost")), ("cost_negative", _("negative is a cost"))]
        fields.insert(8, choice("fee_sign", _("Fees"), pairs, spec.fee_sign))
        told = "on" if spec.payout_is_sum else ""
        fields.append(
            FormField(
                "payout_is_sum", _("All rows of a payout are its sum; it has no row of its own"), kind="tick", text=told
            )
        )
    return tuple(fields)


def _columns(spec: MappingSpec, header: Sequence[str]) -> tuple[FormField, ...]:
    pairs = [("", "—"), *((name, name) for name in header)]
    return tuple(
        FormField(
            f"column_{field}",
            str(_LABELS[field]),
            kind="choice",
            choices=choices_of(pairs, spec.columns.get(field, "")),
        )
        for field in FIELDS[spec.side]
    )


def _type_row(number: int, text: str, spec: MappingSpec) -> TypeRow:
    pairs = [(kind, str(_KIND_WORDS[kind])) for kind in KINDS]
    return TypeRow(number, text, choices_of(pairs, spec.kinds.get(text, "other")), text in spec.outward)


def _heads(side: str) -> tuple[Cell, ...]:
    if side == REPORT:
        labels = [_("When"), _("Type"), _("Read as"), _("Gross"), _("Fee"), _("Net"), _("Reference")]
        return tuple(Cell(label, is_number=3 <= at <= 5) for at, label in enumerate(labels))
    labels = [_("Booked"), _("Amount"), _("Text"), _("Reference")]
    return tuple(Cell(label, is_number=at == 1) for at, label in enumerate(labels))


def _cell(head: Cell, value: object) -> Cell:
    if isinstance(value, tuple):
        minor, currency = value
        if currency in EXPONENTS:
            return replace(head, amount=Money(minor, currency))
        return replace(head, text=f"{minor} {currency}")
    return replace(head, text=str(_KIND_WORDS.get(str(value), value)) if value else "")
