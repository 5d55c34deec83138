"""What the import commands share: their options, what they print, and the code they leave with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchant.core.money import EXPONENTS, Money

# The exit code that says: this is not what was asked for, and nothing was stored.
REFUSED = 2


# More are the same fault again.
_FAILURES_PRINTED_MAX = 20


class ImportCommand(BaseCommand):
    """
    Reads a file, proves it, and stores it unless `--dry-run`. Exit code 0: read, balanced or not. 2: refused, nothing stored. 1: our own fault.

    *Mandatory*: `read`, `store`, `prose`, and the words.
    """

    requires_system_checks = ()
    # Which account a file belongs to, and what it is made of.
    account_help: ClassVar[str]
    rows: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be given."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", help=f"{self.account_help}; needed unless --dry-run")
        parser.add_argument("--dry-run", action="store_true", help="read and check, store nothing, need no database")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, print the document, and leave with the code that says how it went."""
        if not options["dry_run"] and not options["account"]:
            raise CommandError("--account is needed unless --dry-run", returncode=REFUSED)
        document = self.read(options) if options["dry_run"] else self.store(options)
        # ASCII, so that a terminal's encoding cannot break it.
        self.stdout.write(json.dumps(document, indent=2) if options["json"] else self.prose(document))
        self._explain(document)

    def read(self, options: dict[str, Any]) -> dict[str, Any]:
        """Mandatory: return the document of a file that is only read; a file that cannot be read has one, too."""
        raise NotImplementedError

    def store(self, options: dict[str, Any]) -> dict[str, Any]:
        """Mandatory: store the file and return its document, likewise."""
        raise NotImplementedError

    def prose(self, document: dict[str, Any]) -> str:
        """Mandatory: return the document as a person reads it."""
        raise NotImplementedError

    def place(self, column: str) -> str:
        """Defaults to: the name of a column, as it stands in the file."""
        return f"column {column!r}"

    def _explain(self, document: dict[str, Any]) -> None:
        failures = document["row_failures"]
        for failure in failures[:_FAILURES_PRINTED_MAX]:
            where = f", {self.place(failure['column'])}" if failure["column"] else ""
            place = f"line {failure['line']}{where}: " if failure["line"] else ""
            self.stderr.write(f"{place}{failure['message']}")
        if len(failures) > _FAILURES_PRINTED_MAX:
            more = len(failures) - _FAILURES_PRINTED_MAX
            self.stderr.write(f"and {more} more {self.rows} that cannot be trusted")
        if document["duplicate_of"]:
            self.stderr.write(f"the same file was imported before as {document['duplicate_of']}")
        if document["status"] == "refused":
            raise CommandError("refused; nothing was stored", returncode=REFUSED)


def printed_minor(minor: int, currency: str) -> str:
    """Return an amount as a person reads it."""
    return str(Money(minor, currency)) if currency in EXPONENTS else f"{minor} {currency}"
