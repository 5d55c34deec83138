"""The socket of a terminal: `/ws/terminal/`. Screens have theirs in `screen_consumers`."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from terminals.drivers.agent import protocol
from terminals.drivers.agent.protocol import Message, MessageRefused
from terminals.drivers.models import TerminalMessage
from terminals.live import answering, services
from terminals.live.line import switchboard
from terminals.live.services import Line, TerminalRefused
from terminals.live.threads import in_thread

logger = logging.getLogger(__name__)

CLOSE_REVOKED, CLOSE_TAKEN_OVER, CLOSE_SILENT, CLOSE_TOO_FAST, CLOSE_TRY_LATER = 4401, 4409, 4408, 4429, 1013
# An agent sends a few messages a second in a payment; more than this is a fault of its.
MESSAGES_PER_SECOND_MAX = 20
# How often silence is looked for.
_WATCH_SECONDS = 0.5


class TerminalConsumer(AsyncWebsocketConsumer):
    """One terminal's line. The rows decide what is sent; this carries it and hands on what comes back."""

    line: Line

    async def connect(self) -> None:
        """Take the line for this process, or refuse."""
        self._is_held = False
        self._tasks: list[asyncio.Task[None]] = []
        try:
            self.line = await in_thread(
                services.take_line, token=_token_of(self.scope), channel=switchboard.channel, now=machine_now()
            )
        except TerminalRefused:
            await self.close(CLOSE_REVOKED)
            return
        except DatabaseError:
            await self.close(CLOSE_TRY_LATER)
            return
        self._is_held = True
        self._wanted = asyncio.Event()
        self._heard_at = self._second_began = time.monotonic()
        self._heard_in_second = 0
        try:
            await self.accept()
        except Exception:
            # It went away while the line was taken.
            await self._let_go()
            raise
        self._tasks = [asyncio.create_task(self._send_rows()), asyncio.create_task(self._watch())]
        switchboard.add(self)

    async def disconnect(self, code: int) -> None:
        """Let go of the line."""
        for task in self._tasks:
            task.cancel()
        await self._let_go()

    def wake(self) -> None:
        """Look at the rows."""
        self._wanted.set()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message of the terminal; what is not of the protocol is answered and dropped."""
        self._heard_at = time.monotonic()
        if self._is_too_fast():
            await self.close(CLOSE_TOO_FAST)
            return
        try:
            message = protocol.read(text_data or "")
            await self._take(message)
        except MessageRefused as refusal:
            await self._send(
                Message("event", "notification", protocol.new_service_id(), {"event": "reject", "text": str(refusal)})
            )
        except DatabaseError:
            # The row says "sent, no answer": the terminal is asked for its status when it is back.
            logger.exception("a message of terminal %s could not be stored", self.line.terminal_id)
            await self.close(CLOSE_TRY_LATER)

    async def _take(self, message: Message) -> None:
        now = machine_now()
        if message.type == "response":
            crash_point("T2")
            await in_thread(answering.receive_response, line=self.line, message=message, now=now)
            self.wake()
        elif message.category == "login" and message.type == "request":
            body = await in_thread(services.log_in, line=self.line, body=dict(message.body), now=now)
            await self._send(Message("login", "response", message.service_id, body))
        elif message.category == "event" and message.body.get("event") == "status":
            await in_thread(services.report, line=self.line, status=protocol.read_status(message.body), now=now)

    async def _send_rows(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                taken = await in_thread(services.take_messages, line=self.line, now=machine_now())
            except DatabaseError:
                await self.close(CLOSE_TRY_LATER)
                return
            if not taken.is_held:
                await self.close(CLOSE_REVOKED if taken.is_revoked else CLOSE_TAKEN_OVER)
                return
            for row in taken.messages:
                await self._send(_message_of(row))
                if row.operation_id is not None:
                    crash_point("T1")

    async def _watch(self) -> None:
        while time.monotonic() - self._heard_at < protocol.SILENCE_SECONDS_MAX:
            await asyncio.sleep(_WATCH_SECONDS)
        # Closing waits for the other side, which is silent; nobody else should.
        await self._let_go()
        await self.close(CLOSE_SILENT)

    async def _let_go(self) -> None:
        if not self._is_held:
            return
        self._is_held = False
        switchboard.remove(self)
        try:
            await in_thread(services.let_go, line=self.line, now=machine_now())
        except DatabaseError:
            logger.exception("terminal %s left while the database was away; the sweep follows", self.line.terminal_id)

    async def _send(self, message: Message) -> None:
        await self.send(text_data=protocol.write(message))

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        if now - self._second_began >= 1:
            self._second_began, self._heard_in_second = now, 0
        self._heard_in_second += 1
        return self._heard_in_second > MESSAGES_PER_SECOND_MAX


def _message_of(row: TerminalMessage) -> Message:
    return Message(row.category, "request", row.service_id, row.request, poi_id=str(row.terminal_id))


def _token_of(scope: dict[str, Any]) -> str:
    authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin1")
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "terminal" else ""
