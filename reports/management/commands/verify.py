"""`manage.py verify --merchant M`: prove everything, print it as a table, and end with 1 where something does not hold."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from reports.verify import planted, services
from reports.verify.look import Planted, Row
from reports.verify.services import Proven

# Longer lists are for --json.
_ROWS_SHOWN = 20


class Command(BaseCommand):
    """Compares what must agree. Changes nothing."""

    help = "Prove a merchant's books, money, goods and machinery; exit 1 and the rows where something does not hold."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("--merchant", required=True, type=UUID, help="the merchant's id")
        parser.add_argument("--json", action="store_true", help="print every row as JSON instead of the table")
        parser.add_argument(
            "--planted", type=Path, metavar="FILE", help="what was planted, as JSON; without it the sandbox is asked"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every check and print the table."""
        merchant_id = options["merchant"]
        if not Merchant.objects.filter(id=merchant_id).exists():
            raise CommandError(f"There is no merchant {merchant_id}.")
        proven = services.verify(merchant_id=merchant_id, planted=_planted(merchant_id, options["planted"]))
        if options["json"]:
            self.stdout.write(json.dumps([_document(line) for line in proven], indent=1, default=str))
        else:
            for text in _table(proven):
                self.stdout.write(text)
        if not all(line.holds for line in proven):
            sys.exit(1)


def _planted(merchant_id: UUID, path: Path | None) -> Sequence[Planted] | None:
    if path is None:
        with acting_for(merchant_id):
            return planted.ask_sandbox()
    try:
        return planted.read_file(path)
    except planted.PlantedUnknown as error:
        raise CommandError(f"This does not say what was planted: {error}") from error


def _document(line: Proven) -> dict[str, Any]:
    findings = line.findings
    return {
        "check": line.check.name,
        "title": line.check.title,
        "result": "holds" if line.holds else "broken",
        "counted": findings.counted,
        "violations": list(findings.violations),
        "items": list(findings.items),
    }


def _table(proven: Sequence[Proven]) -> list[str]:
    width = max(len(line.check.name) for line in proven)
    lines = [f"{'check':<{width}}  result  {'counted':>9}  violations", "-" * (width + 31)]
    for line in proven:
        findings = line.findings
        lines.append(
            f"{line.check.name:<{width}}  {'holds ' if line.holds else 'BROKEN'}  {findings.counted:>9}  {len(findings.violations):>10}"
        )
        lines += _listed(findings.items, "  · ")
        if not line.holds:
            lines.append(f"    must hold: {line.check.title}")
            lines += _listed(findings.violations, "  ! ")
    broken = [line.check.name for line in proven if not line.holds]
    lines.append("")
    lines.append(
        f"{len(proven) - len(broken)} of {len(proven)} checks hold."
        + (f" Broken: {', '.join(broken)}." if broken else "")
    )
    return lines


def _listed(rows: Sequence[Row], mark: str) -> list[str]:
    shown = [
        mark + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
        for row in rows[:_ROWS_SHOWN]
    ]
    more = len(rows) - _ROWS_SHOWN
    return [*shown, f"{mark}and {more} more"] if more > 0 else shown
