"""The running processor: its storage, accounts, webhook sender and the loop for what is due later."""

from __future__ import annotations

import asyncio
import hmac
import logging
from dataclasses import dataclass
from pathlib import Path

from . import reception, tasks
from .accounts import Account, Accounts
from .http import ApiError, Request, Response
from .operations import Asked
from .store import Store
from .webhooks import Sender

logger = logging.getLogger("sandbox.processor")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line decides."""

    directory: Path
    public_url: str
    control_key: str
    # Longer than any sensible caller waits; real processors cut after 30 to 60 s.
    hold_seconds: float = 30


class Processor:
    """Owns the open storage and the two loops; handlers are given it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.directory)
        self.accounts = Accounts(self.store.db)
        self.sender = Sender(self.store, self.accounts)
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the loops."""
        self._loops = [asyncio.create_task(self.sender.run()), asyncio.create_task(self._run_tasks())]

    async def stop(self) -> None:
        """End the loops and close the storage."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self.store.close()

    async def _run_tasks(self) -> None:
        while True:
            for task in tasks.due(self.store.db):
                try:
                    with self.store.transaction() as db:
                        account = self.accounts.get(task["account"])
                        reception.run_task(db, account, task, self.settings.public_url)
                        tasks.finish(db, task["id"])
                except Exception:
                    logger.exception("task %s of %s failed and is dropped", task["kind"], task["reference"])
                    tasks.finish(self.store.db, task["id"])
                self.sender.wake.set()
            await asyncio.sleep(tasks.LOOK_SECONDS)

    def receive(self, request: Request, account: Account, asked: Asked, door: str) -> Response | None:
        """
        Take one money request; committed before it is answered.

        :raises ApiError: 400 if the Idempotency-Key is missing or is not the operation's reference.
        """
        key = request.headers.get("idempotency-key")
        if key is None and not request.path.startswith("/v1/terminal/"):
            raise ApiError(400, "idempotency_key_missing", "Send your reference as Idempotency-Key.")
        if key is not None and key != asked.reference:
            raise ApiError(400, "idempotency_key_differs", "The Idempotency-Key must be the reference in the body.")
        with self.store.transaction() as db:
            return reception.receive(db, account, asked, door, self.settings.public_url)

    def is_control_key(self, key: str) -> bool:
        """Whether this is the control key."""
        return hmac.compare_digest(key.encode(), self.settings.control_key.encode())
