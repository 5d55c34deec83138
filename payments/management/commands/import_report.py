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
        """Say what can be given."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", help="the gateway account the report belongs to; needed unless --dry-run")
        parser.add_argument("--gateway", help="take the file only if it is a report of this gateway")
        parser.add_argument("--dry-run", action="store_true", help="read and check, store nothing, need no database")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, print the document, and leave with the code that says how it went."""
        if not options["dry_run"] and not options["account"]:
            raise CommandError("--account is needed unless --dry-run", returncode=REFUSED)
        try:
            if options["dry_run"]:
                document = _read(options["file"], options["gateway"])
            else:
                document = _import(options["file"], options["account"], options["gateway"])
        except NotAReport as reason:
            document = ReportSummary.refused(reason).as_json()
        if options["json"]:
            print_document(self.stdout, document)
        else:
            self.stdout.write(_prose(document))
        self._explain(document)

    def _explain(self, document: dict[str, Any]) -> None:
        failures = document["row_failures"]
        for failure in failures[:20]:
            where = f", column {failure['column']!r}" if failure["column"] else ""
            self.stderr.write(f"line {failure['line']}{where}: {failure['message']}")
        if len(failures) > 20:
            self.stderr.write(f"and {len(failures) - 20} more rows that cannot be trusted")
        if document["duplicate_of"]:
            self.stderr.write(f"the same file was imported before as {document['duplicate_of']}")
        if document["status"] == "refused":
            raise CommandError("refused; nothing was stored", returncode=REFUSED)


def _read(path: Path, gateway: str | None) -> dict[str, Any]:
    with _opened(path) as stream:
        return summarise(open_report(stream, gateway=gateway)).as_json()


def _import(path: Path, account_id: str, gateway: str | None) -> dict[str, Any]:
    # Imported here: a dry run must not wait for models it does not use.
    from merchant.core.clock import business_now
    from merchant.core.filters import typed_id
    from merchant.core.tenancy import acting_for
    from payments.gateways.models import GatewayAccount
    from payments.settlement import services

    key = typed_id(account_id)
    account = GatewayAccount.across_merchants.filter(id=key).first() if key else None
    if account is None:
        raise CommandError(f"there is no gateway account {account_id}", returncode=REFUSED)
    with _opened(path) as stream:
        if gateway:
            open_report(stream, gateway=gateway)
    with acting_for(account.merchant_id):
        now = business_now(account.merchant_id)
        try:
            outcome = services.import_report(path=path, account_id=account.id, name=path.name, now=now)
        except services.ReportRefused as refused:
            told = refused.data
            raise NotAReport(
                told["reason"], line=told["line"], column=told["column"], code=told["problem"]
            ) from refused
    duplicate_of = str(outcome.duplicate_of) if outcome.duplicate_of else None
    return {**outcome.report.summary, "duplicate_of": duplicate_of}


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotAReport(f"{path} cannot be opened: {error.strerror}", code="file_unreadable") from error


def _prose(document: dict[str, Any]) -> str:
    lines = [f"{document['format'] or 'no report'}: {document['status'].replace('_', ' ')}, {document['rows']} rows"]
    for batch in document["batches"]:
        net = printed_minor(batch["net_minor"], batch["currency"])
        payout, difference = "no payout in the file", ""
        if batch["payout_minor"] is not None:
            payout = printed_minor(batch["payout_minor"], batch["currency"])
        if batch["difference_minor"]:
            difference = f", difference {printed_minor(batch['difference_minor'], batch['currency'])}"
        lines.append(f"batch {batch['reference'] or '-'}: net {net}, payout {payout}{difference}")
    return "\n".join(lines)
