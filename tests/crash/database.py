"""D: the database dies, is full, is locked, is read-only or has no seat left while a till sells."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg

from merchant.embedded import postgres
from tests.crash import children
from tests.crash.table import LEFT_OUT, case
from tests.crash.world import World

AT_ONCE = 6
SALES_MAX = 500
UNAVAILABLE = 503


def _database(world: World, *, role: str = postgres.SUPERUSER) -> psycopg.Connection:
    return postgres.connect(places=world.ground.places, role=role, database=f"crash_{os.getpid()}")


def _kill_server(world: World) -> None:
    pid = postgres.find_pid(places=world.ground.places)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while postgres.find_pid(places=world.ground.places) is not None:
        time.sleep(0.01)
    children.count_kills(1)


def _sell_through(world: World) -> None:
    """Sell with one key until it is answered, as a tablet does."""
    key = str(uuid4())
    status, answer = _answered(world, key)
    assert status == 201, answer
    world.cash_keys[key] = answer
    world.sales += 1


def _answered(world: World, key: str) -> tuple[int, bytes]:
    for _ in range(50):
        status, answer = children.run(world.sell, key)
        if status != UNAVAILABLE:
            return status, answer
        time.sleep(0.1)
    raise AssertionError("never answered")


@case("D", "D1 killed in the middle of sales")
def killed_mid_sale(world: World) -> None:
    world.open()
    keys = [str(uuid4()) for _ in range(AT_ONCE)]
    # The first holds the goods; the others wait for it, each at its own place.
    sellers = []
    for key in keys:
        sellers.append(children.begin(world.sell, key, point="S2", how=signal.SIGSTOP))
        if len(sellers) == 1:
            sellers[0].wait_stopped()
    time.sleep(0.2)
    _kill_server(world)
    world.ground.servers.restart()
    for seller in sellers:
        seller.kill()
    for key in keys:
        status, answer = _answered(world, key)
        assert status == 201, answer
        world.cash_keys[key] = answer
    world.sales += len(world.cash_keys)
    world.settle()


@case("D", "D2 restarted between sales")
def restarted(world: World) -> None:
    world.open()
    _sell_through(world)
    _kill_server(world)
    status, answer = children.run(world.sell, "while it is down")
    assert status == UNAVAILABLE, answer
    world.ground.servers.restart()
    began = time.monotonic()
    _sell_through(world)
    assert time.monotonic() - began < 10
    world.settle()


@case("D", "D3 no connection is left")
def no_seat_left(world: World) -> None:
    world.open()
    _sell_through(world)
    held = []
    with suppress(psycopg.OperationalError):
        while True:
            held.append(_database(world, role=postgres.APP))
    key = str(uuid4())
    try:
        status, answer = children.run(world.sell, key)
        assert status == UNAVAILABLE, (status, answer)
    finally:
        for session in held:
            session.close()
    status, answer = _answered(world, key)
    assert status == 201, answer
    world.cash_keys[key] = answer
    world.settle()


@case("D", "D5 a deadlock with somebody else")
def deadlock(world: World) -> None:
    """A sale waits for the register's row, whose holder then asks for the goods the sale has taken: PostgreSQL ends one of the two."""
    world.open()
    _sell_through(world)
    key = str(uuid4())
    with _database(world) as other:
        other.autocommit = False
        other.execute("SELECT 1 FROM merchant_register WHERE id = %s FOR UPDATE", [world.facts.register_id])
        seller = children.begin(world.sell, key)
        _wait_for_a_waiter(world)
        with suppress(psycopg.errors.DeadlockDetected):
            other.execute("SELECT 1 FROM stock_level WHERE variant_id = %s FOR UPDATE", [world.facts.mug_id])
        other.rollback()
    status, answer = seller.wait()
    assert status in (201, UNAVAILABLE), answer
    status, answer = _answered(world, key)
    assert status == 201
    world.cash_keys[key] = answer
    world.settle()


def _wait_for_a_waiter(world: World) -> None:
    with _database(world) as looker:
        for _ in range(100):
            [(waiting,)] = looker.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall()
            if waiting:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")


@case("D", "D6 read-only")
def read_only(world: World) -> None:
    world.open()
    _sell_through(world)
    name = f"crash_{os.getpid()}"
    with _database(world) as session:
        session.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    key = str(uuid4())
    status, answer = children.run(world.sell, key)
    assert status == UNAVAILABLE, (status, answer)
    with _database(world) as session:
        session.execute("SET default_transaction_read_only = off")
        session.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    status, answer = _answered(world, key)
    assert status == 201, answer
    world.cash_keys[key] = answer
    world.settle()


if os.geteuid() == 0:

    @case("D", "D4 the disk is full")
    def disk_full(world: World) -> None:
        world.open()
        _sell_through(world)
        with _small_disk(world) as disk:
            key = _sell_until_it_is_full(world, disk)
            status, answer = children.run(world.sell, key)
            assert status == UNAVAILABLE, (status, answer)
            (disk / "ballast").unlink()
            status, answer = _answered(world, key)
            assert status == 201, answer
            world.cash_keys[key] = answer
            _move_tables(world, "pg_default")
        world.settle()

else:
    LEFT_OUT["D4 the disk is full"] = "mounting a small disk needs root"


_MOVED = ("order_order", "order_line", "payment_payment", "ledger_journal", "ledger_posting", "core_stored_answer")


@contextmanager
def _small_disk(world: World) -> Iterator[Path]:
    """A disk of a few megabytes that the tables every sale writes lie on."""
    disk = world.ground.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0755", "tmpfs", str(disk)], check=True)
    try:
        space = disk / "space"
        space.mkdir(mode=0o700)
        os.chown(space, world.ground.places.user.uid, world.ground.places.user.gid)
        with _database(world) as session:
            session.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
        _move_tables(world, "small")
        yield disk
    finally:
        _move_tables(world, "pg_default")
        with _database(world) as session:
            session.execute("DROP TABLESPACE small")
        subprocess.run(["umount", str(disk)], check=True)


def _move_tables(world: World, space: str) -> None:
    with _database(world) as session:
        for table in _MOVED:
            session.execute(f"ALTER TABLE {table} SET TABLESPACE {space}")


def _sell_until_it_is_full(world: World, disk: Path) -> str:
    """Fill the rest of the disk, then sell until a sale is refused; return the key of the refused one."""
    with (disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(4096))
    sold, refused = children.run(_until_refused, world)
    world.cash_keys |= sold
    world.sales += len(sold)
    return refused


def _until_refused(world: World) -> tuple[dict[str, bytes], str]:
    """What is left in pages that exist already is used up first."""
    sold = {}
    for _ in range(SALES_MAX):
        key = str(uuid4())
        status, answer = world.sell(key)
        if status != 201:
            return sold, key
        sold[key] = answer
    raise AssertionError("the disk is never full")
