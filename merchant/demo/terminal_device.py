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
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from merchant.demo.terminal_bank import Answer, Asked, Bank, failure

HEARTBEAT_SECONDS = 10
RECONNECT_FIRST_SECONDS, RECONNECT_SECONDS_MAX = 0.25, 5.0
# Above this a PIN is asked for, as with contactless cards in Europe.
CONTACTLESS_MINOR_MAX = 5000
# A person finds the card, types the PIN; the host thinks. Least and most, at speed 1.
STEP_SECONDS = {"card": (1.5, 4.0), "pin": (2.0, 5.0), "bank": (0.4, 1.2)}
CARDS = ("tok_visa_ok", "tok_mc_ok", "tok_girocard_ok", "tok_amex_ok")
POOR_CARD = "tok_decline_insufficient_funds"
_REMEMBERED_MAX = 5000


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One entry of the configuration file. `temper` may hold `decline` and `drop`: chances between 0 and 1 for each payment."""

    serial: str
    token: str
    terminal_key: str
    sandbox_url: str
    ws_url: str
    temper: dict[str, float] = field(default_factory=dict)


class Memory:
    """What the terminal did, by service id: survives its restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}

    def keep(self, service_id: str, entry: dict[str, Any]) -> None:
        """Write one entry; the file is whole at every moment."""
        self.entries[service_id] = entry
        while len(self.entries) > _REMEMBERED_MAX:
            del self.entries[next(iter(self.entries))]
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(self.entries))
        written.replace(self._path)


class Device:
    """The terminal. `faults` holds what it was told to do wrong; see `terminal_control`."""

    def __init__(self, config: DeviceConfig, *, folder: Path, speed: float) -> None:
        self.config, self._speed = config, speed
        self.state, self.step, self.note, self.service_id = "ready", "", "", ""
        self.faults: dict[str, Any] = {}
        self._memory = Memory(folder / f"{config.serial}.json")
        self._bank = Bank(url=config.sandbox_url, key=config.terminal_key, serial=config.serial)
        self._random = random.Random(config.serial)
        self._line: ClientConnection | None = None
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._work: asyncio.Task[None] | None = None
        self._battery = 60 + len(config.serial) % 40

    @property
    def is_online(self) -> bool:
        """Whether its line is open."""
        return self._line is not None

    async def run(self) -> None:
        """Live until cancelled: settle what a power cut interrupted, then keep the line open."""
        for service_id, entry in list(self._memory.entries.items()):
            if entry["answer"] is None:
                answer = await self._bank.settle(Asked(entry["category"], entry["body"]))
                self._memory.keep(service_id, entry | {"answer": answer})
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
            await asyncio.sleep(wait * (0.5 + self._random.random()))
            wait = min(wait * 2, RECONNECT_SECONDS_MAX)

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
            await self._send("login", "request", _new_id(), {"model": "Simulated S1", "software_version": "1.4.0"})
            await self._report()
            async for text in line:
                message = json.loads(text)
                if message["header"]["message_type"] == "request":
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
            "battery_percent": self._battery,
            "network": "Wi-Fi 82%",
            "software_version": "1.4.0",
        }
        await self._send("event", "notification", _new_id(), body)

    async def _send(self, category: str, kind: str, service_id: str, body: dict[str, Any]) -> None:
        if self._line is None:
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
            answer = await self._bank.authorise(Asked("payment", body), CARDS[0])
            await self._send(category, "response", service_id, answer)
        else:
            await self._send(category, "response", service_id, {"result": "success"})

    def _status_of(self, service_id: str) -> Answer:
        entry = self._memory.entries.get(service_id)
        if entry is None:
            return failure("not_found")
        return {"result": "success", "repeated": entry["answer"]} if entry["answer"] else failure("in_progress")

    def _abort(self, service_id: str) -> None:
        """Give up before the bank is asked; afterwards its answer decides."""
        if self._work is not None and self.service_id == service_id and self.step in ("", "card", "pin"):
            self._work.cancel()

    async def _begin(self, category: str, service_id: str, body: dict[str, Any]) -> None:
        entry = self._memory.entries.get(service_id)
        if entry is not None:
            # Asked again: nothing is done a second time.
            answer = entry["answer"] or failure("in_progress")
            await self._send(category, "response", service_id, answer)
        elif self.state != "ready":
            await self._send(category, "response", service_id, failure("busy"))
        else:
            self.service_id = service_id
            self._memory.keep(service_id, {"category": category, "body": body, "answer": None})
            self._work = asyncio.create_task(self._pay(category, service_id, body))

    async def _pay(self, category: str, service_id: str, body: dict[str, Any]) -> None:
        asked = Asked(category, body)
        try:
            await self._meet_customer(asked)
            if body.get("ask_tip"):
                asked = asked.with_tip(int(self.faults.pop("tip", 0)))
                # Kept before the bank is asked: after a power cut it is settled with its tip.
                self._memory.keep(service_id, {"category": category, "body": asked.body, "answer": None})
            await self._go("bank")
            answer = await self._bank.authorise(asked, self._card())
        except asyncio.CancelledError:
            answer = failure("aborted")
        if self.faults.pop("receipt_fails", False):
            answer["receipt_printed"] = False
        self._memory.keep(service_id, {"category": category, "body": body, "answer": answer})
        await self._answer(category, service_id, answer)
        await self.show("in_payment", "done")
        await asyncio.sleep(0.5 / self._speed)
        self.service_id = ""
        await self.show("ready")

    async def _meet_customer(self, asked: Asked) -> None:
        is_card_missing = self.faults.pop("no_card", False)
        await self._go("card")
        if is_card_missing:
            await asyncio.Event().wait()
        if asked.body["amount_minor"] > CONTACTLESS_MINOR_MAX:
            await self._go("pin")

    async def _go(self, step: str) -> None:
        await self.show("in_payment", step)
        await asyncio.sleep(self._random.uniform(*STEP_SECONDS[step]) / self._speed)

    def _card(self) -> str:
        told: str | None = self.faults.pop("card", None)
        if told is None and self._random.random() < self.config.temper.get("decline", 0):
            return POOR_CARD
        return told or self._random.choice(CARDS)

    async def _answer(self, category: str, service_id: str, answer: Answer) -> None:
        """Send the answer, with the faults that were asked for. Without a line it waits to be asked."""
        if self._random.random() < self.config.temper.get("drop", 0):
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
