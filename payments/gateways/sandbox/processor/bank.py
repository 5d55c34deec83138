"""The merchant's bank account: payouts arrive here, other movements are posted by command, a statement a day."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any

from .accounts import Account


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked movement, positive for money in."""

    amount_minor: int
    text: str
    end_to_end_id: str
    bank_reference: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One day; opening plus all entries is closing."""

    iban: str
    owner: str
    currency: str
    date: date
    opening_minor: int
    entries: tuple[Entry, ...]

    @property
    def closing_minor(self) -> int:
        """The balance at the end of the day."""
        return self.opening_minor + sum(entry.amount_minor for entry in self.entries)


def add_entry(
    db: sqlite3.Connection, account: Account, day: date, amount_minor: int, text: str, end_to_end_id: str
) -> str:
    """Post one movement in the account's currency, positive for money in; return the bank's reference."""
    number = 1 + db.execute("SELECT count(*) FROM bank_entry WHERE account = ?", (account.name,)).fetchone()[0]
    bank_reference = f"{day:%y%m%d}{number:010d}"
    db.execute(
        "INSERT INTO bank_entry (account, date, amount_minor, text, end_to_end_id, bank_reference)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (account.name, str(day), amount_minor, text, end_to_end_id, bank_reference),
    )
    return bank_reference


def get_statement(db: sqlite3.Connection, account: Account, day: date) -> Statement:
    """Return the statement of `day`, which may be without entries."""
    before = db.execute(
        "SELECT coalesce(sum(amount_minor), 0) FROM bank_entry WHERE account = ? AND date < ?", (account.name, str(day))
    ).fetchone()[0]
    found = db.execute(
        "SELECT * FROM bank_entry WHERE account = ? AND date = ? ORDER BY id", (account.name, str(day))
    ).fetchall()
    return Statement(
        iban=account.iban,
        owner=account.merchant_name,
        currency=account.currency,
        date=day,
        opening_minor=account.bank_opening_minor + before,
        entries=tuple(
            Entry(row["amount_minor"], row["text"], row["end_to_end_id"], row["bank_reference"]) for row in found
        ),
    )


def list_statements(db: sqlite3.Connection, account: Account) -> list[dict[str, Any]]:
    """Return every day that has entries, with its balances."""
    balance = account.bank_opening_minor
    listed = []
    for row in db.execute(
        "SELECT date, count(*) AS entries, sum(amount_minor) AS moved FROM bank_entry WHERE account = ?"
        " GROUP BY date ORDER BY date",
        (account.name,),
    ):
        listed.append(
            {
                "date": row["date"],
                "currency": account.currency,
                "opening_minor": balance,
                "closing_minor": balance + row["moved"],
                "entries": row["entries"],
                "url": f"/v1/bank/statements/{row['date']}",
            }
        )
        balance += row["moved"]
    return listed
