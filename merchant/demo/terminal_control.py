"""
How tests and the demo make simulated terminals misbehave: a few HTTP requests on 127.0.0.1.

`GET /terminals`, `POST /terminals/<serial>/<command>` with a JSON object of options. Commands: `drop` (`seconds`), `offline`, `online`,
`needs_care` (`note`), `ready`, `updating`, `decline_next`, `partial_next`, `card_next` (`token`), `no_card_next`, `drop_before_answer` (`seconds`),
`late_answer` (`seconds`), `duplicate_answer`, `stray_answer`, `receipt_fails`, `tip_next` (`amount_minor`).
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from merchant.demo.terminal_device import Device

_BODY_BYTES_MAX = 10_000


async def serve(devices: dict[str, Device], *, port: int) -> asyncio.Server:
    """Listen on 127.0.0.1 and return the server."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, document = await _handle(reader, devices)
        except (ValueError, asyncio.IncompleteReadError):
            status, document = "400 Bad Request", {"error": "this is not a request"}
        payload = json.dumps(document).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(payload)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port)


async def _handle(reader: asyncio.StreamReader, devices: dict[str, Device]) -> tuple[str, Any]:
    method, path, _ = (await reader.readline()).decode("latin1").split(" ", 2)
    length = 0
    while (line := (await reader.readline()).decode("latin1").strip()) != "":
        name, _, value = line.partition(":")
        length = int(value) if name.lower() == "content-length" else length
    body = json.loads(await reader.readexactly(min(length, _BODY_BYTES_MAX)) or b"{}")
    parts = [part for part in path.split("/") if part]
    if method == "GET" and parts == ["terminals"]:
        return "200 OK", [_described(device) for device in devices.values()]
    if method != "POST" or len(parts) != 3 or parts[1] not in devices:
        return "404 Not Found", {"error": "there is no such terminal"}
    return await _obey(devices[parts[1]], parts[2], body)


async def _obey(device: Device, command: str, options: dict[str, Any]) -> tuple[str, Any]:
    seconds = float(options.get("seconds", 5))
    cards = {
        "decline_next": "tok_decline_do_not_honour",
        "partial_next": "tok_partial",
        "card_next": options.get("token", "tok_visa_ok"),
    }
    flags = {
        "no_card_next": "no_card",
        "duplicate_answer": "duplicate_answer",
        "stray_answer": "stray_answer",
        "receipt_fails": "receipt_fails",
    }
    if command == "drop":
        await device.drop_line(seconds)
    elif command == "offline":
        await device.drop_line(None)
    elif command == "online":
        device.restore_line()
    elif command in ("needs_care", "ready", "updating"):
        await device.show(command, note=str(options.get("note", "")))
    elif command in cards:
        device.faults["card"] = cards[command]
    elif command in flags:
        device.faults[flags[command]] = True
    elif command == "tip_next":
        device.faults["tip"] = int(options.get("amount_minor", 0))
    elif command in ("drop_before_answer", "late_answer"):
        device.faults[command] = seconds
    else:
        return "404 Not Found", {"error": f"there is no command {command}"}
    return "200 OK", _described(device)


def _described(device: Device) -> dict[str, Any]:
    return {
        "serial": device.config.serial,
        "is_online": device.is_online,
        "state": device.state,
        "step": device.step,
        "faults": device.faults,
    }
