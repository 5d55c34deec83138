"""
Simulated card terminals: `python -m merchant.demo.terminals [CONFIG] [--speed 1] [--control-port 8040] [--data FOLDER]`.

The configuration is a JSON list of `{serial, token, terminal_key, sandbox_url, ws_url, temper}`. It is waited for, and read again when it changes: new terminals
are switched on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from merchant.demo.terminal_control import serve
from merchant.demo.terminal_device import Device, DeviceConfig

DEFAULT_CONFIG = Path("var/demo/terminals.json")
_LOOK_EVERY_SECONDS = 1.0


async def run(*, config: Path, data: Path, speed: float, control_port: int) -> None:
    """Switch on what the configuration names, until cancelled."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    devices: dict[str, Device] = {}
    lives: list[asyncio.Task[None]] = []
    server = await serve(devices, port=control_port)
    print(f"terminals: control on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    while True:
        for entry in read_config(config):
            if entry.serial in devices:
                # Paired anew: the next connection shows the new token.
                devices[entry.serial].config = entry
            else:
                devices[entry.serial] = Device(entry, folder=data, speed=speed)
                lives.append(asyncio.create_task(devices[entry.serial].run(), name=entry.serial))
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        for life in [life for life in lives if life.done()]:
            # A terminal that broke says why and takes the program down; whoever watches it starts it again.
            await life


def read_config(path: Path) -> list[DeviceConfig]:
    """Return the terminals of the file; none while it is not there or half written."""
    try:
        entries = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    known = {field.name for field in fields(DeviceConfig)}
    return [DeviceConfig(**{name: value for name, value in entry.items() if name in known}) for entry in entries]


def main() -> None:
    """Read the arguments and run until interrupted."""
    parser = argparse.ArgumentParser(description="Simulated card terminals.")
    parser.add_argument("config", nargs="?", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than people")
    parser.add_argument("--control-port", type=int, default=8040)
    parser.add_argument("--data", type=Path, help="where results are kept; beside the configuration unless given")
    options = parser.parse_args()
    data = options.data or options.config.parent / "terminals"
    with suppress(KeyboardInterrupt):
        asyncio.run(run(config=options.config, data=data, speed=options.speed, control_port=options.control_port))


if __name__ == "__main__":
    main()
