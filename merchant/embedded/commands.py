"""Management commands find the database running: it is started for them when it is not, and left as it was found."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from merchant.embedded.places import CannotStart
from merchant.embedded.servers import Servers, addresses

# These work on files alone.
WITHOUT_SERVERS = {
    "",
    "check",
    "collectstatic",
    "compilemessages",
    "demo_code",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
    "startapp",
    "up",
    "version",
}
# These work on files alone when they are given this option.
WITHOUT_SERVERS_IF = {"import_report": "--dry-run"}
# These change tables, or need to see all of them, and therefore work as the owner; everything else is the application's role.
AS_OWNER = {"migrate", "sqlflush", "backup", "restore"}


@contextmanager
def servers_for_command(argv: list[str], *, env_file: Path) -> Iterator[None]:
    """Have the servers running for `manage.py <argv[1]>`. Ends the process with plain words when they cannot start."""
    read_env_file(env_file)
    command = argv[1] if len(argv) > 1 else ""
    if not needs_servers(argv):
        warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
        yield
        return
    servers = Servers(with_postgres="DATABASE_URL" not in os.environ, with_valkey="REDIS_URL" not in os.environ)
    try:
        with servers.in_use():
            if command in AS_OWNER:
                become_owner()
            yield
    except CannotStart as problem:
        sys.exit(f"{problem}")


def needs_servers(argv: list[str]) -> bool:
    """Whether the command on the command line talks to PostgreSQL or Valkey."""
    command = argv[1] if len(argv) > 1 else ""
    if command in WITHOUT_SERVERS or command.startswith("-") or "--help" in argv or "-h" in argv:
        return False
    return WITHOUT_SERVERS_IF.get(command) not in argv[2:]


def become_owner() -> None:
    """
    Let this process work as the tables' owner. Without DATABASE_OWNER_URL the one DATABASE_URL is all there is.

    `DATABASE_APP_URL` keeps the address of the application's own role: what it may not do is proven as that role.
    """
    os.environ["DATABASE_APP_URL"] = os.environ.get("DATABASE_URL") or addresses()["DATABASE_URL"]
    if "DATABASE_OWNER_URL" in os.environ:
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
    elif "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = addresses()["DATABASE_OWNER_URL"]
    os.environ.pop("DATABASE_DIRECT_URL", None)


def read_env_file(path: Path) -> None:
    """Read `.env` as settings do; what is set already stays."""
    if path.exists():
        import environ

        environ.Env.read_env(path)
