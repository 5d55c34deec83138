"""Plain SQL where the ORM would cost statements: one cursor call in, named rows out. And sessions outside Django's own."""

from __future__ import annotations

import itertools
import json
import re
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper


def execute(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run one statement on Django's connection and return the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def rows(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def dict_rows(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """Run one statement on Django's connection and return its rows by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def prepared_dict_rows(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """Run a statement that is long to plan and asked for often, and return its rows by column name. See `prepared_rows`."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    cursor = _prepared(wrapper, sql, params)
    names = [column.name for column in cursor.description or ()]
    with wrapper.wrap_database_errors:
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def prepared_rows(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """
    Run a statement of the hot path and return its rows.

    PostgreSQL parses it once a session; so its text must be a constant, and the type of each parameter clear (`%s::jsonb`, `%s::uuid[]`).
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    cursor = _prepared(wrapper, sql, params)
    with wrapper.wrap_database_errors:
        return cursor.fetchall()


def execute_prepared(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> None:
    """Run a statement of the hot path whose answer nobody reads. See `prepared_rows`."""
    _prepared(connections[DEFAULT_DB_ALIAS], sql, params)


def insert_prepared(sql: str, params: Sequence[Any]) -> None:
    """
    Run a plain INSERT of the hot path that nothing else in the transaction builds on. Inside `without_waiting` all of them go as one statement at its end.

    Each slice keeps its own text; that rows of different slices travel together is nobody's business but the wire's.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    session = wrapper.connection
    gathered = None if session is None else _gathered.get(session)
    if gathered is None:
        _prepared(wrapper, sql, params)
    else:
        gathered.append((sql, params))


@contextmanager
def without_waiting() -> Iterator[None]:
    """
    Send the hot path's statements one behind the other; only who asks for rows waits. Saves a round trip for each statement nobody reads.

    What a statement is refused for is raised where rows are asked for next, or at the end of the block: let it end the transaction.
    Only `prepared_rows` and `execute_prepared` belong inside: the ORM would read counts that have not come yet.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    session = wrapper.connection
    gathered = _gathered[session] = []
    try:
        with wrapper.wrap_database_errors, session.pipeline():
            yield
            if gathered:
                _insert_together(wrapper, gathered)
    finally:
        del _gathered[session]


def _insert_together(wrapper: Any, gathered: Sequence[tuple[str, Sequence[Any]]]) -> None:
    sql = _one_statement(tuple(sql for sql, _ in gathered))
    _prepared(wrapper, sql, [value for _, params in gathered for value in params], kind=psycopg.RawCursor)


@cache
def _one_statement(inserts: tuple[str, ...]) -> str:
    """Return the inserts as one, its parameters numbered: psycopg would read so long a text anew every time."""
    *others, last = inserts
    withs = ", ".join(f"insert_{number} AS ({sql})" for number, sql in enumerate(others))
    numbers = itertools.count(1)
    return re.sub("%s", lambda _: f"${next(numbers)}", f"WITH {withs} {last}" if others else last)


_cursors: WeakKeyDictionary[psycopg.Connection[Any], dict[str, psycopg.Cursor[Any]]] = WeakKeyDictionary()
# What `insert_prepared` keeps for the end of a block of `without_waiting`.
_gathered: WeakKeyDictionary[psycopg.Connection[Any], list[tuple[str, Sequence[Any]]]] = WeakKeyDictionary()


def _prepared(
    wrapper: Any, sql: str, params: Sequence[Any] | dict[str, Any], *, kind: type[psycopg.Cursor[Any]] = psycopg.Cursor
) -> psycopg.Cursor[Any]:
    """
    Run a statement on a cursor of its own, which stays open: making one costs as much as a small statement.

    `wrapper` is Django's connection of this thread: each look at `django.db.connection` searches for it again, fifty times a sale.
    """
    wrapper.ensure_connection()
    session = wrapper.connection
    cursors = _cursors.setdefault(session, {})
    cursor = cursors.get(sql)
    if cursor is None:
        cursor = cursors[sql] = kind(session)
        # Always bigint: psycopg would choose by value, and each mix of sizes would be a statement of its own.
        cursor.adapters.register_dumper(int, Int8Dumper)
    values = _with_array_texts(params)
    if wrapper.queries_logged:
        with wrapper.make_debug_cursor(cursor).debug_sql(sql, values):
            wrapper.make_cursor(cursor).execute(sql, values)
    else:
        wrapper.make_cursor(cursor).execute(sql, values)
    return cursor


def _with_array_texts(params: Sequence[Any] | dict[str, Any]) -> Sequence[Any] | dict[str, Any]:
    """Write lists as PostgreSQL's array texts: psycopg looks at each element's type twice, which was a tenth of a sale."""
    if isinstance(params, dict):
        return {name: _array_text(value) if type(value) is list else value for name, value in params.items()}
    return [_array_text(value) if type(value) is list else value for value in params]


def _array_text(values: list[Any]) -> str:
    return "{" + ",".join([_ELEMENT_TEXTS.get(type(value), _quoted)(value) for value in values]) + "}"


def _quoted(value: Any) -> str:
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


# An id without its dashes, as PostgreSQL reads it too: a sale has seventy, and Python takes them apart to write the dashes.
_ELEMENT_TEXTS: dict[type[Any], Callable[[Any], str]] = {
    int: str,
    UUID: lambda value: f"{value.int:032x}",
    type(None): lambda _: "NULL",
}


def trust_quiet_sessions(**_: Any) -> None:
    """
    Spare the session of a request the question whether it is still there, a statement of its own, when its socket is quiet.

    A server that ends closes its sockets, which shows; then Django asks, and connects anew. Called when a request begins.
    """
    for wrapper in connections.all(initialized_only=True):
        session = wrapper.connection
        if session is not None and not session.closed and not _has_news(session.fileno()):
            wrapper.health_check_done = True  # type: ignore[attr-defined]


def _has_news(socket_number: int) -> bool:
    poll = select.poll()
    poll.register(socket_number, select.POLLIN)
    return bool(poll.poll(0))


def columns(records: Iterable[Sequence[Any]], count: int) -> list[list[Any]]:
    """Turn rows into `count` arrays for `unnest`: one statement for any number of rows."""
    lists: list[list[Any]] = [[] for _ in range(count)]
    for record in records:
        for index in range(count):
            lists[index].append(record[index])
    return lists


def json_text(value: Any) -> str:
    """Return `value` as the text of a jsonb parameter."""
    return _write_json(value)


# `json.dumps` makes an encoder anew for each text that is not written its own way.
_write_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


def copy_in(sql: str, records: Iterable[Sequence[Any]]) -> int:
    """Stream `records` into `COPY … FROM STDIN` on Django's connection and return how many there were."""
    count = 0
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
        for record in records:
            copy.write_row(record)
            count += 1
    return count


# Large enough that neither side waits for the other, small enough that its memory is used again instead of asked for anew (128 kB and more are mapped).
_COPY_CHARACTERS = 1 << 15


def copy_text_in(sql: str, lines: Iterable[str]) -> int:
    """
    Stream rows that are in COPY's text format already into `COPY … FROM STDIN` and return how many there were.

    A thread of its own waits for PostgreSQL, so that rows are made while earlier ones are taken in.
    """
    count = 0
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(sql) as copy,
        ThreadPoolExecutor(1) as sender,
    ):
        sent: Future[None] | None = None
        for part in _parts(lines):
            count += len(part)
            text = "".join(part)
            if sent is not None:
                sent.result()
            sent = sender.submit(copy.write, text)
        if sent is not None:
            sent.result()
    return count


def _parts(lines: Iterable[str]) -> Iterator[list[str]]:
    size, part = 0, []
    for line in lines:
        size += len(line)
        part.append(line)
        if size >= _COPY_CHARACTERS:
            yield part
            size, part = 0, []
    yield part


def json_value(value: Any) -> Any:
    """Return what a jsonb column holds: plain SQL on Django's connection gives it as text."""
    return json.loads(value) if isinstance(value, str) else value


# Room for sorting or hashing a million rows without going to disk.
_MANY_ROWS_MEMORY = "256MB"
# 3,000 rows of a table tell the planner enough; its 30,000 by default cost more than the join they are for.
_MANY_ROWS_STATISTICS = "10"


def plan_for_many_rows() -> None:
    """Give the statements of this transaction memory for large joins, and let its ANALYZE look at fewer rows."""
    rows(
        "SELECT set_config('work_mem', %s, true), set_config('default_statistics_target', %s, true)",
        [_MANY_ROWS_MEMORY, _MANY_ROWS_STATISTICS],
    )


@contextmanager
def joining_whole_tables() -> Iterator[None]:
    """Have the statements within join set by set, never row by row: for those that need every row of both sides, whatever the planner believes their number is."""
    execute("SET LOCAL enable_nestloop = off")
    yield
    execute("SET LOCAL enable_nestloop = on")


@contextmanager
def grouping_by_sorting() -> Iterator[None]:
    """Have the statements within group by sorting: where nearly every row is a group of its own, twice as fast as a hash table of them all, and keys come in order."""
    execute("SET LOCAL enable_hashagg = off")
    yield
    execute("SET LOCAL enable_hashagg = on")


def temporary_table(name: str, body: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
    """
    Make a table that ends with the transaction, in place of one of that name the transaction made before. `body` is `AS SELECT …` or its columns.

    Returns how many rows the query put into it, -1 without a query.
    """
    execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    on_commit, definition = "ON COMMIT DROP", body.strip()
    columns_or_query = f"{on_commit} {definition}" if definition.startswith("AS ") else f"{definition} {on_commit}"
    return execute(f"CREATE TEMPORARY TABLE {name} {columns_or_query}", params)


# What Django's own sessions need and others do not.
_OPTIONS_OF_REQUESTS = frozenset({"pool", "server_side_binding", "prepare_threshold"})


def database_name() -> str:
    """Return the name of the database this thread works in."""
    return str(connection.settings_dict["NAME"])


def open_session(*, autocommit: bool = True, name: str = "") -> psycopg.Connection[dict[str, Any]]:
    """
    Open a session of its own for LISTEN, COPY or advisory locks, in the database called `name` if that is given. The caller closes it.

    `DATABASE_DIRECT_URL` serves where `DATABASE_URL` is a transaction pool; tests that run on a clone of the database are followed.
    """
    database = settings.DATABASES.get("direct") or connection.settings_dict
    options = {key: value for key, value in database.get("OPTIONS", {}).items() if key not in _OPTIONS_OF_REQUESTS}
    parameters = {
        "dbname": name or database_name(),
        "user": database["USER"] or None,
        "password": database["PASSWORD"] or None,
        "host": database["HOST"] or None,
        "port": database["PORT"] or None,
    }
    # A socket folder stands among the options (`?host=/run/…`); only what is named outright comes before it.
    named = {key: value for key, value in parameters.items() if value is not None}
    return psycopg.connect(autocommit=autocommit, row_factory=dict_row, **{**options, **named})
