"""
One simulated terminal: an ordinary client of the terminal protocol with a memory on disk, a customer, and faults on command.

Whatever it began is on disk before it goes on, as with a real device: a power cut loses no result.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from merchant.demo import terminal_customer as customer
from merchant.demo.terminal_bank import Answer, Asked, Bank, failure
from merchant.demo.terminal_memory import Memory, Settings

HEARTBEAT_SECONDS = 10
RECONNECT_FIRST_SECONDS, RECONNECT_SECONDS_MAX = 0.25, 5.0
# A person finds the card, types the PIN; the host thinks. Least and most, at speed 1.
STEP_SECONDS = {"card": (1.5, 4.0), "pin": (2.0, 5.0), "signature": (2.0, 4.0), "bank": (0.4, 1.2)}
_NO_PRINTER = ("paper_out", "printer")


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One entry of the configuration file. `temper` may hold `decline` and `drop`: chances between 0 and 1 for each payment."""

    serial: str
    token: str
    terminal_key: str
    sandbox_url: str
    ws_url: str
    temper: dict[str, float] = field(default_factory=dict)


class Device:
    """The terminal. `faults` holds what it was told to do wrong; see `terminal_control`."""

    def __init__(self, config: DeviceConfig, *, folder: Path, speed: float) -> None:
        self.config, self._speed = config, speed
        self.state, self.step, self.note, self.service_id = "ready", "", "", ""
        self.fault, self.display, self.software_version, self.clock_off_seconds = "", "", "1.4.0", 0.0
        self.faults: dict[str, Any] = {}
        self.memory = Memory(folder / f"{config.serial}.json")
        self.settings = Settings(folder / f"{config.serial}.settings.json")
        self.bank = Bank(url=config.sandbox_url, key=config.terminal_key, serial=config.serial)
        self.random = random.Random(config.serial)
        self._line: ClientConnection | None = None
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._work: asyncio.Task[None] | None = None
        self.battery_percent = 60 + len(config.serial) % 40
        self._is_frozen = self._is_off = False

    @property
    def is_online(self) -> bool:
        """Whether its line is open."""
        return self._line is not None

    async def run(self) -> None:
        """Live until cancelled: settle what a power cut interrupted, then keep the line open."""
        await self._settle_interrupted()
        wait = RECONNECT_FIRST_SECONDS
        while True:
            await self._may_connect.wait()
            try:
                headers = {"Authorization": f"Terminal {self.config.token}"}
                async with connect(
                    self.config.ws_url, additional_headers=headers, open_timeout=5, close_timeout=1, proxy=None
                ) as line:
                    wait = RECONNECT_FIRST_SECONDS
                    await self._converse(line)
            except (OSError, TimeoutError, websockets.WebSocketException):
                pass
            await asyncio.sleep(wait * (0.5 + self.random.random()))
            wait = min(wait * 2, RECONNECT_SECONDS_MAX)

    async def _settle_interrupted(self) -> None:
        for service_id, entry in list(self.memory.entries.items()):
            if entry["answer"] is None:
                answer = await self.bank.settle(Asked(entry["category"], entry["body"]))
                self.memory.keep(service_id, entry | {"answer": answer})

    async def freeze(self, seconds: float) -> None:
        """Say and hear nothing for `seconds` with the line open; the card side goes on by itself."""
        self._is_frozen = True
        self._may_connect.clear()
        asyncio.get_running_loop().call_later(seconds, self._thaw)

    def _thaw(self) -> None:
        self._is_frozen = False
        self._may_connect.set()

    async def reboot(self) -> None:
        """Lose its power for a moment in whatever it was doing."""
        await self.drop_line(None)
        self._is_off = True
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        await self._settle_interrupted()
        self._is_off = False
        self.state, self.step, self.note, self.service_id = "ready", "", "", ""
        self.restore_line()

    async def drop_line(self, seconds: float | None) -> None:
        """Cut the line for `seconds`, or until `restore_line`."""
        self._may_connect.clear()
        if self._line is not None:
            self._line.transport.abort()
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, self._may_connect.set)

    def restore_line(self) -> None:
        """Let it connect again."""
        self._may_connect.set()

    async def show(self, state: str, step: str = "", note: str = "") -> None:
        """Change what the terminal does and say so."""
        self.state, self.step, self.note = state, step, note
        await self._report()

    async def _converse(self, line: ClientConnection) -> None:
        self._line = line
        beat = asyncio.create_task(self._beat())
        try:
            facts = {"model": "Simulated S1", "software_version": self.software_version}
            await self._send("login", "request", _new_id(), facts | {"configuration_version": self.settings.version})
            await self._report()
            async for text in line:
                message = json.loads(text)
                if message["header"]["message_type"] == "request" and not self._is_frozen:
                    await self._take(message["header"], message["body"])
        finally:
            self._line = None
            beat.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self._report()

    async def _report(self) -> None:
        body = {
            "event": "status",
            "state": self.state,
            "step": self.step,
            "service_id": self.service_id,
            "note": self.note,
            "battery_percent": self.battery_percent,
            "network": "Wi-Fi 82%",
            "software_version": self.software_version,
            "fault": self.fault,
            "time": self.time(),
        }
        await self._send("event", "notification", _new_id(), body)

    def time(self) -> str:
        """Return what its clock shows."""
        return (datetime.now(UTC) + timedelta(seconds=self.clock_off_seconds)).isoformat()

    async def _send(self, category: str, kind: str, service_id: str, body: dict[str, Any]) -> None:
        if self._line is None or self._is_frozen:
            return
        header = {
            "protocol_version": "1.0",
            "message_class": "event" if category == "event" else "service",
            "message_category": category,
            "message_type": kind,
            "service_id": service_id,
            "sale_id": "tillsyn",
            "poi_id": self.config.serial,
        }
        with suppress(websockets.WebSocketException, OSError):
            await self._line.send(json.dumps({"header": header, "body": body}))

    async def _take(self, header: dict[str, Any], body: dict[str, Any]) -> None:
        category, service_id = header["message_category"], header["service_id"]
        if category in ("payment", "refund"):
            await self._begin(category, service_id, body)
        elif category == "transaction_status":
            await self._send(category, "response", service_id, self._status_of(body["message_reference"]["service_id"]))
        elif category == "abort":
            self._abort(body["message_reference"]["service_id"])
            await self._send(category, "response", service_id, {"result": "success"})
        elif category == "diagnosis" and body.get("kind") == "sample":
            answer = await self.bank.authorise(Asked("payment", body), customer.CARDS[0])
            await self._send(category, "response", service_id, answer)
        elif category == "diagnosis":
            await self._send(category, "response", service_id, self._health())
        elif category == "configuration":
            await self._configure(service_id, body)
        elif category == "display":
            self.display = str(body.get("text", ""))
            await self._send(category, "response", service_id, {"result": "success"})
        else:
            await self._send(category, "response", service_id, {"result": "success"})

    def _health(self) -> Answer:
        return {
            "result": "success",
            "software_version": self.software_version,
            "battery_percent": self.battery_percent,
            "network": "Wi-Fi 82%",
            "printer": self.fault if self.fault in _NO_PRINTER else "ok",
            "host": self.fault != "host",
            "time": self.time(),
        }

    async def _configure(self, service_id: str, body: dict[str, Any]) -> None:
        if self.faults.pop("settings_ignored", False):
            return
        if self.faults.pop("settings_refused", False):
            await self._send("configuration", "response", service_id, failure("not_allowed"))
            return
        self.settings.keep(body["version"], body["settings"])
        await self._send("configuration", "response", service_id, {"result": "success", "version": body["version"]})

    def _status_of(self, service_id: str) -> Answer:
        entry = self.memory.entries.get(service_id)
        if entry is None:
            return failure("not_found")
        return {"result": "success", "repeated": entry["answer"]} if entry["answer"] else failure("in_progress")

    def _abort(self, service_id: str) -> None:
        """Give up before the bank is asked; afterwards its answer decides."""
        if self._work is not None and self.service_id == service_id and self.step in ("", "card", "pin", "signature"):
            self._work.cancel()

    async def _begin(self, category: str, service_id: str, body: dict[str, Any]) -> None:
        entry = self.memory.entries.get(service_id)
        if self.faults.pop("request_lost", False):
            return
        if entry is not None:
            # Asked again: nothing is done a second time.
            answer = entry["answer"] or failure("in_progress")
            await self._send(category, "response", service_id, answer)
        elif self.state != "ready" or self.faults.pop("busy", False):
            await self._send(category, "response", service_id, failure("busy"))
        else:
            self.service_id = service_id
            self.memory.keep(service_id, {"category": category, "body": body, "answer": None})
            self._work = asyncio.create_task(self._pay(category, service_id, body))

    async def _pay(self, category: str, service_id: str, body: dict[str, Any]) -> None:
        asked = Asked(category, body)
        try:
            answer = await customer.meet(self, asked) or await customer.ask_bank(self, service_id, asked)
        except asyncio.CancelledError:
            if self._is_off:
                raise
            answer = failure("aborted")
        if self.faults.pop("receipt_fails", False) or self.fault in _NO_PRINTER:
            answer["receipt_printed"] = False
        customer.spoil(self, answer, asked)
        self.memory.keep(service_id, {"category": category, "body": body, "answer": answer})
        await self._answer(category, service_id, answer)
        await self.show("in_payment", "done")
        await asyncio.sleep(0.5 / self._speed)
        self.service_id = ""
        await self.show("ready")

    async def go(self, step: str, note: str = "") -> None:
        """Show a step for as long as it takes."""
        await self.show("in_payment", step, note)
        await asyncio.sleep(self.random.uniform(*STEP_SECONDS[step]) / self._speed)

    async def _answer(self, category: str, service_id: str, answer: Answer) -> None:
        """Send the answer, with the faults that were asked for. Without a line it waits to be asked."""
        if self.random.random() < self.config.temper.get("drop", 0):
            self.faults.setdefault("drop_before_answer", 6.0)
        if seconds := self.faults.pop("drop_before_answer", None):
            await self.drop_line(seconds)
            return
        if seconds := self.faults.pop("late_answer", None):
            await asyncio.sleep(seconds)
        if self.faults.pop("stray_answer", False):
            await self._send(category, "response", _new_id(), answer)
        for _ in range(2 if self.faults.pop("duplicate_answer", False) else 1):
            await self._send(category, "response", service_id, answer)


def _new_id() -> str:
    return secrets.token_hex(6)
