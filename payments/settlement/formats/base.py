"""The normal form of a processor's report: rows, failures, batches, and the summary that is printed and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

Kind = Literal[
    "sale",
    "refund",
    "chargeback",
    "chargeback_reversal",
    "fee",
    "fee_refund",
    "tax",
    "reserve_hold",
    "reserve_release",
    "conversion",
    "adjustment",
    "payout",
    "payout_reversal",
    "transfer",
    "other",
]
# Rows that are nothing but a cost (or its return): gross is 0 and the whole amount is fee.
COST_KINDS: frozenset[str] = frozenset({"fee", "fee_refund", "tax"})
Status = Literal["balanced", "out_of_balance", "refused"]
# A file whose every row fails would otherwise print a document as large as itself.
ROW_FAILURES_MAX = 10_000


class NotAReport(Exception):
    """The file is no report we know, or a column we need is missing. Nothing of it is kept. `line` is None where it is no matter of one."""

    def __init__(
        self, message: str, *, line: int | None = None, column: str | None = None, code: str = "not_a_report"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.code = code


@dataclass(frozen=True, slots=True)
class RowFailure:
    """Why one row cannot be trusted. `line` is the physical line, from 1, and 0 where the file as a whole is refused; `column` the header as the file has it."""

    line: int
    column: str | None
    code: str
    message: str


class ReportRow(NamedTuple):
    """
    One data row of a report in normal form.

    Amounts are minor units of `currency` (the settlement currency), signed from the merchant's view; the fee is
    positive when charged; net = gross - fee, except in a row that failed. `row_key` is the processor's own id of the
    row, empty where the format has none. `occurred_at` (with its offset) and `booked_on` are ISO 8601. `cells` are the row as it came, in the order of the columns' `names`; more of them are padding.
    A tuple, because a report has a million of them.
    """

    line: int
    kind: Kind
    type_text: str
    currency: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    names: tuple[str, ...]
    cells: Sequence[str]
    processor_reference: str = ""
    operation_reference: str = ""
    merchant_reference: str = ""
    account: str = ""
    batch: str | None = None
    payout_reference: str = ""
    original_currency: str | None = None
    original_gross_minor: int | None = None
    exchange_rate: str | None = None
    occurred_at: str | None = None
    booked_on: str | None = None
    store: str = ""
    terminal: str = ""
    method: str = ""
    last4: str = ""
    auth_code: str = ""
    row_key: str = ""
    failures: tuple[RowFailure, ...] = ()

    @property
    def raw(self) -> dict[str, str]:
        """The row as it came: column name to text."""
        return dict(zip(self.names, self.cells, strict=False))


@dataclass(frozen=True, slots=True)
class BatchTotal:
    """One batch in one currency. `difference_minor` is net - payout, None while the file names no payout."""

    reference: str | None
    currency: str
    net_minor: int
    payout_minor: int | None
    difference_minor: int | None
    status: Literal["balanced", "out_of_balance", "open"]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison a format makes beyond rows and batches, with its figures in words."""

    name: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What a report adds up to. `totals` and `original_totals` are keyed by currency; `checks` are its format's own."""

    format: str | None
    status: Status
    rows: int
    row_failures: tuple[RowFailure, ...]
    batches: tuple[BatchTotal, ...]
    totals: dict[str, dict[str, int]]
    original_totals: dict[str, dict[str, int]]
    checks: tuple[Check, ...] = ()

    @classmethod
    def refused(cls, reason: NotAReport) -> ReportSummary:
        """Return the summary of a file that was not read."""
        failure = RowFailure(reason.line or 0, reason.column, reason.code, reason.message)
        return cls(None, "refused", 0, (failure,), (), {}, {})

    def as_json(self, *, duplicate_of: str | None = None) -> dict[str, Any]:
        """Return the document that `import_report --json` prints; `checks` is in it only where the format has some."""
        checks = {"checks": [asdict(check) for check in self.checks]} if self.checks else {}
        return {
            "format": self.format,
            "status": self.status,
            "rows": self.rows,
            "row_failures": [asdict(failure) for failure in self.row_failures],
            "batches": [asdict(batch) for batch in self.batches],
            "totals": self.totals,
            "original_totals": self.original_totals,
            "duplicate_of": duplicate_of,
            **checks,
        }
