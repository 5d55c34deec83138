"""Ordinary rows are read many at once; whatever is unusual about one, all come out as they would one by one."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.settlement.copying import LineText
from payments.settlement.formats import sandbox_settlement
from payments.settlement.formats.base import ReportRow
from payments.settlement.formats.sets import SET_ROWS, RowSet
from payments.settlement.formats.sniff import open_report
from payments.settlement.formats.tally import Tally
from payments.settlement.models import ReportFile
from payments.settlement.plausible import PlausibleDays
from tests.payments.settlement.reports import HEADER

RECEIVED_AT = datetime(2026, 11, 21, tzinfo=UTC)
# A column of the sandbox's report and what a row may hold there instead of the usual.
UNUSUAL = [
    ("Type", "payout"), ("Type", "fee"), ("Type", "teleport"), ("Type", " Sale "), ("Line", ""), ("Line", "7" * 200), ("Currency", "JPY"), ("Currency", "eur"),
    ("Currency", "XXQ"), ("Gross", "1e3"), ("Gross", "12,50"), ("Gross", "10.005"), ("Gross", "-10.00"), ("Net", "0.01"), ("Fee", ""), ("Batch", ""), ("Batch", "b-8"),
    ("Account", "bakery"), ("Original Currency", "SEK"), ("Occurred At", ""), ("Occurred At", "2026-11-20T12:00:00"), ("Occurred At", "yesterday"),
    ("Booked On", ""), ("Booked On", "20.11.2026"), ("Booked On", "9999-12-30"), ("Payment ID", "a\tb"), ("Order Reference", "back\\slash"), ("Store", '"two\nlines"'),
    ("Terminal", "\\N"), ("Auth Code", '"with ""quotes"""'),
]  # fmt: skip


def a_report(dice: Random, *, rows: int, unusual: int) -> bytes:
    """Return a report of `rows` sales and refunds, some of them with something unusual in one cell."""
    names = HEADER.split(",")
    strange = {dice.randrange(rows): dice.choice(UNUSUAL) for _ in range(unusual)}
    text = [HEADER]
    for number in range(rows):
        minor = dice.randrange(-50_000, 50_000)
        cells = dict.fromkeys(names, "") | {
            "Batch": "b-7", "Line": str(number), "Type": "sale" if minor > 0 else "refund", "Payment ID": f"pay_{number}", "Operation Reference": f"REF{number}",
            "Card Last 4": "4242", "Occurred At": f"2026-11-20T09:{number % 60:02}:00+01:00", "Booked On": "2026-11-20", "Currency": "EUR",
            "Gross": f"{'-' * (minor < 0)}{abs(minor) // 100}.{abs(minor) % 100:02}", "Fee": "0.00", "Payout Reference": "po_1",
        }  # fmt: skip
        cells["Net"] = cells["Gross"]
        cells |= dict([strange[number]] if number in strange else [])
        text.append(",".join(cells.values()))
    for line in dice.choices(["", HEADER, ",1,2", ",,,", "," * HEADER.count(","), " "], k=unusual % 3):
        text.insert(dice.randrange(1, len(text) + 1), line)
    ending = dice.choice(["", "\n", ",1,2", "\r\n"])
    return (dice.choice(["\n", "\r\n"]).join(text) + ending).encode()


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 40, 700]), st.integers(0, 12))
def test_rows_of_a_set_are_those_that_are_read_one_by_one(seed: int, rows: int, unusual: int) -> None:
    content = a_report(Random(seed), rows=rows, unusual=unusual)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sandbox_settlement._Reader, "_ordinary", lambda self, records: None)
        report = open_report(io.BytesIO(content))
        one_by_one = list(replace(report, layout=replace(report.layout, is_plain=False)).sets())
    at_once = list(report.rows())

    assert [_plain(row) for row in at_once] == [_plain(row) for row in one_by_one]
    days, sums, each = PlausibleDays(received_at=RECEIVED_AT), Tally("x"), Tally("x")
    account = {"id": uuid4(), "merchant_id": uuid4(), "gateway_account_id": uuid4()}
    together, apart = LineText(ReportFile(**account)), LineText(ReportFile(**account))
    for found in report.sets():
        of_set = list(found.rows()) if isinstance(found, RowSet) else [found]
        for row in of_set:
            each.add(row)
        if isinstance(found, RowSet):
            assert days.hold(found) is all(days.checked(row) is row for row in of_set)
            sums.add_set(found)
        else:
            sums.add(found)
        # Ids are of two series, the rest is the same text, and their numbers go on without a gap.
        assert _without_series(together.of(found)) == _without_series("".join(map(apart.of, of_set)))
    assert sums.summary() == each.summary()


def test_a_row_that_is_not_ordinary_costs_few_of_its_neighbours() -> None:
    content = a_report(Random(1), rows=4 * SET_ROWS, unusual=0)
    content = re.sub(rb"(sale|refund),pay_300,", b"fee,pay_300,", content)

    found = list(open_report(io.BytesIO(content)).sets())

    alone = [row for row in found if isinstance(row, ReportRow)]
    assert 1 <= len(alone) <= 32
    assert "REF300" in {row.operation_reference for row in alone}
    assert sum(len(rows.lines) for rows in found if isinstance(rows, RowSet)) + len(alone) == 4 * SET_ROWS


def test_a_row_of_nothing_but_delimiters_is_no_row_wherever_it_stands() -> None:
    """Excel leaves them behind a table."""
    blank = "," * HEADER.count(",")
    written = a_report(Random(3), rows=300, unusual=0).decode().splitlines()
    lines = [line for line in written if line.count(",") == len(blank)]
    content = "\n".join([*lines[:200], blank, *lines[200:], blank, blank]).encode()

    report = open_report(io.BytesIO(content))

    assert report.layout.is_plain
    rows = list(report.rows())
    assert len(rows) == len(lines) - 1 >= 299
    assert not any(row.failures for row in rows)


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_long_rows_stand_in_memory_one_by_one(quote: bytes) -> None:
    long = b"," + quote + b"x" * 900_000 + b"pay" + quote + b","
    content = re.sub(rb",pay_(5\d),", long, a_report(Random(2), rows=100, unusual=0))

    sizes = [len(found.lines) for found in open_report(io.BytesIO(content)).sets() if isinstance(found, RowSet)]

    assert sum(sizes) == 100
    # The fifty before the first long row, and one long one with it.
    assert max(sizes[1:]) <= 41
    assert sizes.count(2) >= 4


def _plain(row: ReportRow | RowSet) -> ReportRow:
    """The row with its cells without the padding behind them."""
    assert isinstance(row, ReportRow)
    return row._replace(cells=list(row.cells[: len(row.names)]))


def _without_series(text: str) -> list[str]:
    return [line[28:] for line in text.split("\n")]
