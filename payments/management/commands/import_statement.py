"""`manage.py import_statement FILE`: read a bank statement, prove it, and store it unless `--dry-run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.management.printing import REFUSED, print_document, printed_minor
from payments.reconciliation.formats.base import NotAStatement, StatementSummary
from payments.reconciliation.formats.registry import open_statement, summarise


class Command(BaseCommand):
    """Exit code 0: read, balanced or not. 2: refused, nothing stored. 1: our own fault."""

    help = "Read a bank statement, prove its balances, and store it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", help="the bank account the statement belongs to; needed unless --dry-run")
        parser.add_argument("--dry-run", action="store_true", help="read and check, store nothing, need no database")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"] and not options["account"]:
            raise CommandError("--account is needed unless --dry-run", returncode=REFUSED)
        duplicate_of: str | None = None
        try:
            if options["dry_run"]:
                summary = _read(options["file"])
            else:
                summary, duplicate_of = _import(options["file"], options["account"])
        except NotAStatement as reason:
            summary = StatementSummary.refused(reason)
        if options["json"]:
            print_document(self.stdout, summary.as_json(duplicate_of=duplicate_of))
        else:
            self.stdout.write(_prose(summary))
        self._explain(summary, duplicate_of)

    def _explain(self, summary: StatementSummary, duplicate_of: str | None) -> None:
        for failure in summary.row_failures[:20]:
            where = f", {failure.column}" if failure.column else ""
            self.stderr.write(f"line {failure.line}{where}: {failure.message}")
        if len(summary.row_failures) > 20:
            self.stderr.write(f"and {len(summary.row_failures) - 20} more entries that cannot be trusted")
        if duplicate_of:
            self.stderr.write(f"the same file was imported before as {duplicate_of}")
        if summary.status == "refused":
            raise CommandError("refused; nothing was stored", returncode=REFUSED)


def _read(path: Path) -> StatementSummary:
    with _opened(path) as stream:
        return summarise(open_statement(stream))


def _import(path: Path, account: str) -> tuple[StatementSummary, str | None]:
    # Imported here: a dry run must not wait for models it does not use.
    from payments.reconciliation import services

    _opened(path).close()
    outcome = services.import_statement(path=path, bank_account_id=account)
    return outcome.summary, str(outcome.duplicate_of) if outcome.duplicate_of else None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotAStatement(f"{path} cannot be opened: {error.strerror}", code="file_unreadable") from error


def _prose(summary: StatementSummary) -> str:
    lines = [f"{summary.format or 'no statement'}: {summary.status.replace('_', ' ')}"]
    for statement in summary.statements:
        moved = printed_minor(statement.sum_minor, statement.currency)
        difference = statement.difference_minor
        told = f", difference {printed_minor(difference, statement.currency)}" if difference else ""
        lines.append(f"{statement.account} {statement.number}: {statement.entry_count} entries, {moved}{told}")
    return "\n".join(lines)
