"""P9: a processor's CSV read, checked, booked and stored as settlement lines, beside COPY of the same lines into the same table."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.embedded import postgres
from payments.gateways.models import GatewayAccount
from payments.settlement import services as settlement
from tests.bench.ground import DATABASE, Ground, Shop, settle_tables
from tests.bench.settling import write_report
from tests.bench.table import Row
from tests.factories import a_gateway_account

# The same lines under another account and with keys in a row of their own, in the order in which they were stored.
_OTHERS = """
COPY (
    SELECT ('0192' || lpad(to_hex({number}), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(line), 12, '0'))::uuid AS id, {columns}
    FROM settlement_line WHERE gateway_account_id = '{account}' ORDER BY line
) TO STDOUT
"""
_COLUMNS = """
SELECT string_agg(CASE column_name WHEN 'gateway_account_id' THEN '''{other}''::uuid AS gateway_account_id' ELSE column_name END, ', ' ORDER BY ordinal_position),
    string_agg(column_name::text, ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'settlement_line' AND column_name <> 'id'
"""
_PART_BYTES = 1 << 18


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the row of P9 and the figures behind it."""
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            account, other = a_gateway_account(shop.merchant), a_gateway_account(shop.merchant)
            report = Path(folder) / f"report-{number}.csv"
            write_report(report, options.settled)
            # Each is its own file, or the second would be known as the first.
            with report.open("a") as file:
                file.write("\n" * number)
            product = _import(report, account)
            settle_tables(ground)
            plain = _copy(ground, Path(folder) / "lines", account, other, number)
            settle_tables(ground)
            rounds.append({"product_seconds": product, "copy_seconds": plain})
    ratio = statistics.median(one["copy_seconds"] / one["product_seconds"] for one in rounds)
    row = Row("P9", "CSV into settlement lines, share of COPY's speed", ratio, 0.4, 0.7, "x")
    return [row], {"rows": options.settled, "rounds": rounds}


def _import(path: Path, account: GatewayAccount) -> float:
    """Return the seconds from the file's arrival to lines that are checked, stored and booked."""
    with acting_for(account.merchant_id):
        begun = time.perf_counter()
        outcome = settlement.import_report(path=path, account_id=account.id, name=path.name, now=machine_now())
        seconds = time.perf_counter() - begun
    assert outcome.report.status == "posted", outcome.report.summary
    assert outcome.duplicate_of is None
    return seconds


def _copy(ground: Ground, path: Path, account: GatewayAccount, other: GatewayAccount, number: int) -> float:
    """Return the seconds in which COPY alone puts the same lines into the same table."""
    with postgres.connect(places=ground.places, database=DATABASE) as session:
        [(chosen, named)] = session.execute(_COLUMNS.format(other=other.id)).fetchall()  # type: ignore[call-overload]
        query = _OTHERS.format(number=number, columns=chosen, account=account.id)
        with path.open("wb") as file, session.cursor().copy(query) as copy:  # type: ignore[call-overload]
            for part in copy:
                file.write(part)
        begun = time.perf_counter()
        with (
            path.open("rb") as file,
            session.cursor().copy(f"COPY settlement_line (id, {named}) FROM STDIN") as copy,  # type: ignore[call-overload]
        ):
            while part := file.read(_PART_BYTES):
                copy.write(part)
        return time.perf_counter() - begun
