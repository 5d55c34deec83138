"""`manage.py web`: the server. `up` starts the same as `python -m merchant.server`, which is there sooner."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from merchant import server


class Command(BaseCommand):
    """Serve pages, REST and websockets on one port."""

    help = "Serve pages, REST and websockets on one port."

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the options."""
        server.add_arguments(parser)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        """Serve until told to stop."""
        server.serve(host=host, port=port)
