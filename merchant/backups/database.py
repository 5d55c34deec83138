"""The database's side of a backup: dump, restore, rights, row counts, and the hash of the books."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from merchant.core import db
from merchant.embedded import CannotStart, Places, postgres
from merchant.embedded.servers import VAR

APP_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# What the books are: each row as it stands, in an order that no dump changes.
_BOOKS = (
    "SELECT * FROM ledger_account ORDER BY id",
    "SELECT * FROM ledger_journal ORDER BY id",
    "SELECT * FROM ledger_posting ORDER BY id",
    "SELECT * FROM ledger_period_lock ORDER BY id",
)


class DatabaseRefused(Exception):
    """pg_dump or pg_restore did not do it. The text is what they said."""


def dump(path: Path, *, snapshot: str) -> None:
    """Write the database as of an exported snapshot. :raises DatabaseRefused: with pg_dump's words."""
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}")


def restore(path: Path) -> None:
    """Fill the empty database, in one transaction. :raises DatabaseRefused: with pg_restore's words."""
    _run(
        "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", f"--dbname={_conninfo()}", str(path),
        names_database=False,
    )  # fmt: skip


def list_tables() -> list[str]:
    """Return every table."""
    return [row[0] for row in db.rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]


def count_rows() -> dict[str, int]:
    """Return how many rows each table has."""
    counts = {}
    for table in list_tables():
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))  # type: ignore[arg-type]
            counts[table] = int(cursor.fetchone()[0])
    return counts


def hash_ledger() -> str:
    """Return the hash of the books: equal books give equal hashes, whatever server they lie on."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute("SET LOCAL datestyle = 'ISO'")
        for rows in _BOOKS:
            digest.update(rows.encode())
            with cursor.copy(f"COPY ({rows}) TO STDOUT") as stream:
                for piece in stream:
                    digest.update(piece)
    return digest.hexdigest()


def list_rights() -> dict[str, list[str]]:
    """Return what the application's role may do with each table; empty where there is no such role."""
    if not role_exists(postgres.APP):
        return {}
    rights = {}
    for table in list_tables():
        asked = "SELECT " + ", ".join("has_table_privilege(%s, %s, %s)" for _ in APP_RIGHTS)
        values = [value for right in APP_RIGHTS for value in (postgres.APP, f'public."{table}"', right)]
        [allowed] = db.rows(asked, values)
        rights[table] = [right for right, is_allowed in zip(APP_RIGHTS, allowed, strict=True) if is_allowed]
    return rights


def grant(rights: dict[str, list[str]]) -> None:
    """Give the application's role exactly `rights`, the use of every sequence, and the default rights on tables to come."""
    role = sql.Identifier(postgres.APP)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
        sql.SQL(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}"
        ).format(role),
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}").format(role),
    ]
    for table, allowed in rights.items():
        if allowed:
            words = sql.SQL(", ").join(sql.SQL(right) for right in allowed if right in APP_RIGHTS)  # type: ignore[arg-type]
            statements.append(sql.SQL("GRANT {} ON {} TO {}").format(words, sql.Identifier(table), role))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)  # type: ignore[arg-type]


def role_exists(name: str) -> bool:
    """Whether the server knows a role."""
    return bool(db.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]))


def make_role(name: str, *, password: str = "") -> None:
    """Make the application's role, with the password it will sign in with if the server asks for one. :raises DatabaseError: if we may not."""
    made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(sql.Identifier(name))
    if password:
        made += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    with connection.cursor() as cursor:
        cursor.execute(made)  # type: ignore[arg-type]


def empty() -> None:
    """Drop everything in the database."""
    db.execute("DROP SCHEMA public CASCADE")
    db.execute("CREATE SCHEMA public")


def count_others() -> int:
    """Return how many other sessions use this database."""
    # What others do is hidden from us, not that they are there; PostgreSQL's own workers have no user.
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"
    return int(db.rows(others)[0][0])


def _run(program: str, *arguments: str, names_database: bool = True) -> None:
    command = [_program(program), *([f"--dbname={_conninfo()}"] if names_database else []), *arguments]
    done = subprocess.run(
        command, env={**os.environ, **_secrets(), "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DatabaseRefused(f"{program}: {done.stderr.strip()[-2000:]}")


def _program(name: str) -> str:
    """The embedded server's own program, which also serves every older server; otherwise the one on the path."""
    try:
        path = Places(VAR).binary(name)
        if path.exists():
            return str(path)
    except CannotStart:
        pass
    found = shutil.which(name)
    if found is None:
        raise DatabaseRefused(f"The program {name} is not installed.")
    return found


def address() -> str:
    """Return where Django's connection goes, its password and what it says of TLS included."""
    return make_conninfo(**_parameters())


def _conninfo() -> str:
    """The same without its password: a command line is everybody's to read."""
    return make_conninfo(**{name: value for name, value in _parameters().items() if name != "password"})


def _secrets() -> dict[str, str]:
    password = _parameters().get("password")
    return {"PGPASSWORD": str(password)} if password else {}


_OF_LIBPQ = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "service")


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in _OF_LIBPQ if given.get(name)}
