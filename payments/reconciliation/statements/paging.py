"""
Pages of one statement that come in files of their own: which files belong together, and which page is missing.

A bank numbers the pages of a long statement (`StmtPgntn`, or `MsgPgntn` of the message) and may send each as a file. A page that does not prove itself waits,
with the status `waiting` and nothing taken of it, until all pages from the first to the one that calls itself the last are there, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from merchant.core import db
from payments.reconciliation.formats.base import StatementSummary
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements.ownership import plain_number

# Banks begin to number anew each year: what came longer ago is of another statement.
TOGETHER_DAYS = 31
# What is looked at to find the other pages; no bank splits a statement into more.
FILES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """The pages of a statement that one file has. `statement` is what the statement is known by: its account, its currency and its number."""

    statement: str
    first: int
    last: int
    is_last: bool


def piece_of(summary: StatementSummary) -> Piece | None:
    """Return the piece that a file is, None if it waits for no page. A file with several such statements is none: nobody can tell which goes on where."""
    waiting = [
        statement for statement in summary.statements if statement.waits_for_pages and not statement.is_of_another
    ]
    if len(waiting) != 1:
        return None
    [found] = waiting
    name = f"{plain_number(found.account)}:{found.currency}:{found.number}"
    return Piece(name, found.first_page, found.last_page, found.is_last_page)


def lock(file: StatementFile) -> None:
    """Wait until no other file of the account is being joined, so that two pages that come at once see each other; it ends with the transaction."""
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"statement_pages:{file.bank_account_id}"])


def list_pages(file: StatementFile, piece: Piece) -> list[tuple[Piece, StatementFile]]:
    """Return what is there of the statement, this file's own piece first and then the newest. A page that came again stands twice."""
    others = StatementFile.objects.filter(
        bank_account_id=file.bank_account_id,
        summary__pages__statement=piece.statement,
        received_at__gte=file.received_at - timedelta(days=TOGETHER_DAYS),
        received_at__lte=file.received_at + timedelta(days=TOGETHER_DAYS),
    ).exclude(id=file.id)
    rows = others.exclude(status="refused").select_for_update(no_key=True).order_by("-id")[:FILES_MAX]
    return [(piece, file), *((Piece(**row.summary["pages"]), row) for row in rows)]


def joined(pages: Sequence[tuple[Piece, StatementFile]]) -> tuple[list[tuple[Piece, StatementFile]], int | None]:
    """Return the files that make the statement in the order of their pages, and the first page that is missing, None if it is whole."""
    found: list[tuple[Piece, StatementFile]] = []
    wanted = 1
    while True:
        fitting = next(((piece, file) for piece, file in pages if piece.first == wanted), None)
        if fitting is None:
            return found, wanted
        found.append(fitting)
        if fitting[0].is_last:
            return found, None
        wanted = max(fitting[0].last, wanted) + 1


def as_json(piece: Piece) -> dict[str, Any]:
    """Return the piece as it is kept in the summary of its file."""
    return asdict(piece)
