"""
The processor's own storage: one SQLite file in WAL mode.

A transaction is committed before its request is answered, so a killed process forgets nothing it has said. The
process has one thread and never waits inside a transaction: that is the only lock it needs.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    name TEXT PRIMARY KEY, api_key TEXT NOT NULL UNIQUE, terminal_key TEXT NOT NULL UNIQUE,
    webhook_url TEXT NOT NULL, webhook_secrets TEXT NOT NULL, currency TEXT NOT NULL,
    fee_basis_points INTEGER NOT NULL, fee_fixed_minor INTEGER NOT NULL, zone TEXT NOT NULL, cutoff TEXT NOT NULL,
    merchant_name TEXT NOT NULL, iban TEXT NOT NULL, bank_opening_minor INTEGER NOT NULL, seed TEXT NOT NULL,
    clock_offset_seconds REAL NOT NULL DEFAULT 0, clock_frozen_at TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL, order_reference TEXT NOT NULL,
    store TEXT NOT NULL, terminal TEXT NOT NULL, method TEXT NOT NULL, capture TEXT NOT NULL, currency TEXT NOT NULL,
    authorised_minor INTEGER NOT NULL, captured_minor INTEGER NOT NULL, refunded_minor INTEGER NOT NULL,
    status TEXT NOT NULL, brand TEXT NOT NULL, last4 TEXT NOT NULL, bin_country TEXT NOT NULL, funding TEXT NOT NULL,
    auth_code TEXT NOT NULL, is_partial INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL,
    CHECK (captured_minor <= authorised_minor), CHECK (refunded_minor >= 0)
);
CREATE TABLE IF NOT EXISTS operation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, reference TEXT NOT NULL, id TEXT NOT NULL,
    payment_id TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    requested_minor INTEGER NOT NULL, currency TEXT NOT NULL, order_reference TEXT NOT NULL, store TEXT NOT NULL,
    terminal TEXT NOT NULL, decline_code TEXT NOT NULL, action_url TEXT NOT NULL, landed_at TEXT, business_date TEXT,
    batch INTEGER, fingerprint TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '',
    UNIQUE (account, reference)
);
CREATE INDEX IF NOT EXISTS operation_of_payment ON operation (payment_id);
CREATE INDEX IF NOT EXISTS operation_unbooked ON operation (account, business_date) WHERE batch IS NULL;
CREATE TABLE IF NOT EXISTS payment_detail (
    payment_id TEXT PRIMARY KEY, account TEXT NOT NULL, initiator TEXT NOT NULL, card_token TEXT NOT NULL,
    stored_token TEXT NOT NULL, network_reference TEXT NOT NULL, sca TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payment_detail_stored ON payment_detail (account, stored_token) WHERE stored_token <> '';
CREATE TABLE IF NOT EXISTS tombstone (account TEXT, reference TEXT, PRIMARY KEY (account, reference)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempt (
    account TEXT, reference TEXT, tries INTEGER NOT NULL, PRIMARY KEY (account, reference)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL, payment_id TEXT NOT NULL,
    return_url TEXT NOT NULL, cancel_url TEXT NOT NULL, merchant_name TEXT NOT NULL, challenge TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS task (
    id INTEGER PRIMARY KEY, due_at REAL NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, reference TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS task_due ON task (due_at);
CREATE INDEX IF NOT EXISTS task_of_reference ON task (account, reference);
CREATE TABLE IF NOT EXISTS fault (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL,
    params TEXT NOT NULL, remaining INTEGER, seen INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS fault_of_account ON fault (account, kind);
CREATE TABLE IF NOT EXISTS fault_hit (
    fault INTEGER NOT NULL, reference TEXT NOT NULL, order_reference TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS webhook (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, account TEXT NOT NULL, type TEXT NOT NULL,
    body TEXT NOT NULL, due_at REAL, attempts INTEGER NOT NULL DEFAULT 0, is_held INTEGER NOT NULL DEFAULT 0,
    delivered_at REAL, last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS webhook_due ON webhook (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS webhook_held ON webhook (account) WHERE is_held = 1;
CREATE TABLE IF NOT EXISTS ledger_line (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, type TEXT NOT NULL, reference TEXT NOT NULL,
    payment_id TEXT NOT NULL, gross_minor INTEGER NOT NULL, fee_minor INTEGER NOT NULL, occurred_at TEXT NOT NULL,
    business_date TEXT NOT NULL, batch INTEGER
);
CREATE INDEX IF NOT EXISTS ledger_line_unbooked ON ledger_line (account) WHERE batch IS NULL;
CREATE TABLE IF NOT EXISTS dispute (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, payment_id TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL, phase TEXT NOT NULL DEFAULT 'chargeback',
    round INTEGER NOT NULL DEFAULT 1, sequence INTEGER NOT NULL DEFAULT 1, opened_at TEXT NOT NULL DEFAULT '',
    due_at TEXT NOT NULL DEFAULT '', returned_minor INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS dispute_answer (
    account TEXT NOT NULL, reference TEXT NOT NULL, dispute TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    answer TEXT NOT NULL, PRIMARY KEY (account, reference)
);
CREATE TABLE IF NOT EXISTS batch (
    account TEXT NOT NULL, number INTEGER NOT NULL, date TEXT NOT NULL, report_name TEXT NOT NULL UNIQUE,
    report TEXT NOT NULL, row_count INTEGER NOT NULL, payout_id TEXT NOT NULL, payout_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, created_at TEXT NOT NULL,
    PRIMARY KEY (account, number), UNIQUE (account, date)
);
CREATE TABLE IF NOT EXISTS bank_entry (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, date TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    text TEXT NOT NULL, end_to_end_id TEXT NOT NULL, bank_reference TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS bank_entry_day ON bank_entry (account, date);
"""


# Columns that files of earlier versions do not have.
_ADDED = {
    "dispute": (
        "phase TEXT NOT NULL DEFAULT 'chargeback'",
        "round INTEGER NOT NULL DEFAULT 1",
        "sequence INTEGER NOT NULL DEFAULT 1",
        "opened_at TEXT NOT NULL DEFAULT ''",
        "due_at TEXT NOT NULL DEFAULT ''",
        "returned_minor INTEGER NOT NULL DEFAULT 0",
    ),
}


class DirectoryInUse(Exception):
    """Another processor has this directory open."""


class Store:
    """The open file. `row` and `rows` read; writes happen inside `transaction`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(directory / "processor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise DirectoryInUse(str(directory)) from error
        path = directory / "processor.sqlite3"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self.db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        # NORMAL: a commit survives the death of the process, which is what is promised; a power cut may cost the last.
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(_SCHEMA)
        self._add_columns()

    def _add_columns(self) -> None:
        for table, columns in _ADDED.items():
            known = {row["name"] for row in self.db.execute(f"PRAGMA table_info({table})")}
            for column in columns:
                if column.split()[0] not in known:
                    self.db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what is written inside, or nothing of it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Close the file and give the directory free."""
        self.db.close()
        os.close(self._lock)
