"""The tests' databases: one migrated template, cloned for each test run and for each test that commits."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from merchant.embedded import Places, Servers, postgres, valkey

ROOT = Path(__file__).resolve().parent.parent
APPS = ("merchant", "inventory", "orders", "payments", "terminals", "reports")


def test_servers() -> tuple[Servers, Servers]:
    """Return the PostgreSQL of the test runs of this checkout, below `var/test/`, and the Valkey of this run or this worker of one: tests empty theirs."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    places = Places(ROOT / "var" / "test")
    database = Servers(places, with_valkey=False, options=postgres.TEST_OPTIONS)
    cache = Servers(Places(ROOT / "var" / f"test-valkey{worker}"), with_postgres=False, durable=False)
    return database, cache


# Where clones live in memory, if there is room: an ext4 without a journal looks through what was deleted lately whenever it makes a file, and a run makes and deletes
# half a million. Nothing stays there but clones of killed runs, until the next run. The folder is named after the user and the checkout's path and
# outlives the checkout: what an earlier one at the same path left is nobody's and goes.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 4 << 30
TABLESPACE = "in_memory"


def use_memory(places: Places) -> None:
    """Have clones made in memory from now on, where that is possible. What killed runs left goes."""
    folder = MEMORY / f"tillsyn-{os.geteuid()}-{hashlib.sha256(os.fsencode(places.var)).hexdigest()[:16]}"
    with (places.run / "template.lock").open("w") as lock, postgres.connect(places=places) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for (name,) in server.execute(
            "SELECT datname FROM pg_database WHERE datname ~ '_[0-9]+$' AND NOT datistemplate"
        ).fetchall():
            if not psutil.pid_exists(int(name.rpartition("_")[2])):
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if _is_in_memory(server) and folder.is_dir():
            return
        server.execute(f"DROP TABLESPACE IF EXISTS {TABLESPACE}")
        if folder.is_dir():
            shutil.rmtree(folder)
        if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN:
            places.make_server_folder(folder)
            server.execute(f"CREATE TABLESPACE {TABLESPACE} LOCATION '{folder}'")


def _is_in_memory(server: psycopg.Connection[Any]) -> bool:
    found = server.execute("SELECT FROM pg_tablespace WHERE spcname = %s", [TABLESPACE]).fetchone()
    return found is not None


def make_template(places: Places) -> str:
    """
    Migrate a template as the owner, unless one with the same migrations is there. Returns its name.

    Test runs side by side wait for each other here.
    """
    name = f"template_{_migrations_fingerprint()}"
    with (places.run / "template.lock").open("w") as lock, postgres.connect(places=places) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%%' AND datistemplate"
        ).fetchall()
        if (name,) in found:
            return name
        for (old,) in found:
            server.execute(f"ALTER DATABASE {old} IS_TEMPLATE false")
            server.execute(f"DROP DATABASE {old} WITH (FORCE)")
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
        with postgres.connect(places=places, database=name) as connection:
            postgres.grant_rights(connection)
        with pointed_at(places, database=name, role=postgres.OWNER):
            call_command("migrate", verbosity=0, interactive=False)
        server.execute(f"ALTER DATABASE {name} IS_TEMPLATE true")
    return name


@contextmanager
def cloned(places: Places, *, template: str, name: str) -> Iterator[None]:
    """Clone `template`, let Django and child processes work in it as the application's role, then drop it."""
    with postgres.connect(places=places) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        where = f"TABLESPACE {TABLESPACE}" if _is_in_memory(server) else ""
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {postgres.OWNER} {where}")
    try:
        with pointed_at(places, database=name, role=postgres.APP):
            yield
    finally:
        with postgres.connect(places=places) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def pointed_at(places: Places, *, database: str, role: str) -> Iterator[None]:
    """Point Django's connections (of every thread) and the environment of child processes at `database`."""
    wanted = {"NAME": database, "USER": role, "PASSWORD": "", "HOST": str(places.sockets), "PORT": ""}
    addresses = {
        "DATABASE_URL": postgres.url(places=places, role=role, database=database),
        "DATABASE_DIRECT_URL": postgres.url(places=places, role=role, database=database),
        "DATABASE_OWNER_URL": postgres.url(places=places, role=postgres.OWNER, database=database),
    }
    before_settings = {alias: dict(connections.settings[alias]) for alias in connections.settings}
    before_environment = {name: os.environ.get(name) for name in addresses}
    connections.close_all()
    for alias in connections.settings:
        connections.settings[alias].update(wanted)
        settings.DATABASES[alias].update(wanted)
    os.environ.update(addresses)
    try:
        yield
    finally:
        connections.close_all()
        for alias, before in before_settings.items():
            connections.settings[alias].update(before)
            settings.DATABASES[alias].update({key: before[key] for key in wanted})
        for name, value in before_environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def valkey_address(places: Places) -> str:
    """Return the address of the test Valkey."""
    return valkey.url(places=places)


def _migrations_fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for app in APPS:
        for path in sorted((ROOT / app / "migrations").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
