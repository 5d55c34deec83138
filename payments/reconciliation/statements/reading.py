"""From a bank's file to statement lines. Overlapping files add nothing twice, and two equal real entries both stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, BinaryIO

from merchant.core import db
from merchant.core.card_numbers import mask
from merchant.core.ids import new_id
from payments.reconciliation.formats import camt
from payments.reconciliation.formats.base import Item, Statement, StatementEntry, StatementSummary, StatementTally
from payments.reconciliation.formats.registry import is_notice
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import ownership, repeats
from payments.reconciliation.statements.opening import open_file
from payments.settlement import plausible

_READ_LINE = """
(id uuid, line_key text, amount_minor bigint, currency text, booked_on date, line_text text, end_to_end_id text,
    bank_reference text, counterparty text, reference text, carried_by text, statement integer)
"""
_COPY = """
COPY read_line (id, line_key, amount_minor, currency, booked_on, line_text, end_to_end_id, bank_reference, counterparty, reference, carried_by, statement) FROM STDIN
"""
_INSERT = """
INSERT INTO bank_statement_line (id, merchant_id, statement_id, bank_account_id, line_key, amount_minor, currency, booked_on, text, end_to_end_id,
    bank_reference, counterparty, reference, carried_by)
SELECT id, %(merchant)s, %(statement)s, %(account)s, line_key, amount_minor, currency, booked_on, left(line_text, 500), left(end_to_end_id, 80),
    left(bank_reference, 80), left(counterparty, 160), left(reference, 140), left(carried_by, 80)
FROM read_line ORDER BY id
ON CONFLICT (merchant_id, bank_account_id, line_key) DO NOTHING
"""


def read(stream: BinaryIO, file: StatementFile) -> StatementSummary:
    """
    Read the file in the caller's transaction and return what it adds up to; nothing of it is a line of the account before `keep`.

    :raises NotAStatement: if it is none, broken further down, or of another account or currency.
    """
    statement = open_file(stream, account=file.bank_account, format_code=file.format)
    return _take(statement.items(), statement.code, file)


def read_pages(streams: Iterable[BinaryIO], file: StatementFile) -> StatementSummary:
    """
    Read the files that together are a statement, in the order of its pages, as `read` does; `file` is the one whose lines they will be.

    :raises NotAStatement: as `read` does.
    """
    return _take(camt.read_pages(streams), file.format, file)


def keep(file: StatementFile, summary: StatementSummary, *, number: int | None = None) -> dict[str, Any]:
    """
    Keep what was read last in the caller's transaction, its booked entries, as lines of `file`; what the account has already is not added again.

    Returns what the file's summary says of it: how many `lines` were read and how many of them were `known` before. Payments that the bank books as one sum are
    lines of their own. `number` is how many of what was read are the file's own, where the pages beside it were read with it.
    """
    number = count_own(summary) if number is None else number
    db.execute("DELETE FROM read_line WHERE statement = ANY(%s)", [_foreign(summary)])
    repeats.drop_repeats(file.bank_account, is_notice=is_notice(summary.format or file.format))
    added = db.execute(_INSERT, {"merchant": file.merchant_id, "statement": file.id, "account": file.bank_account_id})
    return {"lines": {"read": number, "known": max(0, number - added)}}


def count_own(summary: StatementSummary) -> int:
    """Return how many lines of the account what was read last in the caller's transaction has; what is of another account is none."""
    [(number,)] = db.rows("SELECT count(*) FROM read_line WHERE NOT statement = ANY(%s)", [_foreign(summary)])
    return int(number)


def _foreign(summary: StatementSummary) -> list[int]:
    return [statement.index for statement in summary.statements if statement.is_of_another]


_ANY_KNOWN = """
SELECT EXISTS (SELECT FROM read_line r JOIN bank_statement_line l ON l.merchant_id = %(merchant)s AND l.bank_account_id = %(account)s AND l.line_key = r.line_key)
"""


def is_any_known(file: StatementFile) -> bool:
    """Say whether the account has a line like one of what was read last of `file` in the caller's transaction, whatever file brought it first."""
    [(found,)] = db.rows(_ANY_KNOWN, {"merchant": file.merchant_id, "account": file.bank_account_id})
    return bool(found)


