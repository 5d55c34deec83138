"""From a bank's file to statement lines. Overlapping files add nothing twice, and two equal real entries both stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from merchant.core import db
from merchant.core.card_numbers import mask
from merchant.core.ids import new_id
from payments.reconciliation import ownership
from payments.reconciliation.formats.base import Statement, StatementEntry, StatementSummary, StatementTally
from payments.reconciliation.formats.registry import open_statement
from payments.reconciliation.models import StatementFile

_READ_LINE = """
(id uuid, line_key text, amount_minor bigint, currency text, booked_on date, line_text text, end_to_end_id text,
    bank_reference text, counterparty text)
"""
_COPY = """
COPY read_line (id, line_key, amount_minor, currency, booked_on, line_text, end_to_end_id, bank_reference, counterparty) FROM STDIN
"""
_INSERT = """
INSERT INTO bank_statement_line (id, merchant_id, statement_id, bank_account_id, line_key, amount_minor, currency, booked_on, text, end_to_end_id,
    bank_reference, counterparty)
SELECT id, %(merchant)s, %(statement)s, %(account)s, line_key, amount_minor, currency, booked_on, left(line_text, 500), left(end_to_end_id, 80),
    left(bank_reference, 80), left(counterparty, 160)
FROM read_line ORDER BY id
ON CONFLICT (merchant_id, bank_account_id, line_key) DO NOTHING
"""


def read(stream: BinaryIO, file: StatementFile) -> StatementSummary:
    """
    Read the file in the caller's transaction, keep its booked entries as lines unless it is out of balance, and return what it adds up to.

    :raises NotAStatement: if it is none, broken further down, or of another account or currency.
    """
    statement = open_statement(stream)
    tally = StatementTally(statement.code)
    db.temporary_table("read_line", _READ_LINE)
    db.copy_in(_COPY, _lines(statement.items(), tally))
    summary = tally.summary()
    for named in summary.statements:
        ownership.demand_own(file.bank_account, named)
    if summary.status in ("balanced", "unproven"):
        db.execute(_INSERT, {"merchant": file.merchant_id, "statement": file.id, "account": file.bank_account_id})
    return summary


def covers_until(summary: StatementSummary) -> date | None:
    """Return the last day the file's statements speak of."""
    return max((statement.closed_on for statement in summary.statements if statement.closed_on), default=None)


def _lines(items: Iterator[StatementEntry | Statement], tally: StatementTally) -> Iterator[tuple[Any, ...]]:
    for item in items:
        tally.add(item)
        if isinstance(item, Statement) or item.is_pending or item.failures:
            continue
        yield (
            str(new_id()), line_key(item), item.amount_minor, item.currency, item.booked_on or item.value_on, _plain(item.text),
            _plain(item.end_to_end_id), _plain(item.bank_reference), _plain(item.counterparty_name),
        )  # fmt: skip


def line_key(entry: StatementEntry) -> str:
    """
    Return what an entry is known by in every file that has it: all the bank says of it, and its number among equals of its statement.

    The bank's own reference is part of it and not all of it, because some banks use one twice.
    """
    said = "\x1f".join(str(part) for part in entry.identity)
    return f"{hashlib.sha256(said.encode()).hexdigest()}:{entry.occurrence}"


def _plain(text: str) -> str:
    """Text without NUL, and without a card number that only shows once the pieces of a field are put together."""
    return mask(text.replace("\0", " "))
