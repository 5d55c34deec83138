"""Start the processor: `python -m payments.gateways.sandbox.processor --port 8020 --data var/sandbox`."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

import uvicorn

from .app import Application
from .http import SeverableProtocol
from .processor import Processor, Settings
from .store import DirectoryInUse


def main() -> int:
    """Serve until stopped; return the exit status."""
    options = _parse()
    key = options.control_key or _kept_control_key(options.data)
    settings = Settings(
        directory=options.data,
        public_url=(options.public_url or f"http://{options.host}:{options.port}").rstrip("/"),
        control_key=key,
        hold_seconds=options.hold_seconds,
    )
    try:
        processor = Processor(settings)
    except DirectoryInUse:
        print(f"Another sandbox processor is using {options.data}. Stop it, or give another --data.", file=sys.stderr)
        return 1
    print(f"Sandbox processor on {settings.public_url}, control key in {options.data / 'control.key'}", flush=True)
    uvicorn.run(
        Application(processor),
        host=options.host,
        port=options.port,
        http=SeverableProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        # Connections that are held without an answer must not hold up a stop.
        timeout_graceful_shutdown=2,
    )
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox processor", description="A payment processor for tests and demos.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="directory of the storage file and the control key")
    parser.add_argument("--control-key", default="", help="default: made once and kept in DATA/control.key")
    parser.add_argument("--public-url", default="", help="how browsers reach this server; default: http://HOST:PORT")
    parser.add_argument("--hold-seconds", type=float, default=30, help="how long an unanswered request is held")
    return parser.parse_args()


def _kept_control_key(directory: Path) -> str:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / "control.key"
    if path.exists():
        return path.read_text().strip()
    key = secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(key + "\n")
    return key


if __name__ == "__main__":
    raise SystemExit(main())
