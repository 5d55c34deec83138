"""Opens a bank's file: by a format we know, else by a column mapping whose header it has."""

from __future__ import annotations

from typing import BinaryIO

from payments.reconciliation.formats import mapped
from payments.reconciliation.formats.base import NotAStatement
from payments.reconciliation.formats.registry import OpenStatementFile, StatementFormat, open_statement
from payments.reconciliation.models import BankAccount
from payments.settlement import mapping_queries
from payments.settlement.formats.mapping import STATEMENT, SavedMapping


def open_file(stream: BinaryIO, *, account: BankAccount, format_code: str = "") -> OpenStatementFile:
    """
    Return the statement file in `stream`. `format_code` is that of a file taken in before: one that was read by a mapping is read by the same version again.

    :raises NotAStatement: if neither a format nor a mapping fits.
    """
    known = mapping_queries.find_saved(format_code)
    if known is not None:
        return open_mapped(stream, known)
    try:
        return open_statement(stream)
    except NotAStatement:
        fitting = mapping_queries.find_fitting(stream, side=STATEMENT, account_id=account.id)
        if fitting is None:
            raise
        return open_mapped(stream, fitting)


def open_mapped(stream: BinaryIO, mapping: SavedMapping) -> OpenStatementFile:
    """Return the file in `stream` as `mapping` reads it."""
    statement_format = StatementFormat(mapping.label, lambda _: mapping.code, mapped.reader(mapping.spec))
    return OpenStatementFile(mapping.code, statement_format, stream)
