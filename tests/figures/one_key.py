"""10,000 HTTP retries of one key over 50 connections: one effect, no 5xx."""

from __future__ import annotations

import json
from typing import Any

from payments.records.models import Operation, Payment
from tests.figures.ground import Caller, checkout_body, new_key, running, wait_for
from tests.figures.senders import request, send_all

RETRIES = 10_000
CONNECTIONS = 50
P99_MS_MAX = 1000.0


def measure() -> tuple[bool, dict[str, Any]]:
    """Pay one checkout by card 10,000 times with one key."""
    with running("web", "relay", tills=1) as place:
        caller = Caller(place.web_port, f"Bearer {place.api_key}")
        checkout = json.loads(caller.post("checkouts/", checkout_body(place), new_key())[1])
        caller.close()
        body = json.dumps({"token": "tok_visa_ok"}).encode()
        one = request(f"checkouts/{checkout['id']}/payments/", f"Bearer {place.api_key}", new_key(), body)
        seen = send_all(place.web_port, [one] * RETRIES, connections=CONNECTIONS)
        wait_for(lambda: not place.open_operations(), what="the payment")
        with place.acting():
            effects = {"payments": Payment.objects.count(), "operations": Operation.objects.count()}
        charges = sum(row.kind == "authorise" for row in place.truth())
        good = seen.statuses["202"] + seen.statuses["409"]
        answers_of_effect = [body for body in seen.bodies if b"request_in_flight" not in body]
        figures = {
            "retries": sum(seen.statuses.values()), "connections": CONNECTIONS, "statuses": dict(seen.statuses), **effects, "gateway_calls": charges,
            "different_answers": len(answers_of_effect), "p50_ms": round(seen.percentile(50), 1), "p99_ms": round(seen.percentile(99), 1),
            "per_second": round(RETRIES / seen.seconds), "violations": place.violations("books", "money", "processor"),
        }  # fmt: skip
    once = effects == {"payments": 1, "operations": 1} and charges == 1 and len(answers_of_effect) == 1
    return good == RETRIES and once and figures["p99_ms"] < P99_MS_MAX and not figures["violations"], figures
