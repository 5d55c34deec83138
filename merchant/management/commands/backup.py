"""`manage.py backup FILE`: everything needed to stand this installation up again, in one file."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from merchant.backups import services
from merchant.core.clock import machine_now


class Command(BaseCommand):
    """Reads only; the installation goes on working."""

    help = (
        "Write a backup: database, kept files, anchors of the audit log, and keys. The installation may go on working."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("file", type=Path, help="where to write it; an older file there is replaced")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Make the backup and say what is in it."""
        try:
            manifest = services.make_backup(path=file.absolute(), now=machine_now())
        except services.CannotBackUp as reason:
            raise CommandError(str(reason)) from reason
        size = file.stat().st_size / 2**20
        self.stdout.write(f"{file}: {sum(manifest.rows.values())} rows, {manifest.files} files, {size:.1f} MB.")
        self.stdout.write(f"Books {manifest.ledger_sha256}")
        if manifest.secrets:
            self.stdout.write("It holds the keys of this installation: keep it where only you can read it.")
        else:
            self.stdout.write("The keys were given by the environment and are NOT in it: keep them as well.")
