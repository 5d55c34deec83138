"""Writes sandbox settlement reports by hand, so that a test says in a line what the processor claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

HEADER = (
    "Account,Batch,Line,Type,Payment ID,Operation Reference,Order Reference,Store,Terminal,Method,Card Brand,Card Last 4,Auth Code,Occurred At,"
    "Booked On,Currency,Gross,Fee,Net,Original Currency,Original Gross,Exchange Rate,Payout Reference"
)
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Row:
    """One row in minor units of a currency with two decimals."""

    gross: int
    reference: str = ""
    type: str = "sale"
    fee: int = 0
    payment: str = ""
    order: str = ""
    last4: str = ""
    auth_code: str = ""
    store: str = ""
    net: int | None = None


def major(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def report(
    rows: Iterable[Row],
    *,
    batch: str = "1",
    payout: str = "po_20261120",
    day: date = DAY,
    currency: str = "EUR",
    payout_minor: int | None = None,
    paid: bool = True,
    first_line: int = 1,
    account: str = "",
) -> bytes:
    """A report whose payout row brings the batch to zero, unless `payout_minor` says otherwise."""
    rows = list(rows)
    total = sum(row.gross - row.fee for row in rows)
    if paid:
        rows.append(Row(-(total if payout_minor is None else payout_minor), type="payout"))
    text = [HEADER]
    for number, row in enumerate(rows, start=first_line):
        net = row.gross - row.fee if row.net is None else row.net
        cells = [
            account,
            batch,
            str(number),
            row.type,
            row.payment,
            row.reference,
            row.order,
            row.store,
            "",
            "card",
            "visa",
            row.last4,
            row.auth_code,
            f"{day}T12:00:00+01:00",
            str(day),
            currency,
            major(row.gross),
            major(row.fee),
            major(net),
            "",
            "",
            "",
            payout if paid else "",
        ]
        text.append(",".join(cells))
    return ("\n".join(text) + "\n").encode()


def on_disk(folder: Path, data: bytes, name: str = "report.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


__all__ = ["DAY", "Row", "major", "on_disk", "replace", "report"]
