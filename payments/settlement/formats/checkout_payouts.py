"""
Checkout.com's payouts file: one row per payout, with what it is made of as totals per kind of movement and fee.

The payout is announced to the books; its totals are not booked, because the settlement breakdown books the movements one
by one. They are compared: each total is rounded on its own, so together they may be off by a minor unit each, and the
report says by how much. More than that is out of balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO

from merchant.core.money import EXPONENTS
from payments.settlement.formats.base import BatchTotal, Check, ReportRow
from payments.settlement.formats.checks import RowCheck, iso_day, written
from payments.settlement.formats.moments import in_utc
from payments.settlement.formats.records import Columns, Layout, normal, table_rows
from payments.settlement.formats.tally import Batch, Tally

REQUIRED = ("Holding Currency", "Payout ID", "Payout Date", "Payout Amount", "Payments", "Refunds", "Chargebacks")
# What moved; every other total is a cost, known by its name.
_GROSS = (
    "Payments",
    "Refunds",
    "Chargebacks",
    "Pay To Cards",
    "Adjustments",
    "Transfers In",
    "Transfers Out",
    "Reserve",
)
_COSTS = ("fee", "fees", "premiums", "tax")
_COLUMNS = ("Client Entity ID", "Holding Currency", "Payout ID", "Payout Date", "Reporting End Date", "Payout Amount")
# 1.00 in most currencies: rounding of many rows, and no payment.
ROUNDING_MINOR_MAX = 100


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the payouts."""
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(name) for name in _COLUMNS))
    needed = tuple(columns.find(name) for name in REQUIRED)
    for line, cells, failures in table_rows(stream, layout, needed=needed):
        yield _row(RowCheck(line, failures), pick(cells), columns.names, cells)


def _row(check: RowCheck, cells: tuple[str, ...], names: tuple[str, ...], row_cells: list[str]) -> ReportRow:
    entity, currency, payout, paid_on, until, amount_text = cells
    currency = currency.strip().upper()
    amount = 0
    if not check.failures:
        amount = check.amount(amount_text, check.decimals(currency, "Holding Currency"), "Payout Amount")
        if not payout.strip():
            check.fail("Payout ID", "reference_missing", "the payout has no id")
        own_totals(check, names, row_cells, currency)
    return ReportRow(
        line=check.line,
        kind="payout",
        type_text="Payout",
        currency=currency,
        gross_minor=-amount,
        fee_minor=0,
        net_minor=-amount,
        account=entity,
        batch=payout.strip() or None,
        payout_reference=payout.strip(),
        occurred_at=check.moment(paid_on, "Payout Date", in_utc),
        booked_on=iso_day(check.day(paid_on or until, "Payout Date")),
        row_key=f"payout/{payout.strip()}" if payout.strip() else "",
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def own_totals(check: RowCheck, names: tuple[str, ...], cells: list[str], currency: str) -> tuple[int, int, int]:
    """Return what a row says moved, what it says it cost, and how many of its totals are not zero."""
    gross = fee = number = 0
    decimals = EXPONENTS.get(currency)
    movements = {normal(name) for name in _GROSS}
    for name, text in zip(names, cells, strict=False):
        is_movement = normal(name) in movements
        words = name.casefold().split()
        if not is_movement and not (words and words[-1] in _COSTS):
            continue
        minor = check.amount(text, decimals, name, blank_is_zero=True)
        number += minor != 0
        if is_movement:
            gross += minor
        else:
            fee -= minor
    return gross, fee, number


class _PaidBatch(Batch):
    __slots__ = ("totals",)

    def __init__(self) -> None:
        super().__init__()
        self.totals = 0


class PayoutsTally(Tally):
    """Compares each payout with the totals beside it; those, not the payout's own row, are what the report adds up to."""

    batch_class = _PaidBatch

    def add(self, row: ReportRow) -> None:
        """Count a payout and its totals."""
        super().add(row)
        batch = self._batches.get((row.account, row.batch, row.currency))
        if isinstance(batch, _PaidBatch) and not row.failures:
            gross, fee, number = own_totals(RowCheck(row.line), row.names, list(row.cells), row.currency)
            batch.gross += gross
            batch.fee += fee
            batch.net += gross - fee
            batch.totals += number

    def total(self, key: tuple[str, str | None, str], batch: Batch) -> BatchTotal:
        """Return one payout and its totals; within a minor unit for each total it ties."""
        said = super().total(key, batch)
        allowed = batch.totals if isinstance(batch, _PaidBatch) else 0
        if said.difference_minor and abs(said.difference_minor) <= allowed:
            return BatchTotal(*_without_status(said), "balanced")
        return said

    def checks(self) -> tuple[Check, ...]:
        """Return every difference between a payout and its totals."""
        return tuple(
            Check("payout_totals", passed=said.status == "balanced", text=_difference_text(said))
            for key, batch in self._batches.items()
            if (said := self.total(key, batch)).difference_minor
        )


def _without_status(said: BatchTotal) -> tuple[str | None, str, int, int | None, int | None]:
    return said.reference, said.currency, said.net_minor, said.payout_minor, said.difference_minor


def _difference_text(said: BatchTotal) -> str:
    payout, net, off = (
        written(minor or 0, said.currency) for minor in (said.payout_minor, said.net_minor, said.difference_minor)
    )
    cause = ", no more than rounding each of them explains" if said.status == "balanced" else ""
    return f"payout {said.reference} is {payout}, its totals make {net}: {off} {said.currency} apart{cause}"
