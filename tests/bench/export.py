"""P7: a CSV of many payments through HTTP, beside `psql` copying the same query."""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import threading
import time
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from merchant.accounts import access
from merchant.core.tenancy import acting_for
from merchant.embedded import postgres
from reports.exports import services
from reports.exports.services import ExportOrder
from tests.bench import processes
from tests.bench.ground import DATABASE, Ground, Shop, settle_tables, web
from tests.bench.table import Row
from tests.factories import a_shop, an_api_key
from tests.factories.bulk import fill

PATH = "/api/v1/exports/payments.csv"
LOOK_SECONDS = 0.05


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P7 and the figures behind them."""
    sold = a_shop(articles=0)
    fill(sold, options.rows)
    settle_tables(ground)
    scope = next(
        name for name, rights in access.SCOPES.items() if {"export.create", "payment.read"} <= frozenset(rights)
    )
    _, key = an_api_key(sold.merchant, scopes=[scope])
    statement = _statement(sold.id)
    with web() as (port, pid):
        _download(port, key)
        pairs = [(_copy(ground, statement), _watched_download(port, pid, key)) for _ in range(options.rounds)]
    ratio = statistics.median(copied / loaded["seconds"] for copied, loaded in pairs)
    growth = max(loaded["growth_mb"] for _, loaded in pairs)
    first = statistics.median(loaded["first_byte_ms"] for _, loaded in pairs)
    rows = [
        Row("P7", "CSV of payments, share of psql's speed", ratio, 0.6, 0.85, "x"),
        Row("P7", "memory while it runs", growth, 40, 25, "MB", is_less_better=True),
        Row("P7", "first byte", first, 300, 300, "ms", is_less_better=True),
    ]
    return rows, {"rows": options.rows, "rounds": [{"psql_seconds": copied, **loaded} for copied, loaded in pairs]}


def _statement(merchant_id: UUID) -> str:
    with acting_for(merchant_id):
        rows = services.open_stream(ExportOrder("payments", {})).rows
    connection.ensure_connection()
    return psycopg.ClientCursor(connection.connection).mogrify(rows.select, tuple(rows.parameters))


def _copy(ground: Ground, statement: str) -> float:
    command = [str(ground.places.binary("psql")), "-q", "-h", str(ground.places.sockets), "-U", postgres.APP, DATABASE]
    begun = time.perf_counter()
    done = subprocess.run(
        command, input=f"COPY ({statement}) TO STDOUT (FORMAT csv)", stdout=subprocess.DEVNULL, text=True, check=False
    )
    assert done.returncode == 0
    return time.perf_counter() - begun


def _watched_download(port: int, pid: int, key: str) -> dict[str, float]:
    before, peak, is_over = processes.resident_bytes(pid), [0], threading.Event()

    def watch() -> None:
        while not is_over.wait(LOOK_SECONDS):
            peak[0] = max(peak[0], processes.resident_bytes(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        figures = _download(port, key)
    finally:
        is_over.set()
        watcher.join()
    return {**figures, "growth_mb": max(0, peak[0] - before) / 2**20}


def _download(port: int, key: str) -> dict[str, float]:
    session = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    begun = time.perf_counter()
    session.request("GET", PATH, headers={"Authorization": f"Bearer {key}"})
    answer = session.getresponse()
    assert answer.status == 200, answer.read()
    answer.read(1)
    first = time.perf_counter() - begun
    size = 1
    with open(os.devnull, "wb") as sink:
        while part := answer.read(1 << 20):
            size += len(part)
            sink.write(part)
    return {"seconds": time.perf_counter() - begun, "first_byte_ms": first * 1000, "size_mb": size / 2**20}
