"""Jobs of terminals: the sample payments of the morning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from merchant.core.clock import business_now, machine_now
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Place
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.models import Merchant, Store
from terminals.card_present import daily
from terminals.devices.models import Terminal

SAMPLES_JOB = "terminals.daily_samples"
# Before any shop opens, and early enough to bring another terminal.
SAMPLES_AT = time(5, 0)


@kind(SAMPLES_JOB)
def begin_daily_samples(run: JobRun) -> dict[str, Any]:
    """Begin a sample payment on each terminal of a store that wants one. A morning that is over is not made up for: it would show nothing."""
    store = Store.objects.get(id=UUID(run.payload["store_id"]))
    today = business_now(run.merchant_id).astimezone(ZoneInfo(store.zone)).date()
    if date.fromisoformat(run.payload["date"]) != today:
        return {"missed": run.payload["date"]}
    became: Counter[str] = Counter()
    done = set(run.cursor.get("done", ()))
    began_at = datetime.combine(today, SAMPLES_AT, ZoneInfo(store.zone))
    for terminal in daily.list_wanted(store_id=store.id, paired_before=began_at):
        if str(terminal.id) in done:
            continue
        done.add(str(terminal.id))
        with run.checkpoint("begun", cursor={"done": sorted(done)}):
            became[daily.begin(terminal=terminal, now=machine_now())] += 1
    return dict(became)


def stores_with_terminals() -> Iterator[Place]:
    """Yield every store with a paired terminal, in its own zone."""
    paired = Terminal.across_merchants.filter(token_hash__isnull=False).values_list("store_id", flat=True).distinct()
    founded = dict(Merchant.objects.values_list("id", "created_at"))
    for store in Store.across_merchants.filter(id__in=list(paired)).order_by("id"):
        since = founded[store.merchant_id].astimezone(ZoneInfo(store.zone)).date()
        yield Place(store.merchant_id, f"store:{store.id}", store.zone, since, {"store_id": str(store.id)})


schedule.register(schedule.Daily(SAMPLES_JOB, SAMPLES_AT, stores_with_terminals))
