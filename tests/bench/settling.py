"""
P8: a settlement report read, booked and reconciled, beside one COPY and one FULL OUTER JOIN of the same file.

`python -m tests.bench.settling FILE ACCOUNT` does the product's part in a process of its own, whose memory counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")

if __name__ == "__main__":
    import django

    django.setup()

from django.db import transaction

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.embedded import postgres
from payments.gateways.models import GatewayAccount
from payments.reconciliation import services as reconciliation
from payments.settlement import services as settlement
from tests.bench.ground import DATABASE, ROOT, Ground, Shop, settle_tables
from tests.bench.processes import peak_bytes
from tests.bench.table import Row
from tests.factories import a_gateway_account
from tests.payments.settlement.reports import DAY, HEADER, major

_ORDERS = """
INSERT INTO order_order (id, merchant_id, number, channel_id, store_id, status, fulfilment_status, currency, total_minor, tax_minor, discount_minor,
    secured_minor, captured_minor, refunded_minor, handed_over_minor, email, delivery, note, business_date, created_at, version)
SELECT ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %(merchant)s, 'S' || n, %(channel)s, %(store)s, 'completed', 'fulfilled', 'EUR',
    1000 + n %% 500, 160, 0, 1000 + n %% 500, 1000 + n %% 500, 0, 1000 + n %% 500, '', '{}', '', %(day)s, %(now)s, 1
FROM generate_series(1, %(count)s) n
"""
_PAYMENTS = """
INSERT INTO payment_payment (id, merchant_id, order_id, store_id, gateway_account_id, method, currency, amount_minor, status, authorised_minor,
    captured_minor, capturing_minor, refunded_minor, refunding_minor, voided_minor, card_brand, card_last4, gateway_reference, auth_code,
    decline_code, business_date, created_at)
SELECT id, merchant_id, id, store_id, %(account)s, 'card', currency, total_minor, 'captured', total_minor, total_minor, 0, 0, 0, 0, 'visa', '4242',
    'pay_' || number, '', '', business_date, created_at
FROM order_order WHERE merchant_id = %(merchant)s AND number LIKE 'S%%'
"""
_OPERATIONS = """
INSERT INTO payment_operation (id, merchant_id, payment_id, order_id, gateway_account_id, kind, reference, amount_minor, currency, instrument,
    captures_at_once, reason, status, gateway_reference, decline_code, action_url, actor_key, business_date, requested_at, submitted_at, finished_at,
    landed_at, looks)
SELECT id, merchant_id, id, order_id, gateway_account_id, 'authorise', 'REF' || substr(gateway_reference, 6), amount_minor, currency, '{}', true, '',
    'succeeded', gateway_reference, '', '', 'system:bench', business_date, created_at, created_at, created_at, created_at, 0
FROM payment_payment WHERE merchant_id = %(merchant)s AND gateway_account_id = %(account)s
"""
_PLAIN = [
    "DROP TABLE IF EXISTS bench_staging, bench_result",
    f"CREATE TABLE bench_staging ({', '.join(f'c{number} text' for number in range(HEADER.count(',') + 1))})",
    "CREATE TABLE bench_result (operation_id uuid, reference text, ours bigint, theirs bigint, verdict text)",
]
# Columns of the report: 3 type, 5 operation reference, 16 gross.
_JOIN = """
INSERT INTO bench_result SELECT o.id, coalesce(o.reference, s.c5), o.amount_minor, (s.c16::numeric * 100)::bigint,
    CASE WHEN o.id IS NULL THEN 'unknown' WHEN s.c5 IS NULL THEN 'missing' WHEN o.amount_minor <> (s.c16::numeric * 100)::bigint THEN 'amount' ELSE 'same' END
FROM (SELECT * FROM payment_operation WHERE gateway_account_id = %s) o FULL OUTER JOIN (SELECT * FROM bench_staging WHERE c3 = 'sale') s
    ON s.c5 = o.reference
