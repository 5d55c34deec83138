"""Reports as spreadsheets and report settings spell them: every spelling of one report says the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from payments.settlement.formats.sniff import open_report, summarise
from tests.payments.settlement.formats.builders import MAKERS, a_report


def _again(
    data: bytes, *, delimiter: str = ",", change: Callable[[str], str] = str, behind: tuple[str, ...] = ()
) -> bytes:
    rows = csv.reader(io.StringIO(data.decode(), newline=""))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
        [[*(change(cell) for cell in row), *behind] for row in rows]
    )
    return text.getvalue().encode()


def _with_comma(cell: str) -> str:
    return cell.replace(".", ",") if cell.lstrip("-").replace(".", "", 1).isdigit() else cell


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@pytest.mark.parametrize(
    "spelt",
    [
        lambda data: data.decode().encode("utf-16"),
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        lambda data: b"sep=,\r\n" + data,
        lambda data: _again(data, delimiter=";", change=_with_comma),
        lambda data: _again(data, delimiter="\t"),
        lambda data: _again(data, behind=("",)),
    ],
    ids=["UTF-16", "CRLF behind a mark", "sep=", "semicolons and decimal commas", "tabs", "quotes and trailing commas"],
)
def test_every_spelling_of_a_report_has_its_totals(maker, spelt: Callable[[bytes], bytes]) -> None:
    plain = a_report(maker)

    read, wanted = (summarise(open_report(io.BytesIO(data))).as_json() for data in (spelt(plain), plain))

    assert read == wanted
    assert wanted["status"] == "balanced"


def test_the_payouts_of_a_stripe_account_keep_their_references() -> None:
    columns = "payout_id,effective_at_utc,effective_at,currency,gross,fee,net,reporting_category,balance_transaction_id,description"
    report = open_report(
        io.BytesIO(f"{columns}\npo_1,2026-11-22 00:00:00,,eur,-9.50,0.00,-9.50,payout,txn_9,\n".encode())
    )

    [row] = report.rows()

    assert (row.kind, row.payout_reference, row.row_key, row.net_minor) == ("payout", "po_1", "txn_9", -950)
