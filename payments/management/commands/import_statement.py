"""`manage.py import_statement FILE`: read a bank statement, prove it, and store it unless `--dry-run`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError

from payments.management.importing import REFUSED, ImportCommand, printed_minor
from payments.reconciliation.formats import unpacking
from payments.reconciliation.formats.base import NotAStatement, StatementSummary
from payments.reconciliation.formats.registry import open_statement, summarise

_FROM_BEST_TO_WORST = ("balanced", "unproven", "waiting", "out_of_balance", "refused")


class Command(ImportCommand):
    """See `ImportCommand`."""

    help = "Read a bank statement, prove its balances, and store it."
    account_help = "the bank account the statement belongs to"
    rows = "entries"

    def read(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file."""
        try:
            return _read(options["file"])
        except NotAStatement as reason:
            return StatementSummary.refused(reason).as_json()

    def store(self, options: dict[str, Any]) -> dict[str, Any]:
        """Store the file."""
        try:
            return _import(options["file"], options["account"])
        except NotAStatement as reason:
            return StatementSummary.refused(reason).as_json()

    def prose(self, document: dict[str, Any]) -> str:
        """Tell the statements."""
        return _prose(document)

    def place(self, column: str) -> str:
        """A field of a statement has its name in the format."""
        return column


def _read(path: Path) -> dict[str, Any]:
    _opened(path).close()
    with unpacking.unpacked(path, path.name) as members:
        summaries, left_out = [], []
        for member in members:
            with member.path.open("rb") as stream:
                try:
                    opened = open_statement(stream)
                except NotAStatement as reason:
                    left_out.append((member.name, reason))
                    continue
                summaries.append(summarise(opened))
    if not summaries:
        raise left_out[0][1]
    rest = [(name, reason.message) for name, reason in left_out]
    return _with_rest(_together([summary.as_json() for summary in summaries]), rest)


def _with_rest(document: dict[str, Any], left_out: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Name in the document what of a zip is no statement."""
    if not left_out:
        return document
    return {**document, "left_out": [{"name": name, "reason": reason} for name, reason in left_out]}


def _together(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one document for all files of a zip, or the file's own."""
    if len(documents) == 1:
        return documents[0]
    return {
        "format": documents[0]["format"],
        "status": max((document["status"] for document in documents), key=_FROM_BEST_TO_WORST.index),
        "statements": [statement for document in documents for statement in document["statements"]],
        "row_failures": [failure for document in documents for failure in document["row_failures"]],
        "duplicate_of": None,
    }


def _import(path: Path, account_id: str) -> dict[str, Any]:
    # Imported here: a dry run must not wait for models it does not use.
    from merchant.core.clock import business_now
    from merchant.core.filters import typed_id
    from merchant.core.tenancy import acting_for
    from payments.reconciliation.models import BankAccount
    from payments.reconciliation.statements import services as statement_services

    key = typed_id(account_id)
    account = BankAccount.across_merchants.filter(id=key).first() if key else None
    if account is None:
        raise CommandError(f"there is no bank account {account_id}", returncode=REFUSED)
    _opened(path).close()
    with acting_for(account.merchant_id):
        now = business_now(account.merchant_id)
        try:
            outcome = statement_services.import_statement(path=path, account_id=account.id, name=path.name, now=now)
        except statement_services.StatementRefused as refused:
            told = refused.data
            raise NotAStatement(
                told["reason"], line=told["line"], column=told["column"], code=told["problem"]
            ) from refused
    duplicate_of = str(outcome.duplicate_of) if outcome.duplicate_of else None
    document = {**_together([file.summary for file in outcome.files]), "duplicate_of": duplicate_of}
    return _with_rest(document, [(one.name, one.reason) for one in outcome.left_out])


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotAStatement(f"{path} cannot be opened: {error.strerror}", code="file_unreadable") from error


def _prose(document: dict[str, Any]) -> str:
    lines = [f"{document['format'] or 'no statement'}: {document['status'].replace('_', ' ')}"]
    for statement in document["statements"]:
        moved = printed_minor(statement["sum_minor"], statement["currency"])
        difference = statement["difference_minor"]
        told = f", difference {printed_minor(difference, statement['currency'])}" if difference else ""
        lines.append(f"{statement['account']} {statement['number']}: {statement['entries']} entries, {moved}{told}")
    lines += [f"left out: {one['name']}: {one['reason']}" for one in document.get("left_out", ())]
    return "\n".join(lines)