"""


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P8 and the figures behind them."""
    account = a_gateway_account(shop.merchant, capture_mode="automatic")
    count = options.settled
    values = {
        "merchant": shop.merchant.id,
        "channel": shop.channel.id,
        "store": shop.store.id,
        "account": account.id,
        "day": DAY,
        "now": machine_now(),
        "count": count,
    }
    for statement in (_ORDERS, _PAYMENTS, _OPERATIONS):
        db.execute(statement, values)
        settle_tables(ground)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.csv"
        write_report(path, count)
        plain = [plain_join(ground, path, account)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.settling", str(path), str(account.id)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        product = json.loads(done.stdout)
        plain.append(plain_join(ground, path, account))
    assert product["matched"] == count, product
    ratio = product["seconds"] / statistics.mean(plain)
    rows = [
        Row("P8", "report to reconciliation, multiple of a plain join", ratio, 4, 2, "x", is_less_better=True),
        Row("P8", "memory of its process", product["peak_mb"], 150, 150, "MB", is_less_better=True),
        Row("P8", "rows a repeat changed", product["matched_again"], 0, 0, "", is_less_better=True),
    ]
    return rows, {"rows": count, "plain_seconds": plain, **product}


def write_report(path: Path, count: int) -> None:
    """Write a report of `count` sales and the payout that brings them to zero."""
    total = 0
    with path.open("w") as file:
        file.write(f"{HEADER}\n")
        for number in range(1, count + 1):
            gross, fee = 1000 + number % 500, 20
            total += gross - fee
            file.write(
                f",1,{number},sale,pay_S{number},REF{number},,,,card,visa,4242,,{DAY}T12:00:00+01:00,{DAY},EUR,"
                f"{major(gross)},{major(fee)},{major(gross - fee)},,,,po_1\n"
            )
        file.write(
            f",1,{count + 1},payout,,,,,,,,,,{DAY}T12:00:00+01:00,{DAY},EUR,{major(-total)},0.00,{major(-total)},,,,po_1\n"
        )


def plain_join(ground: Ground, path: Path, account: GatewayAccount) -> float:
    """
    Copy the file into a table, join it once, store the verdicts; return the seconds.

    This is the figure the ratio was set by: end to end from the CSV to durable result rows, with staging and result both logged (278,000 rows a second; with
    both unlogged, which a crash of the database would empty, 548,000). No keys, no checks, no books.
    """
    with postgres.connect(places=ground.places, database=DATABASE) as session:
        for statement in _PLAIN:
            session.execute(statement)
        begun = time.perf_counter()
        with (
            session.cursor().copy("COPY bench_staging FROM STDIN (FORMAT csv, HEADER)") as copy,
            path.open("rb") as file,
        ):
            while part := file.read(1 << 18):
                copy.write(part)
        session.execute("ANALYZE bench_staging")
        session.execute(_JOIN, [account.id])
        seconds = time.perf_counter() - begun
        session.execute(_PLAIN[0])
    return seconds


def main() -> None:
    """Import the file for the account, reconcile, do both again, and print what it took."""
    path, account_id = Path(sys.argv[1]), sys.argv[2]
    account = GatewayAccount.across_merchants.get(id=account_id)
    with acting_for(account.merchant_id):
        begun = time.perf_counter()
        outcome = settlement.import_report(path=path, account_id=account_id, name=path.name, now=machine_now())
        assert outcome.report.status == "posted", outcome.report.status
        imported = time.perf_counter()
        passes = dict(_timed_passes())
        ended = time.perf_counter()
        matched = _matched()
        settlement.import_report(path=path, account_id=account_id, name=path.name, now=machine_now())
        reconciliation.reconcile(now=machine_now())
    figures = {
        "seconds": ended - begun,
        "import_seconds": imported - begun,
        "reconcile_seconds": ended - imported,
        "pass_seconds": passes,
        "matched": matched,
        "matched_again": _matched() - matched,
        "peak_mb": peak_bytes(os.getpid()) / (1 << 20),
        "day": str(date.today()),
    }
    print(json.dumps(figures))


def _timed_passes() -> Iterator[tuple[str, float]]:
    """Do what `reconcile` does and say what each pass took."""
    for name, step in reconciliation.steps(now=machine_now()):
        begun = time.perf_counter()
        with transaction.atomic():
            step()
        yield name, time.perf_counter() - begun


def _matched() -> int:
    return int(db.rows("SELECT count(*) FROM recon_match WHERE undone_at IS NULL")[0][0])


if __name__ == "__main__":
    main()
