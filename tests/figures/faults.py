"""
0 of 10,000 sales doubled or lost, whatever is killed, dropped, repeated or cut: the sales of a long random fault run, and of the crash matrix.

Tills sell for cash and by card over lines that lose requests and answers and send some twice, while server processes and relays are killed at random.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from merchant.core.idempotency.models import StoredAnswer
from orders.order.models import Order
from payments.records.models import Payment
from tests.figures.ground import MOVED, Caller, Installation, checkout_body, new_key, running, until_answered, wait_for

SALES = 10_000
TILLS = 8
CARD_SHARE = 0.05
# Of the requests, so many are cut before their answer, and so many are sent twice at once.
CUT_SHARE, TWICE_SHARE = 0.2, 0.1
# Killed again only after it sold something: on a busy machine a process needs longer to start than it is left alive, and would do nothing else.
KILL_EVERY_SECONDS = 10.0
CARDS = (
    "tok_visa_ok",
    "tok_visa_ok",
    "tok_timeout_landed",
    "tok_error_500_then_ok",
    "tok_decline_do_not_honour",
    "tok_timeout_not_landed",
)
# A request the processor does not know is cancelled there a minute after it was sent.
RESOLVED_SECONDS_MAX = 300


@dataclass
class Seen:
    """What the tills know."""

    cash: dict[str, str] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    card: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    left: int = SALES
    longest_silence_seconds: float = 0.0
    answered_at: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def takes(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def answered(self) -> None:
        """Note that a sale was acknowledged now. Called under the lock."""
        now = time.monotonic()
        self.longest_silence_seconds = max(self.longest_silence_seconds, now - self.answered_at)
        self.answered_at = now


def measure() -> tuple[bool, dict[str, Any]]:
    """Sell until the count is reached, then look for every sale."""
    seen, is_over = Seen(), threading.Event()
    with running("web", "relay", tills=TILLS) as place:
        kills = Counter[str]()
        killer = threading.Thread(target=_kill, args=(place, seen, is_over, kills), daemon=True)
        tills = [threading.Thread(target=_sell, args=(place, seen, number), daemon=True) for number in range(TILLS)]
        began = time.monotonic()
        for thread in (killer, *tills):
            thread.start()
        for till in tills:
            till.join()
        seconds = time.monotonic() - began
        is_over.set()
        killer.join()
        wait_for(lambda: not place.open_operations(), seconds=RESOLVED_SECONDS_MAX, what="every outcome")
        figures = {
            "sales": len(seen.cash) + len(seen.card),
            "cash": len(seen.cash),
            "card": len(seen.card),
            "seconds": round(seconds),
            "longest_silence_seconds": round(seen.longest_silence_seconds, 1),
        }
        figures |= {"kills": dict(kills), "refused": seen.failures[:5], **_count(place, seen)}
    figures |= _matrix()
    is_right = not (figures["lost"] or figures["doubled"] or figures["violations"] or seen.failures)
    return is_right and figures["sales"] >= SALES, figures


def _sell(place: Installation, seen: Seen, number: int) -> None:
    chance = random.Random(number)
    cash, card = (Caller(place.web_port, who) for who in (f"Device {place.tokens[number]}", f"Bearer {place.api_key}"))
    while seen.takes():
        if chance.random() < CARD_SHARE:
            _sell_by_card(place, seen, card, chance)
        else:
            _sell_for_cash(place, seen, cash, chance)
    cash.close()
    card.close()


def _sell_for_cash(place: Installation, seen: Seen, caller: Caller, chance: random.Random) -> None:
    key, body = new_key(), {"lines": [{"article": place.shop.mug.sku}], "tendered_minor": 5000}
    status, answer = _through_bad_line(caller, "sales/", body, key, chance)
    with seen.lock:
        if status == 201:
            seen.cash[key] = json.loads(answer)["payment_id"]
            seen.answered()
        else:
            seen.unanswered.append(key)
            seen.failures.append(f"cash {status} {answer[:200]!r}")


def _sell_by_card(place: Installation, seen: Seen, caller: Caller, chance: random.Random) -> None:
    status, answer = _through_bad_line(caller, "checkouts/", checkout_body(place), new_key(), chance)
    if status != 201:
        seen.failures.append(f"checkout {status} {answer[:200]!r}")
        return
    checkout = json.loads(answer)
    path, body = f"checkouts/{checkout['id']}/payments/", {"token": chance.choice(CARDS)}
    status, answer = _through_bad_line(caller, path, body, new_key(), chance)
    with seen.lock:
        if status == 202:
            seen.card.append(checkout["order"]["id"])
            seen.answered()
        else:
            seen.failures.append(f"card {status} {answer[:200]!r}")


def _through_bad_line(caller: Caller, path: str, body: Any, key: str, chance: random.Random) -> tuple[int, bytes]:
    if chance.random() < CUT_SHARE:
        caller.post(path, body, key, reads=False)
    if chance.random() < TWICE_SHARE:
        other = Caller(caller._port, caller._authorization)
        threading.Thread(target=lambda: (other.post(path, body, key), other.close())).start()
    return until_answered(lambda: caller.post(path, body, key))


def _kill(place: Installation, seen: Seen, is_over: threading.Event, kills: Counter[str]) -> None:
    """Kill a random process of the server, or the relay, every few seconds in which something was sold. The server's parent starts its own again."""
    chance, killed_at = random.Random("killer"), time.monotonic()
    while not is_over.wait(KILL_EVERY_SECONDS):
        if seen.answered_at < killed_at:
            continue
        killed_at = time.monotonic()
        if chance.random() < 0.5:
            place.kill("relay")
            place.start("relay")
            kills["relay"] += 1
            continue
        workers = _workers(place)
        if workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
            kills["web"] += 1


