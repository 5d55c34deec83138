"""`manage.py import_report FILE`: read a processor's report, check it, and store it unless `--dry-run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.management.printing import REFUSED, print_document, printed_minor
from payments.settlement.formats.base import NotAReport, ReportSummary
from payments.settlement.formats.sniff import open_report, summarise


class Command(BaseCommand):
    """Exit code 0: read, balanced or not. 2: refused, nothing stored. 1: our own fault."""

    help = "Read a processor's settlement report, check that it ties, and store it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", help="the gateway account the report belongs to; needed unless --dry-run")
        parser.add_argument("--gateway", help="take the file only if it is a report of this gateway")
        parser.add_argument("--dry-run", action="store_true", help="read and check, store nothing, need no database")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"] and not options["account"]:
            raise CommandError("--account is needed unless --dry-run", returncode=REFUSED)
        duplicate_of: str | None = None
        try:
            if options["dry_run"]:
                summary = _read(options["file"], options["gateway"])
            else:
                summary, duplicate_of = _import(options["file"], options["account"], options["gateway"])
        except NotAReport as reason:
            summary = ReportSummary.refused(reason)
        if options["json"]:
            print_document(self.stdout, summary.as_json(duplicate_of=duplicate_of))
        else:
            self.stdout.write(_prose(summary))
        self._explain(summary, duplicate_of)

    def _explain(self, summary: ReportSummary, duplicate_of: str | None) -> None:
        for failure in summary.row_failures[:20]:
            where = f", column {failure.column!r}" if failure.column else ""
            self.stderr.write(f"line {failure.line}{where}: {failure.message}")
        if len(summary.row_failures) > 20:
            self.stderr.write(f"and {len(summary.row_failures) - 20} more rows that cannot be trusted")
        if duplicate_of:
            self.stderr.write(f"the same file was imported before as {duplicate_of}")
        if summary.status == "refused":
            raise CommandError("refused; nothing was stored", returncode=REFUSED)


def _read(path: Path, gateway: str | None) -> ReportSummary:
    with _opened(path) as stream:
        return summarise(open_report(stream, gateway=gateway))


def _import(path: Path, account: str, gateway: str | None) -> tuple[ReportSummary, str | None]:
    # Imported here: a dry run must not wait for models it does not use.
    from payments.settlement import services

    _opened(path).close()
    outcome = services.import_report(path=path, gateway_account_id=account, gateway=gateway)
    return outcome.summary, str(outcome.duplicate_of) if outcome.duplicate_of else None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotAReport(f"{path} cannot be opened: {error.strerror}", code="file_unreadable") from error


def _prose(summary: ReportSummary) -> str:
    lines = [f"{summary.format or 'no report'}: {summary.status.replace('_', ' ')}, {summary.rows} rows"]
    for batch in summary.batches:
        payout = (
            "no payout in the file" if batch.payout_minor is None else printed_minor(batch.payout_minor, batch.currency)
        )
        difference = (
            f", difference {printed_minor(batch.difference_minor, batch.currency)}" if batch.difference_minor else ""
        )
        net = printed_minor(batch.net_minor, batch.currency)
        lines.append(f"batch {batch.reference or '-'}: net {net}, payout {payout}{difference}")
    return "\n".join(lines)
