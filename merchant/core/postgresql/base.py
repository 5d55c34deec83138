"""
Sessions that are not asked for again and again while PostgreSQL comes back.

Each attempt costs a recovering server a process of its own. Twenty tills that repeat their sale asked 230 times a second, and the recovery took three times
as long for it.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.db.backends.postgresql.base import DatabaseWrapper as DjangosWrapper

# After an attempt that failed, a process tries once more so much later. Short against the two seconds that a till is asked to wait.
PAUSE_SECONDS = 0.2

_not_before: dict[tuple[Any, ...], float] = {}


class DatabaseWrapper(DjangosWrapper):
    """A session of one thread. Threads of a process share what they know of a server that is away."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """
        Open a session.

        :raises psycopg.OperationalError: if the server takes none, or took none a moment ago.
        """
        address = tuple(conn_params.get(part) for part in ("host", "port", "dbname", "user"))
        if time.monotonic() < _not_before.get(address, 0.0):
            raise psycopg.OperationalError("the server took no session a moment ago; it is not asked again yet")
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            _not_before[address] = time.monotonic() + PAUSE_SECONDS
            raise
