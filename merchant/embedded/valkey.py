"""The embedded Valkey: append-only file, no eviction, no TCP; its wall is the 0700 folder of its socket."""

from __future__ import annotations

import os
import socket
import subprocess

from merchant.embedded import processes
from merchant.embedded.places import Places

CONFIG = """\
port 0
unixsocket {socket}
unixsocketperm 700
dir "{folder}"
daemonize no
pidfile "{folder}/valkey.pid"
save ""
appendonly {appendonly}
appendfsync everysec
maxmemory-policy noeviction
logfile ""
loglevel notice
"""


def url(*, places: Places) -> str:
    """Return the address as redis-py reads it; Celery wants another scheme, see `merchant.celery.broker_url`."""
    return f"unix://{places.sockets}/valkey.sock"


def answers(*, places: Places) -> bool:
    """Whether the server answers PING."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(2)
            caller.connect(f"{places.sockets}/valkey.sock")
            caller.sendall(b"PING\r\n")
            return caller.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def find_pid(*, places: Places) -> int | None:
    """Return the running server's process id."""
    try:
        pid = int((places.valkey / "valkey.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if processes.is_alive(pid, program="valkey") else None


def start(*, places: Places, appendonly: bool = True) -> subprocess.Popen[bytes] | None:
    """
    Start the server. Returns None if it ran already. Call it under the servers' lock.

    :raises CannotStart: with the reason.
    """
    if find_pid(places=places) is not None and answers(places=places):
        return None
    places.make_server_folder(places.valkey)
    config = places.valkey / "valkey.conf"
    config.write_text(
        CONFIG.format(
            socket=places.sockets / "valkey.sock",
            folder=places.valkey,
            appendonly="yes" if appendonly else "no",
        )
    )
    if os.geteuid() == 0:
        os.chown(config, places.user.uid, places.user.gid)
    log = places.log / "valkey.log"
    process = processes.spawn(
        argv=[str(places.binary("valkey-server")), str(config)], places=places, cwd=places.valkey, log=log
    )
    processes.wait_until_ready(process=process, answers=lambda: answers(places=places), name="Valkey", log=log)
    return process
