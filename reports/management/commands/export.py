"""`manage.py export KIND --merchant M`: rows of a list as CSV on standard output."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from reports.exports import services
from reports.exports.formats.registry import FORMATS
from reports.exports.services import ExportOrder


class Command(BaseCommand):
    """Writes one file to standard output, and its control totals where asked."""

    help = "Export payments, orders with lines, the journal or the reconciliation as CSV on standard output."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("kind", choices=sorted(FORMATS))
        parser.add_argument("--merchant", required=True, type=UUID, help="the merchant's id")
        parser.add_argument("--from", dest="date_from", default="", help="first business day, YYYY-MM-DD")
        parser.add_argument("--to", dest="date_to", default="", help="last business day, inclusive")
        parser.add_argument(
            "--filter", action="append", default=[], metavar="NAME=VALUE", help="any filter of the list, repeatable"
        )
        parser.add_argument(
            "--totals", metavar="FILE", help="write the control totals there as JSON; - is standard error"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the rows as they come."""
        merchant_id = options["merchant"]
        if not Merchant.objects.filter(id=merchant_id).exists():
            raise CommandError(f"There is no merchant {merchant_id}.")
        order = ExportOrder(options["kind"], _filters(options))
        with acting_for(merchant_id):
            try:
                stream = services.open_stream(order, with_totals=bool(options["totals"]))
            except AppError as refusal:
                raise CommandError(refusal.message) from refusal
            services.record_stream(order, now=business_now(merchant_id))
        try:
            for piece in stream:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise CommandError("The reader went away; the file is not whole.") from None
        if options["totals"]:
            _tell_totals(
                options["totals"], {"row_count": stream.totals.row_count, "currencies": stream.totals.currencies}
            )


def _filters(options: dict[str, Any]) -> dict[str, str]:
    filters = {name: options[name] for name in ("date_from", "date_to") if options[name]}
    for pair in options["filter"]:
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"--filter needs NAME=VALUE, not {pair}")
        filters[name] = value
    return filters


def _tell_totals(target: str, totals: dict[str, Any]) -> None:
    text = json.dumps(totals, indent=1)
    if target == "-":
        sys.stderr.write(f"{text}\n")
    else:
        Path(target).write_text(f"{text}\n")
