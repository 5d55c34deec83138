"""`manage.py recon_truth`: make up a trade with planted errors, let the product reconcile it, and judge what it found."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from reports.truth import services


class Command(BaseCommand):
    """Works in a sandbox merchant of its own, which stays."""

    help = "Reconcile a made-up trade whose truth is known, in a merchant of its own; exit 1 on any miss."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("--payments", type=int, default=2_000, help="how many sales (200 and more)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same trade")
        parser.add_argument(
            "--dir", type=Path, help="where the files and truth.json go; without it they are not written"
        )
        parser.add_argument("--keep", action="store_true", help="with no --dir, write them to a new folder and name it")
        parser.add_argument("--json", action="store_true", help="print the verdicts as JSON instead of the table")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, load, import, reconcile, judge, print."""
        folder = options["dir"]
        if folder is None and options["keep"]:
            folder = Path(tempfile.mkdtemp(prefix="tillsyn-truth-"))
        began = time.monotonic()

        def say(words: str) -> None:
            if not options["json"]:
                self.stderr.write(f"{time.monotonic() - began:7.1f} s  {words}")

        result = services.prove(payments=options["payments"], seed=options["seed"], folder=folder, say=say)
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json(), indent=1))
        else:
            self.stdout.write("\n".join(result.as_table()))
        if folder is not None:
            self.stderr.write(f"The files are in {folder}.")
        if not result.holds:
            sys.exit(1)
