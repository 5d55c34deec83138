"""The one port people type, and what else may sit on it."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from merchant.embedded import CannotStart

if TYPE_CHECKING:
    from psutil import Process

# Linux gives programs ports from 32768 on.
_OWN_FIRST, _OWN_COUNT = 20_000, 10_000


def check(port: int) -> None:
    """
    Make sure `port` can be listened on.

    :raises CannotStart: if something else listens there, saying who.
    """
    if _is_free(port):
        return
    raise CannotStart(
        f"Port {port} is in use by {_who_listens(port)}.\n"
        f"Stop that program, or choose another port: make run PORT={port + 10}   (manage.py up --port {port + 10})"
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStart(f"Port {port} needs root. Choose one above 1023: make run PORT=8000") from None
        except OSError:
            return False
    return True


def find_free(first: int) -> int:
    """Return the first free port from `first` on."""
    return next(port for port in range(first, first + 200) if _is_free(port))


def find_own(var: Path, *, program: str = "") -> int:
    """
    Return a free port that belongs to `program` of the installation that runs from `var`, the same at every start.

    It is not listened on at once, so another installation must not come upon it meanwhile: it begins at a number made of the folder, below those the kernel gives away.
    """
    return find_free(_OWN_FIRST + zlib.crc32(f"{var.resolve()}{program}".encode()) % _OWN_COUNT)


def _who_listens(port: int) -> str:
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return "another program (to see which: ss -ltnp)"


def answers(port: int) -> bool:
    """Whether a web process, ours or another's, answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_held_by(port: int, pid: int) -> bool:
    """Whether `port` is listened on by the process `pid` or one that it started."""
    import psutil

    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return False
    return any(_listens(one, port) for one in family)


def is_taken_by_another(port: int, argument: str) -> bool:
    """Whether a program that was not started with `argument` listens on `port`. One that cannot be asked is another."""
    import psutil

    if _is_free(port):
        return False
    try:
        listening = [
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port
        ]
        return not any(pid and argument in psutil.Process(pid).cmdline() for pid in listening)
    except psutil.Error:
        return True


def refuse_taken(port: int) -> NoReturn:
    """:raises CannotStart: for a port on which another program began to listen while we were starting."""
    raise CannotStart(
        f"Port {port} was free a moment ago and is now in use by {_who_listens(port)}.\n"
        f"Stop that program, or choose another port: make run PORT={port + 10}   (manage.py up --port {port + 10})"
    )


def _listens(process: Process, port: int) -> bool:
    import psutil

    try:
        found = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)


def sandbox_url(var: Path, *, default_port: int = 8001) -> str:
    """Return where the sandbox processor of the installation that runs from `var` listens, or where it usually does."""
    try:
        argv = json.loads((var / "run" / "up.json").read_text())["argv"]["sandbox"]
        port = int(argv[argv.index("--port") + 1])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        port = default_port
    return f"http://127.0.0.1:{port}"
