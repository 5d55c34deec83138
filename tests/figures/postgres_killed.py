"""PostgreSQL is killed under 20 tills, ten times: no acknowledged sale is missing, none is there twice."""

from __future__ import annotations

import threading
import time
from typing import Any

from merchant.core.idempotency.models import StoredAnswer
from merchant.embedded import postgres
from payments.records.models import Payment
from tests.figures.ground import Caller, Installation, new_key, running, until_answered

TILLS, KILLS = 20, 10
BETWEEN_SECONDS = 3.0
# From the kill to the first sale that was acknowledged after it.
FIRST_SALE_SECONDS_MAX = 10.0
NO_SALE_SECONDS_MAX = 60.0


def measure() -> tuple[bool, dict[str, Any]]:
    """Let the tills sell, each with a key until it is answered, while the server is killed again and again."""
    acknowledged: dict[str, bytes] = {}
    failures: list[str] = []
    is_over = threading.Event()
    sold_at: list[float] = []
    with running("web", tills=TILLS) as place:
        tills = [
            threading.Thread(target=_sell, args=(place, token, is_over, acknowledged, failures, sold_at), daemon=True)
            for token in place.tokens
        ]
        for till in tills:
            till.start()
        back, restarted = [], []
        for _ in range(KILLS):
            time.sleep(BETWEEN_SECONDS)
            killed_at = time.monotonic()
            place.kill_server(postgres)
            place.servers.restart()
            restarted.append(round(time.monotonic() - killed_at, 2))
            back.append(round(_first_sale_after(time.monotonic(), sold_at) - killed_at, 2))
        time.sleep(BETWEEN_SECONDS)
        is_over.set()
        for till in tills:
            till.join()
        with place.acting():
            stored = dict(StoredAnswer.objects.filter(merchant_id=place.merchant_id).values_list("key", "body"))
            payments = Payment.objects.filter(method="cash").count()
        figures = {
            "tills": TILLS, "kills": KILLS, "acknowledged": len(acknowledged), "missing": sum(key not in stored for key in acknowledged),
            "other_answer": sum(bytes(stored.get(key, b"")) != answer for key, answer in acknowledged.items()), "payments": payments,
            "doubled": payments - len(stored), "first_sale_seconds_max": max(back), "server_back_seconds_max": max(restarted), "failures": failures[:5],
            "violations": place.violations("books", "money", "stock"),
        }  # fmt: skip
    is_right = not (
        figures["missing"] or figures["other_answer"] or figures["doubled"] or failures or figures["violations"]
    )
    return is_right and len(acknowledged) > KILLS * TILLS and max(back) < FIRST_SALE_SECONDS_MAX, figures


def _sell(
    place: Installation, token: str, is_over: threading.Event, acknowledged: dict[str, bytes], failures: list[str], sold_at: list[float],
) -> None:  # fmt: skip
    caller = Caller(place.web_port, f"Device {token}")
    body = {"lines": [{"article": place.shop.mug.sku}], "tendered_minor": 5000}
    while not is_over.is_set():
        key = new_key()
        status, answer = until_answered(lambda key=key: caller.post("sales/", body, key))  # type: ignore[misc]
        if status == 201:
            acknowledged[key] = answer
            sold_at.append(time.monotonic())
        else:
            failures.append(f"{status} {answer[:200]!r}")
    caller.close()


def _first_sale_after(moment: float, sold_at: list[float]) -> float:
    while not sold_at or sold_at[-1] < moment:
        time.sleep(0.01)
        if time.monotonic() - moment > NO_SALE_SECONDS_MAX:
            raise AssertionError("no till sells any more")
    return next(at for at in sold_at if at >= moment)
