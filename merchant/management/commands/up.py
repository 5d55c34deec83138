"""`manage.py up`, as `manage.py help` lists it. `manage.py` itself goes straight to `merchant.up`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from merchant import up


class Command(BaseCommand):
    """Start everything and keep it running."""

    help = "Start everything (PostgreSQL, Valkey, web, relay, worker, beat, sandbox) and keep it running."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the options."""
        up.add_arguments(parser)

    def handle(self, **options: Any) -> None:
        """Run until interrupted."""
        raise SystemExit(up.main(["--port", str(options["port"]), *(["--demo"] if options["demo"] else [])]))
