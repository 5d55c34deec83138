"""
How tests and the demo make simulated terminals misbehave: a few HTTP requests on 127.0.0.1.

`GET /terminals`, `POST /terminals/<serial>/<command>` with a JSON object of options. Commands:

- the line: `drop` (`seconds`), `offline`, `online`, `freeze` (`seconds`: line open, nothing said or heard), `reboot`;
- the device: `needs_care` (`note`, `fault`), `ready`, `updating`, `fault` (`fault`: works on with it), `wrong_clock` (`seconds`), `version` (`version`),
  `battery` (`percent`), `refuse_settings`, `ignore_settings`;
- the next payment's customer: `decline_next`, `partial_next`, `card_next` (`token`), `no_card_next`, `card_removed_next`, `wrong_pin_next` (`tries`), `sign_next`,
  `tip_next` (`amount_minor`);
- the next payment's answer: `lose_request`, `busy_next`, `drop_before_answer` (`seconds`), `late_answer` (`seconds`), `duplicate_answer`, `stray_answer`,
  `receipt_fails`, `say_amount_next` (`by_minor`: says another amount than the bank took), `key_amount_next` (`by_minor`: asks the bank for another amount),
  `other_reference_next`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from merchant.demo.terminal_device import Device

_BODY_BYTES_MAX = 10_000
_CARDS = {
    "decline_next": "tok_decline_do_not_honour",
    "partial_next": "tok_partial",
    "card_next": "tok_visa_ok",
}
_FLAGS = {
    "no_card_next": "no_card",
    "duplicate_answer": "duplicate_answer",
    "stray_answer": "stray_answer",
    "receipt_fails": "receipt_fails",
    "card_removed_next": "card_removed",
    "sign_next": "signature",
    "lose_request": "request_lost",
    "busy_next": "busy",
    "other_reference_next": "other_reference",
    "refuse_settings": "settings_refused",
    "ignore_settings": "settings_ignored",
}
_NUMBERS = {
    "tip_next": ("tip", "amount_minor"),
    "wrong_pin_next": ("wrong_pins", "tries"),
    "say_amount_next": ("said_by", "by_minor"),
    "key_amount_next": ("keyed_by", "by_minor"),
}


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
    if command in _CARDS:
        device.faults["card"] = options.get("token", _CARDS[command])
    elif command in _FLAGS:
        device.faults[_FLAGS[command]] = True
    elif command in _NUMBERS:
        name, option = _NUMBERS[command]
        device.faults[name] = int(options.get(option, 0))
    elif command in ("drop_before_answer", "late_answer"):
        device.faults[command] = float(options.get("seconds", 5))
    elif command in ("needs_care", "ready", "updating"):
        device.fault = str(options.get("fault", ""))
        await device.show(command, note=str(options.get("note", "")))
    elif command in ("fault", "wrong_clock", "version", "battery"):
        _change(device, options)
        await device.show(device.state, device.step, device.note)
    elif not await _obey_with_its_line(device, command, float(options.get("seconds", 5))):
        return "404 Not Found", {"error": f"there is no command {command}"}
    return "200 OK", _described(device)


async def _obey_with_its_line(device: Device, command: str, seconds: float) -> bool:
    if command == "drop":
        await device.drop_line(seconds)
    elif command == "offline":
        await device.drop_line(None)
    elif command == "online":
        device.restore_line()
    elif command == "freeze":
        await device.freeze(seconds)
    elif command == "reboot":
        await device.reboot()
    else:
        return False
    return True


def _change(device: Device, options: dict[str, Any]) -> None:
    """What is wrong with the device itself; it works on."""
    device.fault = str(options.get("fault", device.fault))
    device.clock_off_seconds = float(options.get("seconds", device.clock_off_seconds))
    device.software_version = str(options.get("version", device.software_version))
    device.battery_percent = int(options.get("percent", device.battery_percent))


def _described(device: Device) -> dict[str, Any]:
    return {
        "serial": device.config.serial,
        "is_online": device.is_online,
        "state": device.state,
        "step": device.step,
        "display": device.display,
        "settings": device.settings.values,
        "faults": device.faults,
    }
