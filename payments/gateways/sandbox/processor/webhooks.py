"""Signed webhooks: queued in the transaction of their fact, sent until the receiver says 2xx, replayed on request."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from standardwebhooks import Webhook

from . import delivery, faults
from .accounts import Account, Accounts
from .http import ApiError
from .store import Store

# A receiver that is restarted is back within the first two; the hourly ones (72 of them) cover a weekend.
RETRY_SECONDS = (5, 30, 120, 600, 3600)
ATTEMPTS_MAX = 76
SENDING_MAX = 8
# An event that is to be overtaken waits this long for another one to pass it.
HOLD_SECONDS_MAX = 10


def queue(db: sqlite3.Connection, account: Account, event: str, data: dict[str, Any]) -> None:
    """Queue one event about `data` (which has an `id`); webhook faults that match decide how it travels."""
    if not account.webhook_url:
        return
    # What can come back to the same state more than once counts its changes.
    change = (data["sequence"],) if "sequence" in data else ()
    event_id = account.new_id("evt_", event, data["id"], data.get("status", ""), *change)
    created_at = account.now().isoformat()
    body = {"id": event_id, "type": event, "created_at": created_at, "account": account.name, "data": data}
    travel = faults.travel_of(db, account, event, data)
    now = time.time()
    db.execute(
        "UPDATE webhook SET is_held = 0, due_at = ? WHERE account = ? AND is_held = 1", (now + 0.5, account.name)
    )
    due_at = None if travel.is_dropped else now + travel.delay_seconds + (HOLD_SECONDS_MAX if travel.is_held else 0)
    row = (event_id, account.name, event, json.dumps(body, separators=(",", ":")), due_at, int(travel.is_held))
    insert = "INSERT INTO webhook (id, account, type, body, due_at, is_held) VALUES (?, ?, ?, ?, ?, ?)"
    db.executemany(insert, [row] * travel.copies)


def replay(db: sqlite3.Connection, account: str, event_ids: list[str], event: str) -> int:
    """Queue events again, delivered, dropped or given up: those named, or of one type, or all. Return how many."""
    changed = db.execute(
        "UPDATE webhook SET due_at = ?, attempts = 0, delivered_at = NULL, is_held = 0 WHERE account = ?"
        " AND (? = '[]' OR id IN (SELECT value FROM json_each(?))) AND (? = '' OR type = ?)",
        (time.time(), account, json.dumps(event_ids), json.dumps(event_ids), event, event),
    ).rowcount
    if not changed:
        raise ApiError(404, "not_found", "No such event was ever queued.")
    return changed


class Sender:
    """Sends what is due, at most `SENDING_MAX` at once. What it was doing when it died is simply due again."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(SENDING_MAX, thread_name_prefix="webhook")
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self.wake.clear()
            for row in self._due(SENDING_MAX - len(self._sending)):
                task = asyncio.create_task(self._send(row))
                self._sending[row["seq"]] = task
                task.add_done_callback(partial(self._sent, row["seq"]))
            try:
                await asyncio.wait_for(self.wake.wait(), timeout=self._pause())
            except TimeoutError:
                continue

    def _sent(self, seq: int, _: asyncio.Task[None]) -> None:
        self._sending.pop(seq, None)
        self.wake.set()

    def _due(self, room: int) -> list[sqlite3.Row]:
        if room <= 0:
            return []
        found = self._store.db.execute(
            "SELECT * FROM webhook WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?",
            (time.time(), room + len(self._sending)),
        ).fetchall()
        return [row for row in found if row["seq"] not in self._sending][:room]

    def _pause(self) -> float:
        first = self._store.db.execute("SELECT min(due_at) FROM webhook WHERE due_at > ?", (time.time(),)).fetchone()[0]
        return 5.0 if first is None else min(5.0, max(0.01, first - time.time()))

    async def _send(self, row: sqlite3.Row) -> None:
        try:
            account = self._accounts.get(row["account"])
            headers = _signed_headers(account, row["id"], row["body"])
            body = row["body"].encode()
            loop = asyncio.get_running_loop()
            said = str(await loop.run_in_executor(self._threads, delivery.post, account.webhook_url, body, headers))
        except Exception as error:  # whatever the receiver does, its event stays queued
            said = f"{type(error).__name__}: {error}"[:200]
        now = time.time()
        attempts = row["attempts"] + 1
        is_delivered = said.startswith("2")
        wait = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]
        due_at = None if is_delivered or attempts >= ATTEMPTS_MAX else now + wait
        self._store.db.execute(
            # A replay that was asked meanwhile has moved due_at, and stays due.
            "UPDATE webhook SET attempts = ?, due_at = ?, delivered_at = ?, last_answer = ?"
            " WHERE seq = ? AND due_at = ?",
            (attempts, due_at, now if is_delivered else None, said, row["seq"], row["due_at"]),
        )


def _signed_headers(account: Account, event_id: str, body: str) -> dict[str, str]:
    """One signature for each of the account's secrets, so that a secret can be changed without losing an event."""
    moment = datetime.now(UTC)
    signatures = [Webhook(secret).sign(event_id, moment, body) for secret in account.webhook_secrets]
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
