"""Whoever may no longer listen is sent away within a second: one look a second for all open screens of the process."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from django.db import Error as DatabaseError

from merchant.accounts import sockets
from merchant.accounts.sockets import Opener
from merchant.core.callers import Caller
from terminals.live.threads import in_thread

logger = logging.getLogger(__name__)

Identity = tuple[str, ...]


class Guest(Protocol):
    """An open screen as the doorkeeper knows it."""

    opener: Opener
    caller: Caller

    def meet(self, caller: Caller) -> None:
        """Go on for the same person as they are now: their rights, stores and eyes may have changed."""

    async def drop(self) -> None:
        """Close it."""


class Doorkeeper:
    """All open screens of this process by who opened them."""

    def __init__(self) -> None:
        self._guests: dict[Identity, set[Guest]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look. Called once, on the event loop."""
        self._task = asyncio.create_task(self._run(), name="doorkeeper")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()

    def add(self, guest: Guest) -> None:
        """Look after `guest` from now on."""
        self._guests.setdefault(guest.opener.identity, set()).add(guest)

    def remove(self, guest: Guest) -> None:
        """Forget `guest`."""
        guests = self._guests.get(guest.opener.identity, set())
        guests.discard(guest)
        if not guests:
            self._guests.pop(guest.opener.identity, None)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(sockets.RECHECK_SECONDS)
            try:
                found = await in_thread(_find_all, list(self._guests))
            except DatabaseError:
                # Without the database nothing new is shown either; who may listen is asked when it is back.
                logger.warning("open screens cannot be checked")
                continue
            for identity, caller in found.items():
                await self._apply(identity, caller)

    async def _apply(self, identity: Identity, caller: Caller | None) -> None:
        for guest in tuple(self._guests.get(identity, ())):
            if caller is None or caller.merchant_id != guest.caller.merchant_id:
                self.remove(guest)
                await guest.drop()
            elif caller != guest.caller:
                guest.meet(caller)


def _find_all(identities: list[Identity]) -> dict[Identity, Caller | None]:
    return {identity: sockets.look_again(identity) for identity in identities}


doorkeeper = Doorkeeper()
