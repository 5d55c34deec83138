"""A processor's report read by a column mapping: one row, one movement, whatever the columns are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck
from payments.settlement.formats.mapped_cells import Cells
from payments.settlement.formats.mapping import FIELDS, REPORT, MappingSpec
from payments.settlement.formats.records import Columns, Layout, table_rows

_AMOUNTS = ("gross", "net", "debit", "credit", "fee")


def reader(spec: MappingSpec) -> Callable[[BinaryIO, Layout], Iterator[ReportRow]]:
    """Return the reader of files that `spec` describes."""
    return lambda stream, layout: _Reader(spec, Columns(layout.header)).rows(stream, layout)


class _Reader:
    def __init__(self, spec: MappingSpec, columns: Columns) -> None:
        self._spec = spec
        self._cells = Cells(spec)
        self._names = columns.names
        self._at = {name: columns.find(spec.columns[name]) if name in spec.columns else -1 for name in FIELDS[REPORT]}
        self._kinds = {text.strip().casefold(): kind for text, kind in spec.kinds.items()}
        self._outward = {text.strip().casefold() for text in spec.outward}

    def rows(self, stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
        """Yield the rows below the header."""
        needed = tuple(at for at in self._at.values() if at >= 0)[:1]
        for line, cells, failures in table_rows(stream, layout, needed=needed):
            yield self._row(RowCheck(line, failures), cells)

    def _row(self, check: RowCheck, cells: list[str]) -> ReportRow:
        said = {name: cells[at].strip() for name, at in self._at.items()}
        currency = (said["currency"] or self._spec.currency).upper()
        gross = fee = net = 0
        if not check.failures:
            gross, fee, net = self._amounts(check, said, currency)
        kind = self._kind(said["type"], gross or net)
        if kind in COST_KINDS:
            gross, fee = 0, -net
        occurred_at = self._cells.moment(check, said["occurred_at"], self._name("occurred_at"))
        booked_on = self._cells.day(check, said["booked_on"], self._name("booked_on"))
        if occurred_at is None and booked_on is None and not check.failures:
            check.fail(self._name("booked_on"), "date_missing", "there is no date")
        day = booked_on or (occurred_at.date() if occurred_at else None)
        return ReportRow(
            line=check.line,
            kind=kind,
            type_text=said["type"],
            currency=currency,
            gross_minor=gross,
            fee_minor=fee,
            net_minor=net,
            names=self._names,
            cells=cells,
            processor_reference=said["processor_reference"],
            operation_reference=said["operation_reference"],
            merchant_reference=said["merchant_reference"],
            batch=said["batch"] or said["payout_reference"] or None,
            payout_reference=said["payout_reference"],
            occurred_at=occurred_at.isoformat() if occurred_at else None,
            booked_on=day.isoformat() if day else None,
            store=said["store"],
            terminal=said["terminal"],
            method=said["method"],
            row_key=said["row_key"],
            failures=tuple(check.failures),
        )

    def _amounts(self, check: RowCheck, said: dict[str, str], currency: str) -> tuple[int, int, int]:
        """Return gross, fee and net; what the file does not say follows from the others, and what it says must agree."""
        decimals = check.decimals(currency, self._name("currency"))
        minor = {
            name: self._cells.amount(check, said[name], decimals, self._name(name))
            for name in _AMOUNTS
            if self._has(name)
        }
        if not any(said[name] for name in _AMOUNTS) and not check.failures:
            check.fail(self._name("gross"), "amount_missing", "there is no amount")
        if check.failures:
            return 0, 0, 0
        if self._spec.sign == "debit_credit":
            minor["gross"] = abs(minor["credit"]) - abs(minor["debit"])
        for name in ("gross", "net"):
            if name in minor:
                minor[name] = self._turned(minor[name], said["type"])
        fee = minor.get("fee", 0) * (-1 if self._spec.fee_sign == "cost_negative" else 1)
        if "gross" in minor and "net" in minor:
            gross, net = minor["gross"], minor["net"]
            if "fee" in minor:
                check.identity(gross=gross, fee=fee, net=net, currency=currency, column=self._name("net"))
            return gross, gross - net, net
        if "net" in minor:
            return minor["net"] + fee, fee, minor["net"]
        return minor["gross"], fee, minor["gross"] - fee

    def _turned(self, minor: int, type_text: str) -> int:
        if type_text.casefold() in self._outward:
            return -abs(minor)
        return -minor if self._spec.sign == "inverse" else minor

    def _kind(self, text: str, minor: int) -> Kind:
        """An unknown type is `other`: counted, booked as unclassified, and listed. Without a type column the sign says it."""
        if not self._has("type"):
            return "refund" if minor < 0 else "sale"
        return cast("Kind", self._kinds.get(text.casefold(), "other"))

    def _has(self, name: str) -> bool:
        return self._at[name] >= 0

    def _name(self, name: str) -> str:
        return self._spec.columns.get(name, name)
