"""`manage.py day`: one trading day, driven through the public interfaces of a running installation."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchant.demo.client import Refused, Unreachable
from merchant.demo.day import Options, run_day
from merchant.demo.installation import NotQuiet
from merchant.demo.telling import lines_of

VAR = Path(__file__).resolve().parents[3] / "var"


class Command(BaseCommand):
    """Drive a day."""

    help = "Make a merchant of its own and drive one trading day through REST and websockets of the running `make run`."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the options."""
        parser.add_argument("--seed", default="7", help="the same seed brings the same outcomes; default: 7")
        parser.add_argument("--sales", type=int, default=500, help="how many customers come; default: 500")
        parser.add_argument("--base-url", default="", help="default: the installation that runs here")
        parser.add_argument("--var", type=Path, default=VAR, help="its folder with the keys; default: var/")

    def handle(self, *, seed: str, sales: int, base_url: str, var: Path, **options: Any) -> None:
        """Run it and print what happened."""
        began = time.monotonic()

        def tell(line: str) -> None:
            self._tell(f"{time.monotonic() - began:6.1f} s  {line}")

        asked = Options(seed=seed, sales=sales, base_url=base_url or _running(var), var=var, tell=tell)
        try:
            day = asyncio.run(run_day(asked))
        except (Refused, Unreachable, NotQuiet, TimeoutError) as problem:
            raise CommandError(f"The day did not end well: {type(problem).__name__}: {problem}") from problem
        for line in lines_of(day, seed=seed, seconds=time.monotonic() - began):
            self._tell(line)
        if day.ledger.troubles:
            raise SystemExit(1)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _running(var: Path) -> str:
    """Return where the installation listens, as `up` noted it."""
    try:
        return f"http://127.0.0.1:{json.loads((var / 'run' / 'up.json').read_text())['port']}"
    except (OSError, ValueError, KeyError):
        raise CommandError("Nothing runs here. Start it with: make run") from None
