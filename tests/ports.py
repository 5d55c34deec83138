"""Ports for what tests start."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from functools import cache
from itertools import count

# Linux gives programs ports from 32768 on, and installations begin their own at 20000.
_FIRST, _COUNT = 12_000, 8_000
# Processes that run side by side, also those forked from one that has asked before, begin so far apart.
_APART = 97


def free_port() -> int:
    """
    Return a port nobody listens on, another one at each call.

    It is listened on later, so it lies below those that the kernel gives to connections going out: one of those would take it away meanwhile.
    """
    return next(port for number in _numbers(os.getpid()) if _is_free(port := _FIRST + number % _COUNT))


@cache
def _numbers(process: int) -> Iterator[int]:
    return count(process * _APART)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
