"""What is to happen later: late landings, results taken back, sessions that end. They are rows: a kill forgets none."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

# Late effects are promised in whole seconds; four looks a second keep them within a quarter.
LOOK_SECONDS = 0.25
BATCH_MAX = 100


def schedule(
    db: sqlite3.Connection, due_at: float, kind: str, account: str, reference: str, payload: dict[str, Any]
) -> None:
    """Have `kind` happen at `due_at`, in seconds of the machine's clock."""
    db.execute(
        "INSERT INTO task (due_at, kind, account, reference, payload) VALUES (?, ?, ?, ?, ?)",
        (due_at, kind, account, reference, json.dumps(payload)),
    )


def due(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return what is due, earliest first."""
    return db.execute(
        "SELECT * FROM task WHERE due_at <= ? ORDER BY due_at LIMIT ?", (time.time(), BATCH_MAX)
    ).fetchall()


def finish(db: sqlite3.Connection, task_id: int) -> None:
    """Forget a task that was done."""
    db.execute("DELETE FROM task WHERE id = ?", (task_id,))


def is_landing(db: sqlite3.Connection, account: str, reference: str) -> bool:
    """Whether a request is still on its way."""
    found = db.execute(
        "SELECT 1 FROM task WHERE account = ? AND reference = ? AND kind = 'land'", (account, reference)
    ).fetchone()
    return found is not None


def drop_landing(db: sqlite3.Connection, account: str, reference: str) -> None:
    """Keep a request that is on its way from landing."""
    db.execute("DELETE FROM task WHERE account = ? AND reference = ? AND kind LIKE 'land%'", (account, reference))
