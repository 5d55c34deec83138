"""M: clocks that are wrong, odd nights, migrations, backups and keys that are interrupted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from merchant import secrets
from merchant.backups import services as backups
from merchant.backups.archive import Manifest, NotABackup
from merchant.core import clock
from merchant.core.clock import machine_now, move_business_clock
from merchant.core.tenancy import acting_for
from merchant.core.vault import keys, master, rotation
from merchant.core.vault import services as vault
from merchant.embedded import postgres
from orders.order.models import Order
from reports.verify import services as verify
from tests import databases
from tests.crash import children, invariants
from tests.crash.table import LEFT_OUT, case
from tests.crash.world import CARD, World

LEFT_OUT["M4 migrate under load"] = "there is no earlier release to migrate from"
BERLIN = ZoneInfo("Europe/Berlin")


@case("M", "M1 the clock of a server is ten minutes off")
def wrong_clock(world: World) -> None:
    """One server is ten minutes ahead, one behind: sales, leases and looks go on, and nothing happens twice."""
    world.open()
    checkout = children.run(world.begin_checkout)["id"]
    for minutes in (10, -10):
        key = str(uuid4())
        status, answer = children.run(_off_by, minutes, lambda key=key: world.sell(key))
        assert status == 201, answer
        world.cash_keys[key] = answer
    key = str(uuid4())
    assert children.run(_off_by, -10, lambda: world.pay(checkout, CARD, key))[0] == 202
    children.killed_at("S6", _off_by, 10, world.send)
    assert children.run(_off_by, 10, lambda: world.pay(checkout, CARD, key))[0] == 202
    world.settle()
    world.told[checkout] = ("succeeded", "paid")
    world.sales += 3


def _off_by(minutes: int, act):  # type: ignore[no-untyped-def]
    real = clock.datetime

    class Off(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return real.now(tz) + timedelta(minutes=minutes)

    clock.datetime = Off  # type: ignore[misc]
    return act()


def _days_of(world: World, moments: list[datetime]) -> list[date]:
    """Sell at each moment of the merchant's clock and return the business days."""
    for moment in moments:
        move_business_clock(world.facts.merchant_id, to=moment)
        key = str(uuid4())
        status, answer = world.sell(key)
        assert status == 201, answer
    with world.acting():
        return list(Order.objects.order_by("id").values_list("business_date", flat=True))


@case("M", "M2 the night the clocks change")
def clock_change(world: World) -> None:
    world.open()
    world.excused.add("cash")
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    days = children.run(_days_of, world, [night - timedelta(hours=3), night, night + timedelta(hours=1)])
    # 23:30 before, then 02:30 twice: the hour that comes twice belongs to one day.
    assert days == [date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 25)]
    world.settle()


@case("M", "M3 the 29th of February")
def leap_day(world: World) -> None:
    world.open()
    world.excused.add("cash")
    noon = datetime(2028, 2, 29, 12, tzinfo=BERLIN)
    days = children.run(_days_of, world, [noon, noon + timedelta(days=1)])
    assert days == [date(2028, 2, 29), date(2028, 3, 1)]
    world.settle()


