"""The broker is killed, and flushed, while tills sell by card and cash: no sale fails and no job is lost."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.embedded import valkey
from merchant.merchants.tasks import SEAL_JOB
from tests.figures.ground import Caller, Installation, checkout_body, new_key, running, wait_for

CASH, CARDS, JOBS = 200, 40, 500
DONE_SECONDS_MAX = 120


def measure() -> tuple[bool, dict[str, Any]]:
    """Queue 500 jobs, sell, kill the broker, sell on, bring it back empty, and wait for the jobs."""
    with running("web", "relay", tills=1) as place:
        answers: list[int] = []
        before = _sell(place, answers, CASH // 4)
        _enqueue(place, 0)
        _wait_until_queued()
        place.kill_server(valkey)
        down = _sell(place, answers, CASH // 2)
        _sell_by_card(place, answers, CARDS // 2)
        _enqueue(place, 1)
        place.servers.restart()
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushall()
        seller = threading.Thread(target=_sell, args=(place, answers, CASH // 4))
        seller.start()
        place.start("worker")
        _sell_by_card(place, answers, CARDS // 2)
        seller.join()
        began = time.monotonic()
        wait_for(lambda: _done(place) == JOBS, seconds=DONE_SECONDS_MAX, what="the jobs")
        figures = {
            "sales": len(answers), "failed_sales": sum(status not in (201, 202) for status in answers), "jobs": JOBS, "lost_jobs": JOBS - _done(place),
            "jobs_done_seconds": round(time.monotonic() - began, 1), "p95_ms_before": before, "p95_ms_while_down": down,
        }  # fmt: skip
        wait_for(lambda: not place.open_operations(), what="the cards")
        figures["violations"] = place.violations("books", "money", "stock", "processor")
    is_right = len(answers) == CASH + CARDS and not (
        figures["failed_sales"] or figures["lost_jobs"] or figures["violations"]
    )
    return is_right, figures


def _sell(place: Installation, answers: list[int], count: int) -> float:
    caller, times = Caller(place.web_port, f"Device {place.tokens[0]}"), []
    for _ in range(count):
        began = time.perf_counter()
        body = {"lines": [{"article": place.shop.mug.sku}], "tendered_minor": 5000}
        answers.append(caller.post("sales/", body, new_key())[0])
        times.append((time.perf_counter() - began) * 1000)
    caller.close()
    return round(sorted(times)[int(len(times) * 0.95)], 1)


def _sell_by_card(place: Installation, answers: list[int], count: int) -> None:
    caller = Caller(place.web_port, f"Bearer {place.api_key}")
    for _ in range(count):
        checkout = json.loads(caller.post("checkouts/", checkout_body(place), new_key())[1])
        answers.append(caller.post(f"checkouts/{checkout['id']}/payments/", {"token": "tok_visa_ok"}, new_key())[0])
    caller.close()


def _enqueue(place: Installation, half: int) -> None:
    with place.acting(), transaction.atomic():
        for number in range(JOBS // 2):
            jobs.enqueue(SEAL_JOB, dedup_key=f"figure:{half}:{number}")


def _wait_until_queued() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        wait_for(lambda: client.llen("tillsyn"), what="the queue")


def _done(place: Installation) -> int:
    with place.acting():
        return Job.objects.filter(dedup_key__startswith="figure:", status="done").count()
