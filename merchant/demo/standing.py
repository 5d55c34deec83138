"""What the demo's never-ending clients share: the file they read, the pace they keep, and how they stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

DEFAULT_CONFIG = Path("var/demo.json")
DEFAULT_URL = "http://127.0.0.1:8000"
# A customer who could not be served is forgotten; the shop looks again after this.
TROUBLE_SECONDS = 5.0


def start(title: str, run: Callable[[dict[str, Any], str], Coroutine[Any, Any, None]]) -> None:
    """Read the arguments and the demo's file, and run until interrupted."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("config", nargs="?", type=Path, default=DEFAULT_CONFIG)
    options = parser.parse_args()
    demo = json.loads(options.config.read_text())
    url = os.environ.get("TILLSYN_URL", DEFAULT_URL)
    with suppress(KeyboardInterrupt):
        asyncio.run(_until_told(run(demo, url)))


async def customers(
    serve: Callable[[random.Random, int], Awaitable[None]], *, name: str, pause: tuple[float, float]
) -> None:
    """Serve one customer after another for ever, with a pause of some seconds between; nobody's trouble ends it."""
    chance, number = random.Random(), 0
    await asyncio.sleep(chance.uniform(0, pause[1]))
    while True:
        try:
            await serve(chance, number)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", flush=True)
            await asyncio.sleep(TROUBLE_SECONDS)
        number += 1
        await asyncio.sleep(chance.uniform(*pause))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
