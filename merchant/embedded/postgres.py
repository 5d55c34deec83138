"""The embedded PostgreSQL: made once, started, found again, stopped; its roles and its database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merchant.embedded import processes
from merchant.embedded.places import CannotStart, Places, user_name

if TYPE_CHECKING:
    import psycopg

DATABASE = "tillsyn"
SUPERUSER = "postgres"
OWNER = "tillsyn_owner"
APP = "tillsyn_app"

# Small enough for a laptop, enough for web workers, relay, Celery and a few command lines at once.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    # What a reconciliation pairs stays in memory; taken only by sessions that have temporary tables.
    "temp_buffers": "256MB",
    "max_wal_size": "1GB",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A test's data is thrown away anyway: nothing waits for the disk.
TEST_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "5min",
}


def url(*, places: Places, role: str, database: str = DATABASE) -> str:
    """Return the address for `role`. The host is the sockets' folder."""
    return f"postgresql://{role}@/{database}?host={places.sockets}"


def connect(*, places: Places, role: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection[Any]:
    """Open a connection that commits each statement by itself."""
    import psycopg

    return psycopg.connect(host=str(places.sockets), user=role, dbname=database, autocommit=True, connect_timeout=5)


def answers(*, places: Places) -> bool:
    """Whether the server takes connections now."""
    import psycopg

    try:
        connect(places=places).close()
    except psycopg.OperationalError:
        return False
    return True


def find_pid(*, places: Places) -> int | None:
    """Return the running server's process id; a number left behind by a crash or a reboot does not count."""
    try:
        pid = int((places.pg / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if processes.is_alive(pid, program="postgres") else None


def start(*, places: Places, options: dict[str, str] | None = None) -> subprocess.Popen[bytes] | None:
    """
    Make the data if there is none, then start the server. Returns None if it ran already.

    Call it under the servers' lock.

    :raises CannotStart: with the reason.
    """
    _make_data(places)
    _write_access_rules(places)
    if find_pid(places=places) is not None:
        return None
    for left in (places.pg / "postmaster.pid", *places.sockets.glob(".s.PGSQL.*")):
        left.unlink(missing_ok=True)
    argv = [str(places.binary("postgres")), "-D", str(places.pg), "-k", str(places.sockets)]
    for name, value in {**OPTIONS, **(options or {})}.items():
        argv += ["-c", f"{name}={value}"]
    log = places.log / "postgres.log"
    process = processes.spawn(argv=argv, places=places, cwd=places.pg, log=log)
    processes.wait_until_ready(process=process, answers=lambda: answers(places=places), name="PostgreSQL", log=log)
    return process


def ensure_database(*, places: Places) -> None:
    """
    Make the two roles and the database unless they are there.

    The owner runs migrations. The application's role owns nothing and creates nothing; what the owner creates later
    it may read and write by default, and a migration takes rights away again where rows are append-only.
    """
    with connect(places=places) as connection:
        for role in (OWNER, APP):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    with connect(places=places, database=DATABASE) as connection:
        grant_rights(connection)


def grant_rights(connection: psycopg.Connection[Any]) -> None:
    """Grant the application's role its default rights in the connected database. Repeating it changes nothing."""
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {APP}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
        f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP}",
    ):
        connection.execute(statement)


def _make_data(places: Places) -> None:
    if places.pg.exists() and (places.pg / "PG_VERSION").exists():
        _check_version(places)
        return
    if places.pg.exists():
        _refuse_unknown_data(places.pg)
        places.pg.rmdir()
    new = places.home / "pg.new"
    _put_half_made_aside(new)
    places.make_server_folder(new)
    done = subprocess.run(
        [
            str(places.binary("initdb")),
            *("-D", str(new), "-U", SUPERUSER, "--auth=peer", "--encoding=UTF8", "--no-instructions"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ],
        cwd=new,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        **places.user.spawn_options,
    )
    if done.returncode:
        log = places.log / "initdb.log"
        log.write_text(done.stdout + done.stderr)
        raise CannotStart(f"PostgreSQL's data could not be made (initdb).{processes.explain(log)}")
    new.rename(places.pg)


def _refuse_unknown_data(pg: Path) -> None:
    """Stop at a folder that holds files and no database: `pg` appears complete, so something was lost from it, and an empty database would hide that."""
    if any(pg.iterdir()):
        raise CannotStart(
            f"{pg} holds files, but not a whole database: PG_VERSION is missing.\n"
            "Something removed a part of it, or another program made it. Nothing was changed, and no empty database was begun.\n"
            f"Bring the missing files back, or move the folder away (mv {pg} {pg}.aside) and restore a backup: docs/backup.md.\n"
            "Without a backup Tillsyn begins empty after the move."
        )


def _put_half_made_aside(new: Path) -> None:
    """Make room for the data's folder. What an interrupted first start left there held nothing of anybody's, and is kept and told all the same."""
    if not new.exists():
        return
    if not any(new.iterdir()):
        new.rmdir()
        return
    aside = new.with_name(f"pg.broken-{time.strftime('%Y%m%d-%H%M%S')}")
    new.rename(aside)
    sys.stderr.write(
        "\nAn earlier first start was interrupted while it made the database; nothing had been stored yet.\n"
        f"What it left is now in {aside} and can be deleted. Making the database anew.\n"
    )


def _check_version(places: Places) -> None:
    have = (places.pg / "PG_VERSION").read_text().strip()
    told = subprocess.run([str(places.binary("postgres")), "--version"], capture_output=True, text=True, check=True)
    want = told.stdout.split()[-1].split(".")[0]
    if have != want:
        raise CannotStart(
            f"The data in {places.pg} was written by PostgreSQL {have}, and PostgreSQL {want} is installed.\n"
            "Restore a backup into a new var/ folder, or install the earlier release. Nothing was changed."
        )


def _write_access_rules(places: Places) -> None:
    """Only the servers' user and ourselves may connect, as one of the three roles; the kernel says who calls."""
    names = sorted({places.user.name, user_name(os.geteuid())})
    lines = [f'tillsyn "{name}" {role}\n' for name in names for role in (SUPERUSER, OWNER, APP)]
    _write(places, places.pg / "pg_hba.conf", "local all all peer map=tillsyn\n")
    _write(places, places.pg / "pg_ident.conf", "".join(lines))


def _write(places: Places, path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, places.user.uid, places.user.gid)