_NEW = """
SELECT count(*), coalesce(sum(amount_minor), 0)::bigint FROM read_line r
WHERE NOT EXISTS (SELECT FROM bank_statement_line l WHERE l.merchant_id = %(merchant)s AND l.bank_account_id = %(account)s AND l.line_key = r.line_key)
"""


def count_new(file: StatementFile) -> dict[str, Any]:
    """Return how many entries of what was read last in the caller's transaction the account does not have, and what they come to."""
    [(number, minor)] = db.rows(_NEW, {"merchant": file.merchant_id, "account": file.bank_account_id})
    return {"entries": number, "amount_minor": minor, "currency": file.bank_account.currency}


def _take(items: Iterator[Item], code: str, file: StatementFile) -> StatementSummary:
    tally = StatementTally(code)
    db.temporary_table("read_line", _READ_LINE)
    db.copy_in(_COPY, _lines(items, tally))
    return _with_plausible_days(ownership.only_own(file.bank_account, tally.summary()), file)


def _with_plausible_days(summary: StatementSummary, file: StatementFile) -> StatementSummary:
    """A statement of days that cannot be does not tie."""
    last = plausible.last_day(file.received_at)
    for statement in summary.statements:
        day = statement.closed_on
        if day and not plausible.FIRST_DAY <= day <= last:
            failures = (*summary.row_failures, plausible.failure_of(day.isoformat(), line=1))
            return replace(summary, status="out_of_balance", row_failures=failures)
    return summary


def covers_until(summary: StatementSummary) -> date | None:
    """Return the last day the file's statements speak of."""
    return max((statement.closed_on for statement in summary.statements if statement.closed_on), default=None)


def _lines(items: Iterator[StatementEntry | Statement], tally: StatementTally) -> Iterator[tuple[Any, ...]]:
    for item in items:
        tally.add(item)
        if isinstance(item, Statement) or item.is_pending or item.failures:
            continue
        for key, entry in payments_of(item):
            yield (
                str(new_id()), key, entry.amount_minor, entry.currency, entry.booked_on or entry.value_on, _plain(entry.text),
                _plain(entry.end_to_end_id), _plain(entry.bank_reference), _plain(entry.counterparty_name), _plain(entry.reference),
                entry.carried_by, entry.statement,
            )  # fmt: skip


def payments_of(entry: StatementEntry) -> Iterator[tuple[str, StatementEntry]]:
    """
    Yield the lines an entry becomes, each with its key: itself, or its payments where the bank books several as one sum.

    They are told apart only if they come to exactly the entry and one of them quotes a reference; else the sum is the line.
    """
    details = entry.details
    is_sum = len(details) > 1 and all(detail.currency in ("", entry.currency) for detail in details)
    amounts = [detail.amount_minor for detail in details if detail.amount_minor is not None]
    if not (is_sum and len(amounts) == len(details) and sum(amounts) == entry.amount_minor):
        yield line_key(entry), entry
        return
    if not any(detail.reference for detail in details):
        yield line_key(entry), entry
        return
    carrier = entry.bank_reference or line_key(entry)[:40]
    seen: dict[tuple[object, ...], int] = {}
    for detail, minor in zip(details, amounts, strict=True):
        said = (carrier, entry.currency, minor, detail.end_to_end_id, detail.reference or detail.text, entry.occurrence)
        seen[said] = seen.get(said, 0) + 1
        payment = replace(
            entry, amount_minor=minor, text=detail.text, end_to_end_id=detail.end_to_end_id, reference=detail.reference,
            counterparty_name=detail.counterparty_name, counterparty_iban=detail.counterparty_iban, carried_by=carrier, details=(),
        )  # fmt: skip
        yield f"{_digest(said)}:{seen[said]}", payment


def line_key(entry: StatementEntry) -> str:
    """
    Return what an entry is known by in every file that has it: all the bank says of it, and its number among equals of its statement.

    The bank's own reference is part of it and not all of it, because some banks use one twice.
    """
    return f"{_digest(entry.identity)}:{entry.occurrence}"


def _digest(said: Sequence[object]) -> str:
    return hashlib.sha256("\x1f".join(str(part) for part in said).encode()).hexdigest()


def _plain(text: str) -> str:
    """Text without NUL, and without a card number that only shows once the pieces of a field are put together."""
    return mask(text.replace("\0", " "))
