"""P1 to P4: a paid cash sale with three lines over real HTTP, beside pgbench and a trivial view in the same minutes."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchant.core import db
from tests.bench import limit, processes, tills
from tests.bench.ground import Ground, Shop, settle_tables, web
from tests.bench.table import Row
from tests.bench.tills import Load, Seen

SALES = "/api/v1/sales/"
TRIVIAL = "/api/v1/me/"
# The fastest peer of PERFORMANCE.md, measured on two such cores; it took no payment.
PEER_SALES_PER_SECOND = 14.6


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long each part of a round runs."""

    rounds: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Round:
    """What one round saw."""

    pgbench_tps: float
    sales: Seen
    app_ms: float
    postgres_ms: float
    trivial: Seen
    trivial_app_ms: float


def measure(ground: Ground, shop: Shop, lengths: Lengths) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P1 to P4 and the figures behind them."""
    answer = _sell_once(shop)
    script = limit.write_script(shop, answer)
    statements = {count: count_statements(shop, lines=count) for count in (1, 3, 50)}
    deadlocks = _deadlocks()
    with web() as (port, pid):
        tills.send(Load(port, 2, shop.tokens, SALES, shop.skus))
        rounds = [_round(ground, shop, script, port, pid, lengths.seconds, seed) for seed in range(lengths.rounds)]
        memory = processes.resident_bytes(pid)
    deadlocks = _deadlocks() - deadlocks
    oversold = _oversold(shop)
    return _rows(rounds, statements, deadlocks, oversold), {
        "rounds": [_figures(one) for one in rounds],
        "statements": statements,
        "web_resident_mb": round(memory / 2**20),
        "deadlocks": deadlocks,
        "oversold_or_unbalanced": oversold,
    }


def count_statements(shop: Shop, *, lines: int) -> int:
    """Return how many statements a sale of `lines` lines takes once caches are warm, without BEGIN and COMMIT."""
    client = Client(SERVER_NAME="127.0.0.1")
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            _post(client, shop, shop.skus[:lines])
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(control) for query in seen.captured_queries)


def _round(ground: Ground, shop: Shop, script: str, port: int, pid: int, seconds: int, seed: int) -> Round:
    tps = limit.transactions_per_second(ground, script, clients=len(shop.tokens), seconds=seconds)
    # pgbench filled the tables faster than autovacuum looks at them; a session's plans for the foreign keys are still those of the empty ones.
    settle_tables(ground)
    app, postgres = processes.cpu_seconds(pid), processes.cpu_seconds(ground.postgres_pid)
    sales = tills.send(Load(port, seconds, shop.tokens, SALES, shop.skus, seed=seed + 2))
    app, postgres = processes.cpu_seconds(pid) - app, processes.cpu_seconds(ground.postgres_pid) - postgres
    trivial_app = processes.cpu_seconds(pid)
    trivial = tills.send(Load(port, max(2, seconds // 3), shop.tokens, TRIVIAL))
    trivial_app = processes.cpu_seconds(pid) - trivial_app
    good = max(1, sales.good)
    return Round(
        tps, sales, app / good * 1000, postgres / good * 1000, trivial, trivial_app / max(1, trivial.good) * 1000
    )


def _rows(rounds: list[Round], statements: dict[int, int], deadlocks: int, oversold: int) -> list[Row]:
    per_second = statistics.median(one.sales.per_second for one in rounds)
    ratio = statistics.median(one.sales.per_second / one.pgbench_tps for one in rounds)
    app = statistics.median(one.app_ms for one in rounds)
    postgres = statistics.median(one.postgres_ms for one in rounds)
    trivial = statistics.median(one.trivial_app_ms for one in rounds)
    p99 = statistics.median(tills.percentile(one.sales.latencies_ms, 99) for one in rounds)
    failed = sum(one.sales.failures for one in rounds)
    refused = sum(len(one.sales.latencies_ms) - one.sales.good for one in rounds)
    most = max(statements.values())
    return [
        Row("P1", "sales, share of pgbench's transactions", ratio, 0.15, 0.25, "x"),
        Row("P1", "sales, multiple of the fastest peer", per_second / PEER_SALES_PER_SECOND, 20, 35, "x"),
        Row("P2", "CPU a sale, web processes", app, 4, 2.5, "ms", is_less_better=True),
        Row("P2", "CPU a sale, PostgreSQL", postgres, 2, 1.2, "ms", is_less_better=True),
        Row("P2", "CPU a sale, multiple of a trivial view", app / trivial, 8, 5, "x", is_less_better=True),
        Row("P3", "statements a sale, 1 to 50 lines", most, 14, 9, "", is_less_better=True),
        Row(
            "P3",
            "statements more for 50 lines than for 1",
            statements[50] - statements[1],
            0,
            0,
            "",
            is_less_better=True,
        ),
        Row("P4", "p99 of a sale, 16 tills", p99, 150, 75, "ms", is_less_better=True),
        Row(
            "P4",
            "failures, refusals, deadlocks, oversold",
            failed + refused + deadlocks + oversold,
            0,
            0,
            "",
            is_less_better=True,
        ),
    ]


def _figures(one: Round) -> dict[str, Any]:
    return {
        "pgbench_tps": round(one.pgbench_tps, 1),
        "sales_per_second": round(one.sales.per_second, 1),
        "p50_ms": round(tills.percentile(one.sales.latencies_ms, 50), 1),
        "p99_ms": round(tills.percentile(one.sales.latencies_ms, 99), 1),
        "app_cpu_ms": round(one.app_ms, 2),
        "postgres_cpu_ms": round(one.postgres_ms, 2),
        "sender_cpu_ms": round(one.sales.cpu_seconds / max(1, one.sales.good) * 1000, 2),
        "statuses": one.sales.statuses,
        "first_refusal": one.sales.first_refusal,
        "trivial_per_second": round(one.trivial.per_second, 1),
        "trivial_app_cpu_ms": round(one.trivial_app_ms, 2),
    }


def _sell_once(shop: Shop) -> bytes:
    return _post(Client(SERVER_NAME="127.0.0.1"), shop, shop.skus[:3])


def _post(client: Client, shop: Shop, skus: list[str]) -> bytes:
    answer = client.post(
        SALES,
        json.dumps({"lines": [{"article": sku, "quantity": 1} for sku in skus], "tendered_minor": 100_000}),
        content_type="application/json",
        headers={"authorization": f"Device {shop.tokens[0]}", "idempotency-key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.content
    return answer.content


def _deadlocks() -> int:
    return int(db.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


def _oversold(shop: Shop) -> int:
    """Count levels that are below nothing or differ from their movements, and journals that do not sum to zero."""
    [(levels,)] = db.rows(
        """
        SELECT count(*) FROM stock_level l WHERE l.on_hand - l.reserved < 0 OR l.on_hand <>
            (SELECT sum(m.quantity) FROM stock_movement m WHERE m.variant_id = l.variant_id AND m.store_id = l.store_id)
        """
    )
    [(journals,)] = db.rows(
        "SELECT count(*) FROM (SELECT 1 FROM ledger_posting GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0) t"
    )
    return int(levels + journals)
