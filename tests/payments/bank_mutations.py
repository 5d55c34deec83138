"""Rows of the table of `mutations` for bank files, and for files read by a column mapping."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random
from typing import Any

from payments.reconciliation.formats.base import NotAStatement, StatementSummary
from payments.reconciliation.formats.registry import open_statement, summarise
from payments.reconciliation.models import StatementLine
from payments.reconciliation.statements import services as statement_services
from payments.reconciliation.statements.opening import open_mapped
from payments.settlement.formats.mapping import MappingSpec, SavedMapping
from tests.payments.reconciliation.formats.builders import a_bgmax, a_camt, an_mt940, an_ofx

# Reasons that no line of the file is the place of.
OF_THE_WHOLE = {
    "column_missing", "file_broken_off", "file_empty", "not_a_report", "not_a_statement", "other_gateway", "pdf", "statement_missing", "test_file", "xml_doctype",
}  # fmt: skip

_MAPPING = SavedMapping(
    "mapped:",
    "Bank",
    MappingSpec.from_json(
        {
            "side": "statement",
            "currency": "EUR",
            "columns": {"booked_on": "Date", "amount": "Amount", "text": "Text", "balance": "Balance"},
        }
    ),
    "",
)


def _amounts(dice: Random) -> list[int]:
    return [dice.randint(1, 90_000) for _ in range(dice.randint(1, 8))]


def _csv(amounts: list[int]) -> bytes:
    balance, rows = 0, ["Date,Amount,Text,Balance"]
    for minor in amounts:
        balance += minor
        rows.append(f"2026-11-20,{minor // 100}.{minor % 100:02},Transfer,{balance // 100}.{balance % 100:02}")
    return "\r\n".join([*rows, ""]).encode()


def read_statement(content: bytes) -> bool:
    """Say whether a file was read whole."""
    return _was_read(lambda: summarise(open_statement(io.BytesIO(content))))


def read_mapped(content: bytes) -> bool:
    """Say whether a file was read whole by the mapping."""
    return _was_read(lambda: summarise(open_mapped(io.BytesIO(content), _MAPPING)))


def is_placed(line: int | None, code: str) -> bool:
    """Say whether a refusal names the line it is about, or is about the whole file."""
    return line >= 1 if line is not None else code in OF_THE_WHOLE


def _was_read(summarised: Callable[[], StatementSummary]) -> bool:
    try:
        summary = summarised()
    except NotAStatement as refusal:
        assert refusal.message and is_placed(refusal.line, refusal.code)
        return False
    assert summary.status in ("balanced", "unproven", "out_of_balance")
    assert all(failure.line >= 1 and failure.message for failure in summary.row_failures)
    if summary.status == "balanced":
        assert all(statement.difference_minor == 0 for statement in summary.statements)
        assert not summary.row_failures
    return True


def take_statement(books: Any, content: bytes, name: str) -> str:
    """Import a file for the merchant of `books` and return its status, or "refused"."""
    own = content.replace(b"58398257466", ("0000000" + books.bank.hint).encode()[-11:])
    try:
        file = books.take_statement(own, name=name).file
    except statement_services.StatementRefused:
        return "refused"
    assert file.status in ("balanced", "unproven", "out_of_balance", "refused")
    return str(file.status)


def left_by_statements() -> dict[str, int]:
    """Return the lines that files which are not used have left."""
    return {"lines": StatementLine.objects.exclude(statement__status__in=("balanced", "unproven")).count()}


MAKES: dict[str, Callable[[Random], bytes]] = {
    "camt": lambda dice: a_camt(_amounts(dice)),
    "mt940": lambda dice: an_mt940(_amounts(dice)),
    "ofx1": lambda dice: an_ofx(_amounts(dice)),
    "ofx2": lambda dice: an_ofx(_amounts(dice), version=2),
    "bgmax": lambda dice: a_bgmax([_amounts(dice) for _ in range(dice.randint(1, 3))]),
}
MAPPED: dict[str, Callable[[Random], bytes]] = {"bank-csv": lambda dice: _csv(_amounts(dice))}
