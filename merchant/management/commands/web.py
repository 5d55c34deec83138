"""`manage.py web`: the server."""

import os
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

# A screen's or a terminal's message is a few hundred bytes.
WEBSOCKET_BYTES_MAX = 64 * 1024
# Together with the stop hooks this stays below the 10 s that `up` and process managers grant.
STOP_SECONDS_MAX = 7


class Command(BaseCommand):
    """Serve pages, REST and websockets on one port."""

    help = "Serve pages, REST and websockets on one port."

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the options."""
        parser.add_argument("--host", default=os.environ.get("WEB_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        """Serve until told to stop."""
        uvicorn.run(
            "merchant.asgi:application",
            host=host,
            port=port,
            workers=settings.WEB_PROCESSES,
            lifespan="on",
            access_log=False,
            log_level="info",
            server_header=False,
            proxy_headers=bool(settings.TRUSTED_PROXIES),
            forwarded_allow_ips=settings.TRUSTED_PROXIES,
            timeout_graceful_shutdown=STOP_SECONDS_MAX,
            ws_max_size=WEBSOCKET_BYTES_MAX,
            ws_per_message_deflate=False,
        )