@case("M", "M5 killed during the migration")
def killed_migration(world: World) -> None:
    """An empty database is migrated, killed after a third of the way, and migrated again: the same tables."""
    world.open()
    name = f"migrate_{os.getpid()}"
    places = world.ground.places
    with postgres.connect(places=places) as server:
        server.execute(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
        with postgres.connect(places=places, database=name) as session:
            postgres.grant_rights(session)
    try:
        with databases.pointed_at(places, database=name, role=postgres.OWNER):
            children.killed_at("M5", _migrate_and_die)
            children.run(_migrate)
            tables = children.run(backups.database.list_tables)
        assert tables == children.run(backups.database.list_tables)
    finally:
        with postgres.connect(places=places) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def _migrate_and_die() -> None:
    """Die between a migration's tables and the note that it was made, in the middle of one transaction."""
    from merchant.core.crash_points import crash_point

    recorded, seen = MigrationRecorder.record_applied, []

    def record_applied(self, app, name):  # type: ignore[no-untyped-def]
        seen.append(name)
        if len(seen) == 30:
            crash_point("M5")
        return recorded(self, app, name)

    MigrationRecorder.record_applied = record_applied  # type: ignore[method-assign]
    _migrate()


@case("M", "M6 backup under load, killed once, restored")
def backup_under_load(world: World) -> None:
    world.open()
    world.card_sale()
    seller = children.begin(_sell_on, world)
    path = world.folder / "copy.tar"
    children.killed_at("M6", _back_up, path)
    assert not path.exists()
    manifest = children.run(_back_up, path)
    sold = seller.wait()
    world.cash_keys |= sold
    world.sales += len(sold)
    world.settle()
    _restore_elsewhere(world, path, manifest.ledger_sha256)
    _cut(path)


def _back_up(path: Path) -> Manifest:
    return backups.make_backup(path=path, now=machine_now())


def _sell_on(world: World) -> dict[str, bytes]:
    sold = {}
    for _ in range(40):
        key = str(uuid4())
        status, answer = world.sell(key)
        assert status == 201, answer
        sold[key] = answer
    return sold


def _restore_elsewhere(world: World, path: Path, ledger: str) -> None:
    name, places = f"restored_{os.getpid()}", world.ground.places
    with postgres.connect(places=places) as server:
        server.execute(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
    try:
        with databases.pointed_at(places, database=name, role=postgres.OWNER):
            os.environ["DATABASE_APP_URL"] = postgres.url(places=places, role=postgres.APP, database=name)
            done = children.run(lambda: backups.restore(path=path, empties=False, now=machine_now()))
            assert done.let_through == []
            assert done.manifest.ledger_sha256 == ledger
            assert children.run(_holds, world) == []
    finally:
        os.environ.pop("DATABASE_APP_URL", None)
        with postgres.connect(places=places) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _holds(world: World) -> list[str]:
    from merchant.core import outbound

    lines = verify.verify(merchant_id=world.facts.merchant_id)
    broken = [
        line.check.name for line in lines if not line.holds and line.check.name.startswith(("books", "money", "stock"))
    ]
    return broken + ([] if outbound.is_paused() else ["effects go out"])


def _cut(path: Path) -> None:
    """A file that was cut off is no backup."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    try:
        backups.archive.extract(path, path.parent / "cut")
    except NotABackup:
        return
    raise AssertionError("half a backup was taken for one")


@case("M", "M7 killed in the middle of a key rotation")
def killed_rotation(world: World) -> None:
    world.open()

    def rotate() -> None:
        with acting_for(world.facts.merchant_id):
            rotation.rotate(now=machine_now())

    children.killed_at("M7", rotate)
    world.card_sale()
    children.run(rotate)
    world.card_sale()
    with world.acting():
        assert children.run(vault.count_unreadable_keys) == 0


@case("M", "M8, M9, M10 killed while secrets are sealed anew and the old data key goes")
def killed_resealing(world: World) -> None:
    world.open()

    def of_the_merchant(act):  # type: ignore[no-untyped-def]
        with acting_for(world.facts.merchant_id):
            return act(now=machine_now() + timedelta(minutes=11) if act is rotation.drop_old_keys else machine_now())

    children.run(of_the_merchant, rotation.rotate)
    children.killed_at("M8", of_the_merchant, rotation.reseal)
    world.card_sale()
    children.killed_at("M9", of_the_merchant, rotation.reseal)
    world.card_sale()
    children.run(of_the_merchant, rotation.reseal)
    children.killed_at("M10", of_the_merchant, rotation.drop_old_keys)
    world.card_sale()
    assert children.run(of_the_merchant, rotation.drop_old_keys) == 1
    world.card_sale()
    with world.acting():
        assert children.run(rotation.count_old_keys) == 0
        assert children.run(rotation.count_behind) == {}


@case("M", "M11 to M15 killed at every step of a change of the master key")
def killed_master_key(world: World) -> None:
    """Everything opens with the old or the new key after each kill, and with the new one alone in the end."""
    with _keys_of_its_own(world):
        world.open()
        world.card_sale()
        for point in ("M11", "M12", "M13", "M14"):
            children.killed_at(point, _change_master_key)
            world.card_sale()
            with world.acting():
                assert children.run(vault.count_unreadable_keys) == 0
        children.run(_change_master_key)
        assert children.run(_is_all_moved)
        children.killed_at("M15", _forget_master_key)
        world.card_sale()
        assert children.run(_forget_master_key)
        settings.VAULT_MASTER_KEY = (world.folder / "secrets" / keys.FILE).read_text()
        assert not (world.folder / "secrets" / keys.NEXT_FILE).exists()
        world.card_sale()
        assert children.run(_is_all_moved)
        world.settle()
        assert children.run(invariants.broken, world, world.folder / "words.log") == []
        world.is_checked = True


@contextmanager
def _keys_of_its_own(world: World) -> Iterator[None]:
    """An installation whose master key is a file below the case's own folder."""
    given, in_settings, var = os.environ.pop("VAULT_MASTER_KEY", None), settings.VAULT_MASTER_KEY, secrets.VAR
    folder = world.folder / "secrets"
    folder.mkdir(mode=0o700)
    (folder / keys.FILE).write_text(in_settings)
    secrets.VAR = world.folder
    try:
        yield
    finally:
        secrets.VAR, settings.VAULT_MASTER_KEY = var, in_settings
        if given is not None:
            os.environ["VAULT_MASTER_KEY"] = given


def _change_master_key() -> int:
    return master.change(now=machine_now())


def _is_all_moved() -> bool:
    return master.standing().is_done


def _forget_master_key() -> bool:
    return master.forget_old(now=machine_now() + timedelta(minutes=11))
