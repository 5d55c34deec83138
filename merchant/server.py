"""
`python -m merchant.server`: pages, REST and websockets on one port, in a few processes.

The parent process only hands out the socket and replaces workers that die; so it reads settings and nothing more.
"""

from __future__ import annotations

import argparse
import os

import uvicorn

# A screen's or a terminal's message is a few hundred bytes.
WEBSOCKET_BYTES_MAX = 64 * 1024
# A worker that says nothing for so long is replaced. One that starts on a busy machine needs more than uvicorn's five seconds until it first answers its
# parent; replaced by then, the next would come no further, and nobody would serve.
SILENCE_SECONDS_MAX = 30
# Together with the stop hooks this stays below the 8 s that `up` grants.
STOP_SECONDS_MAX = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line; used by `manage.py web` too."""
    parser.add_argument("--host", default=os.environ.get("WEB_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=8000)


def serve(*, host: str, port: int) -> None:
    """Serve until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
    from django.conf import settings

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
        timeout_worker_healthcheck=SILENCE_SECONDS_MAX,
        ws="merchant.ready_frames:ReadyFrameProtocol",
        ws_max_size=WEBSOCKET_BYTES_MAX,
        ws_per_message_deflate=False,
    )


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="merchant.server", description=__doc__)
    add_arguments(parser)
    options = parser.parse_args()
    serve(host=options.host, port=options.port)


if __name__ == "__main__":
    main()
