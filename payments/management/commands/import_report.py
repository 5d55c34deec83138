"""`manage.py import_report FILE`: read a processor's report, check it, and store it unless `--dry-run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser

from payments.management.importing import REFUSED, ImportCommand, printed_minor
from payments.settlement.formats.base import NotAReport, ReportSummary
from payments.settlement.formats.sniff import open_report, summarise


class Command(ImportCommand):
    """See `ImportCommand`."""

    help = "Read a processor's settlement report, check that it ties, and store it."
    account_help = "the gateway account the report belongs to"
    rows = "rows"

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be given."""
        super().add_arguments(parser)
        parser.add_argument("--gateway", help="take the file only if it is a report of this gateway")

    def read(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the file."""
        try:
            return _read(options["file"], options["gateway"])
        except NotAReport as reason:
            return ReportSummary.refused(reason).as_json()

    def store(self, options: dict[str, Any]) -> dict[str, Any]:
        """Store the file."""
        try:
            return _import(options["file"], options["account"], options["gateway"])
        except NotAReport as reason:
            return ReportSummary.refused(reason).as_json()

    def prose(self, document: dict[str, Any]) -> str:
        """Tell the batches."""
        return _prose(document)


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
