"""P12: processors' webhooks beside a view with one SELECT, and the relay beside one Celery task for each row."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchant.celery import app, broker_url
from merchant.core import db, notify
from merchant.core.clock import machine_now
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from payments.gateways.registry import secret_context
from tests.bench import tills
from tests.bench.ground import ROOT, Ground, Shop, settle_tables, web
from tests.bench.one_task import hand_on
from tests.bench.table import Row
from tests.bench.tills import Load
from tests.factories import a_gateway_account

ONE_SELECT = "/api/v1/stores/"
SECRET = "whsec_YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2g="
# What each side works off in a round: about a second of it.
RELAYED, TASKS = 6_000, 1_000
WAIT_SECONDS_MAX = 60

_PUT = """
INSERT INTO core_outbox_event (merchant_id, created_at, next_at, attempts, last_error, id, topic, aggregate, payload)
SELECT %s, now(), %s, 0, '', gen_random_uuid(), 'bench.happened', 'bench:' || gen_random_uuid(), '{"amount_minor": 3750, "currency": "EUR"}'
FROM generate_series(1, %s) RETURNING seq
"""


def measure(ground: Ground, shop: Shop, options: argparse.Namespace) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of P12 and the figures behind them."""
    path = _open_account(shop)
    with web() as (port, _):
        deliver = Load(port, options.seconds / 2, shop.tokens, path, webhook_secret=SECRET)
        select = Load(port, options.seconds / 2, shop.tokens, ONE_SELECT)
        pairs = list(_rounds(deliver, select, options.rounds))
    settle_tables(ground)
    with _relay(), _worker(ground):
        relayed = [(_relayed_per_second(shop), _tasks_per_second(shop)) for _ in range(options.rounds)]
    rows = [
        Row("P12", "webhook intake, share of a view with 1 SELECT", _median(pairs), 0.6, 0.9, "x"),
        Row("P12", "relay, multiple of one Celery task a row", _median(relayed), 5, 5, "x"),
    ]
    return rows, {
        "rounds": [{"webhooks_per_second": round(one), "select_per_second": round(other)} for one, other in pairs],
        "relay_rounds": [
            {"relayed_per_second": round(one), "tasks_per_second": round(other)} for one, other in relayed
        ],
        "statements_of_the_view": _count_statements(shop),
    }


def _open_account(shop: Shop) -> str:
    """Store an account with a secret and return where its webhooks go."""
    account = a_gateway_account(shop.merchant)
    with acting_for(shop.merchant.id):
        account.secret = vault.seal(f'{{"webhook_secret": "{SECRET}"}}', context=secret_context(account.id))
        account.save()
    return f"/webhooks/sandbox/{account.id}/"


def _rounds(deliver: Load, select: Load, count: int) -> Iterator[tuple[float, float]]:
    """Send both kinds in turn, twice a round in opposite order, so that neither always finds the quieter machine."""
    for load in (deliver, select):
        tills.send(Load(**{**vars(load), "seconds": 1.0}))
    for number in range(count):
        seen = {"deliver": 0.0, "select": 0.0}
        for turn, (name, load) in enumerate(
            [("deliver", deliver), ("select", select), ("select", select), ("deliver", deliver)]
        ):
            found = tills.send(Load(**{**vars(load), "seed": 2 + number * 4 + turn}))
            assert found.good == len(found.latencies_ms), found.first_refusal
            seen[name] += found.per_second / 2
        yield seen["deliver"], seen["select"]


def _count_statements(shop: Shop) -> int:
    """Return how many statements the view beside the webhooks takes once its caller is known."""
    client = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Device {shop.tokens[0]}"})
    client.get(ONE_SELECT)
    with CaptureQueriesContext(connection) as seen:
        client.get(ONE_SELECT)
    return len(seen)


def _relayed_per_second(shop: Shop) -> float:
    began = time.perf_counter()
    seqs = _put(shop, RELAYED, is_due=True)
    with acting_for(shop.merchant.id):
        notify.after_commit(notify.RELAY, outbox.PUMP)
    _wait_until_done(seqs)
    return RELAYED / (time.perf_counter() - began)


def _tasks_per_second(shop: Shop) -> float:
    """The rows are due in an hour, so that the relay leaves them alone."""
    seqs = _put(shop, TASKS, is_due=False)
    began = time.perf_counter()
    for seq in seqs:
        hand_on.delay(seq)
    _wait_until_done(seqs)
    return TASKS / (time.perf_counter() - began)


def _put(shop: Shop, count: int, *, is_due: bool) -> list[int]:
    next_at = machine_now() - timedelta(seconds=1) if is_due else machine_now() + timedelta(hours=1)
    return [seq for (seq,) in db.rows(_PUT, [shop.merchant.id, next_at, count])]


def _wait_until_done(seqs: list[int]) -> None:
    def is_done() -> bool:
        waiting = "SELECT EXISTS (SELECT 1 FROM core_outbox_event WHERE done_at IS NULL AND seq BETWEEN %s AND %s)"
        return not db.rows(waiting, [min(seqs), max(seqs)])[0][0]

    _wait(is_done, what="the events")


def _wait(is_true: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited too long for {what}")
        time.sleep(0.01)


@contextmanager
def _relay() -> Iterator[None]:
    with _process("manage.py", "relay"):
        listens = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %%')"
        _wait(lambda: bool(db.rows(listens)[0][0]), what="the relay")
        yield


@contextmanager
def _worker(ground: Ground) -> Iterator[None]:
    app.conf.broker_url = broker_url(ground.redis_url)
    worker = (
        "worker",
        "-I",
        "tests.bench.one_task",
        "-Q",
        "bench",
        "-P",
        "threads",
        "-c",
        "4",
        "--loglevel",
        "WARNING",
    )
    with _process("-m", "celery", "-A", "merchant", *worker, "--without-mingle", "--without-gossip"):
        _wait(lambda: bool(app.control.ping(timeout=0.5)), what="the worker")
        yield


@contextmanager
def _process(*arguments: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "LOG_LEVEL": "WARNING"},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=40)


def _median(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(one / other for one, other in pairs)
