"""`manage.py restore FILE`: stand an installation up from a backup, and prove that it is the same."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from merchant.backups import services
from merchant.backups.archive import NotABackup
from merchant.core.clock import machine_now


class Command(BaseCommand):
    """Fills an empty database; refuses any other."""

    help = "Restore a backup into an empty database, prove it, and leave everything outbound paused."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--into-empty", action="store_true", help="delete everything in the database first")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Restore, prove, and say what was proven."""
        try:
            done = services.restore(path=file.absolute(), empties=options["into_empty"], now=machine_now())
        except (NotABackup, services.CannotRestore) as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"Restored {done.rows} rows and {done.manifest.files} files of {done.manifest.created_at}.")
        self.stdout.write(f"Books {done.manifest.ledger_sha256}: the same.")
        self.stdout.write(f"{done.refused} kinds of damage to the books were tried and refused by PostgreSQL.")
        if done.let_through:
            self.stdout.write(f"NOT refused, because the application owns its tables: {', '.join(done.let_through)}.")
        self.stdout.write(
            "Nothing is sent to the outside (payments, mails, webhooks) until you type: manage.py resume_outbound"
        )
