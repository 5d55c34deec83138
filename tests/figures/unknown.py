"""Unknown outcomes are resolved within 60 s (p95) of the gateway answering again, in real time and by the real relay."""

from __future__ import annotations

import json
import time
from typing import Any

from merchant.core.clock import machine_now
from payments.records.models import Operation
from tests.figures.ground import Caller, Installation, checkout_body, new_key, running, wait_for

PAYMENTS = 60
DOWN_SECONDS = 40
P95_SECONDS_MAX = 60.0
# Landed and not answered; not landed and not answered; answered at once.
CARDS = ("tok_timeout_landed", "tok_timeout_not_landed", "tok_visa_ok")
RESOLVED_SECONDS_MAX = 180


def measure() -> tuple[bool, dict[str, Any]]:
    """Let the processor leave payments unanswered, kill it, keep it away, start it, and see how long each outcome stays unknown."""
    with running("web", "relay", tills=1) as place:
        caller = Caller(place.web_port, f"Bearer {place.api_key}")
        for number in range(PAYMENTS):
            checkout = json.loads(caller.post("checkouts/", checkout_body(place), new_key())[1])
            token = {"token": CARDS[number % len(CARDS)]}
            assert caller.post(f"checkouts/{checkout['id']}/payments/", token, new_key())[0] == 202
        caller.close()
        wait_for(lambda: _count(place, "requested") == 0, what="every request to be sent")
        place.kill("processor")
        unknown = wait_for(lambda: place.open_operations(), what="unknown outcomes")
        time.sleep(DOWN_SECONDS)
        still = place.open_operations()
        place.start("processor")
        back = machine_now()
        wait_for(lambda: not place.open_operations(), seconds=RESOLVED_SECONDS_MAX, what="every outcome")
        waited = _waited(place, back)
        figures = {
            "payments": PAYMENTS, "unknown_when_it_died": unknown, "unknown_when_it_came_back": still, "resolved": len(waited),
            "p50_seconds": waited[len(waited) // 2], "p95_seconds": waited[min(len(waited) - 1, int(len(waited) * 0.95))],
            "statuses": {status: _count(place, status) for status in ("succeeded", "failed", "declined")},
            "violations": place.violations("books", "money", "processor"),
        }  # fmt: skip
    return still > 0 and figures["p95_seconds"] <= P95_SECONDS_MAX and not figures["violations"], figures


def _count(place: Installation, status: str) -> int:
    with place.acting():
        return Operation.objects.filter(status=status).count()


def _waited(place: Installation, back: Any) -> list[float]:
    with place.acting():
        ended = Operation.objects.filter(finished_at__gt=back).values_list("finished_at", flat=True)
        return sorted(round((moment - back).total_seconds(), 1) for moment in ended)