def _workers(place: Installation) -> list[int]:
    """The processes that serve. The parent hands out the socket; a dead one it has not buried yet is none."""
    found = []
    for child in psutil.Process(place.children["web"].pid).children():
        with suppress(psutil.Error):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def _count(place: Installation, seen: Seen) -> dict[str, Any]:
    cash, card = _count_cash(place, seen), _count_card(place, seen)
    return {
        "lost": cash["lost"] + card["lost"],
        "doubled": cash["doubled"] + card["doubled"],
        "violations": place.violations("books", "money", "stock", "processor"),
    }


def _count_cash(place: Installation, seen: Seen) -> dict[str, int]:
    """
    Lost is an acknowledged sale without a payment of its own. Doubled is a payment that no key stands for.

    A sale whose answer never came through is neither, when it is there once: its till has the key to ask with.
    """
    with place.acting():
        stored = {str(payment) for payment in Payment.objects.filter(method="cash").values_list("id", flat=True)}
        bodies = StoredAnswer.objects.filter(merchant_id=place.merchant_id, key__in=seen.unanswered)
        landed = {json.loads(bytes(body))["payment_id"] for body in bodies.values_list("body", flat=True)}
    acknowledged = set(seen.cash.values())
    return {
        "lost": len(seen.cash) - len(acknowledged & stored),
        "doubled": len(stored - acknowledged - landed),
    }


def _count_card(place: Installation, seen: Seen) -> dict[str, int]:
    """Lost is an order whose books differ from what the processor took. Doubled is a charge beyond an order's first, or of no order."""
    with place.acting():
        captured = dict(Order.objects.filter(id__in=seen.card).values_list("id", "captured_minor"))
        owner = dict(Payment.objects.exclude(method="cash").values_list("operations__reference", "order_id"))
    charged: Counter[Any] = Counter()
    times: Counter[Any] = Counter()
    for row in place.truth():
        if row.kind == "authorise" and row.status in MOVED:
            charged[owner.get(row.reference)] += row.amount_minor
            times[owner.get(row.reference)] += 1
    return {
        "lost": len(seen.card) - sum(captured[order] == charged[order] for order in captured),
        "doubled": sum(count - (order is not None) for order, count in times.items()),
    }


def _matrix() -> dict[str, Any]:
    """The sales of the last crash matrix count too, if it ran."""
    path = Path("var/crash-matrix.json")
    if not path.exists():
        return {"crash_matrix": None}
    told = json.loads(path.read_text())
    return {"crash_matrix": {name: told[name] for name in ("commit", "cases", "green", "sales", "kills")}}
