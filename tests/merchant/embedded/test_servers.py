"""The embedded servers themselves, each test in a folder of its own."""

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
import redis

from merchant.embedded import CannotStart, Places, Servers, places, postgres, valkey

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
ANOTHER_USER = 54321


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tillsyn-test-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def as_another_user(attempt: Callable[[], object]) -> str:
    """Try `attempt` in a child that has become a user who has nothing to do with us; return what it met."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(ANOTHER_USER)
        os.setuid(ANOTHER_USER)
        try:
            attempt()
            met = "nothing stood in the way"
        except Exception as refusal:
            met = f"{type(refusal).__name__}: {refusal}"
        os.write(writer, met.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as told:
        return told.read()


def connect_to_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))


@needs_root
@pytest.mark.parametrize("length", [0, 150])
def test_another_user_of_the_machine_is_refused_by_both_servers_even_with_a_long_path(
    folder: Path, length: int
) -> None:
    var = folder / "".ljust(length, "x") / "var"
    var.parent.mkdir(exist_ok=True)
    servers = Servers(Places(var), durable=False)

    with servers.in_use():
        sockets = servers.places.sockets
        mode = sockets.stat().st_mode & 0o777
        refusals = [
            as_another_user(partial(connect_to_socket, sockets / name)) for name in (".s.PGSQL.5432", "valkey.sock")
        ]
        # Even if somebody opens folder and socket, PostgreSQL asks the kernel who calls.
        sockets.chmod(0o777)
        (sockets / ".s.PGSQL.5432").chmod(0o777)
        var.chmod(0o777)
        (var / "run").chmod(0o777)
        by_postgres = as_another_user(partial(psycopg.connect, host=str(sockets), user="tillsyn_app", dbname="tillsyn"))
        ourselves = postgres.answers(places=servers.places) and valkey.answers(places=servers.places)

    assert mode == 0o700
    assert [refusal.split(":")[0] for refusal in refusals] == ["PermissionError", "PermissionError"]
    assert "Peer authentication failed" in by_postgres or "could not look up local user" in by_postgres
    assert ourselves
    assert not Path("/tmp").joinpath(sockets.name).exists() or sockets.is_relative_to(var)


def test_nothing_listens_on_tcp_and_valkey_loses_nothing_on_purpose(folder: Path) -> None:
    servers = Servers(Places(folder / "var"))

    with servers.in_use():
        with postgres.connect(places=servers.places) as connection:
            listens = connection.execute("SHOW listen_addresses").fetchone()
        client = redis.Redis.from_url(valkey.url(places=servers.places))
        settings = client.config_get("port", "appendonly", "appendfsync", "maxmemory-policy")

    assert listens == ("",)
    assert settings == {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }


def test_data_of_a_broken_first_start_is_moved_aside_and_told_and_finished_data_stays(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    var = folder / "var"
    (var / "pg.new").mkdir(parents=True)
    (var / "pg.new" / "half").write_text("made")
    servers = Servers(Places(var), with_valkey=False)

    with servers.in_use(), postgres.connect(places=servers.places, database="tillsyn") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with servers.in_use(), postgres.connect(places=servers.places, database="tillsyn") as connection:
        answer = connection.execute("SELECT answer FROM kept").fetchone()

    broken = list(var.glob("pg.broken-*"))
    assert [(path / "half").read_text() for path in broken] == ["made"]
    assert answer == (42,)
    assert capfd.readouterr().err.count(f"What it left is now in {broken[0]}") == 1


def test_a_folder_with_files_but_no_database_is_refused_and_left_as_it_was(folder: Path) -> None:
    var = folder / "var"
    (var / "pg" / "base").mkdir(parents=True)
    (var / "pg" / "base" / "1").write_text("a table")

    with (
        pytest.raises(CannotStart, match="PG_VERSION is missing"),
        Servers(Places(var), with_valkey=False).in_use(),
    ):
        pass

    assert (var / "pg" / "base" / "1").read_text() == "a table"
    assert not (var / "pg.new").exists()
    assert not list(var.glob("pg.broken-*"))


def test_a_killed_server_and_a_process_number_that_is_somebody_elses_do_not_keep_it_from_starting(folder: Path) -> None:
    servers = Servers(Places(folder / "var"), with_valkey=False)
    with servers.in_use():
        pid = postgres.find_pid(places=servers.places)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        left = servers.places.pg / "postmaster.pid"
        left.write_text(left.read_text().replace(str(pid), str(os.getpid()), 1))
        died = servers.died()

        servers.restart()

        assert died == ["postgres"]
        assert postgres.answers(places=servers.places)


def test_the_last_user_stops_the_servers_and_an_earlier_one_does_not(folder: Path) -> None:
    first = Servers(Places(folder / "var"), with_valkey=False)
    second = Servers(Places(folder / "var"), with_valkey=False)

    with first.in_use():
        with second.in_use():
            pass
        runs_for_the_first = postgres.answers(places=first.places)

    assert runs_for_the_first
    assert postgres.find_pid(places=first.places) is None


def test_the_application_may_write_rows_and_may_neither_empty_nor_change_tables(folder: Path) -> None:
    servers = Servers(Places(folder / "var"), with_valkey=False)
    with servers.in_use():
        at = servers.places
        with postgres.connect(places=at, role=postgres.OWNER, database="tillsyn") as owner:
            owner.execute("CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY, name text)")
        with postgres.connect(places=at, role=postgres.APP, database="tillsyn") as app:
            app.execute("INSERT INTO things (name) VALUES ('till')")
            for forbidden in ("TRUNCATE things", "DROP TABLE things", "ALTER TABLE things DISABLE TRIGGER ALL"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(forbidden)
            assert app.execute("SELECT * FROM things").fetchall() == [(1, "till")]


def test_a_full_disk_is_told_in_plain_words_before_anything_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "FREE_BYTES_MIN", 2**62)

    with pytest.raises(CannotStart, match="MB are free on the disk"), Servers(Places(folder / "var")).in_use():
        pass

    assert not (folder / "var" / "pg").exists()


@needs_root
def test_a_project_that_only_root_may_enter_gets_its_data_elsewhere(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    servers = Servers(Places(closed / "var"))

    try:
        with servers.in_use():
            answers = postgres.answers(places=servers.places) and valkey.answers(places=servers.places)
            home = servers.places.home
            mode = home.stat().st_mode & 0o777
        again = Servers(Places(closed / "var"))
        with again.in_use():
            same_home = again.places.home == home
    finally:
        shutil.rmtree(servers.places.home)

    assert answers
    assert same_home
    assert home.is_relative_to("/var/lib/tillsyn")
    assert mode == 0o710
