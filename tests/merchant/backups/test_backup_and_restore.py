"""What was backed up comes back the same, proven, and asleep; and nothing is restored over what is there."""

from __future__ import annotations

import base64
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest

from merchant import secrets
from merchant.backups import archive, database, services
from merchant.backups.archive import NotABackup
from merchant.core import db, files, notify, outbound
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.outbox import relay
from merchant.core.tenancy import acting_for
from merchant.core.vault import master
from merchant.core.vault import services as vault
from merchant.embedded import Places, postgres
from merchant.ledger import damages
from merchant.merchants.models import Merchant
from tests import databases
from tests.balances import list_balances
from tests.factories import Shop, a_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def places_of_files(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Kept files, anchors and keys of this test's own installation."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "audit")
    monkeypatch.setattr(secrets, "VAR", tmp_path / "var")
    monkeypatch.setenv("VAULT_MASTER_KEY", settings.VAULT_MASTER_KEY)
    monkeypatch.setenv("SECRET_KEY", settings.SECRET_KEY)
    return tmp_path


@pytest.fixture
def shop(places_of_files: Path) -> Shop:
    """A shop that has sold, keeps a file and a secret, and whose audit log is sealed."""
    made = a_shop()
    for _ in range(3):
        made.sell(1, 2)
    with acting_for(made.id):
        (places_of_files / "kept").write_bytes(b"a report as it came")
        with (places_of_files / "kept").open("rb") as stream:
            files.keep_pieces(files.pieces(stream))
        vault.seal("a secret", context="test")
        audit.seal(now=machine_now())
    return made


@contextmanager
def another_database(places: Places, *, as_owner: bool = True) -> Iterator[None]:
    """An empty database that this process then works in. What wakes others keeps its session where it was: nobody listens here."""
    name = f"elsewhere_{os.getpid()}"
    with postgres.connect(places=places) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
    try:
        with (
            mock.patch.object(notify, "after_commit"),
            databases.pointed_at(places, database=name, role=postgres.OWNER),
        ):
            os.environ["DATABASE_APP_URL"] = postgres.url(places=places, role=postgres.APP, database=name)
            yield
    finally:
        os.environ.pop("DATABASE_APP_URL", None)
        with postgres.connect(places=places) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def back_up(folder: Path) -> Path:
    path = folder / "backup.tar"
    services.make_backup(path=path, now=machine_now())
    return path


def restored(path: Path, *, empties: bool = False) -> services.Restored:
    return services.restore(path=path, empties=empties, now=machine_now())


def test_a_restored_installation_has_the_same_books_files_keys_and_guards(
    shop: Shop, places_of_files: Path, database_places: Places, settings: Any
) -> None:
    with acting_for(shop.id):
        before = list_balances()
    path = back_up(places_of_files)
    settings.MEDIA_ROOT, settings.AUDIT_ANCHOR_DIR = places_of_files / "new", str(places_of_files / "anchors")

    with another_database(database_places):
        done = restored(path)

        assert (done.refused, done.let_through) == (17, [])
        with acting_for(shop.id):
            assert list_balances() == before
            assert audit.verify_chain() is None
            assert vault.count_unreadable_keys() == 0
        assert [kept.read_bytes() for kept in (places_of_files / "new").rglob("*") if kept.is_file()] == [
            b"a report as it came"
        ]
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_a_restored_installation_sends_nothing_until_it_is_told_to(
    shop: Shop, places_of_files: Path, database_places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = back_up(places_of_files)

    with another_database(database_places):
        restored(path)

        monkeypatch.setattr(outbound, "_seen", (0.0, False))
        assert outbound.is_paused()
        assert outbound.resume()
        assert not outbound.resume()
        monkeypatch.setattr(outbound, "_seen", (0.0, False))
        assert not outbound.is_paused()
    assert {one.name for one in relay._pumps.values() if one.is_outbound} == {
        "operations",
        "look-ups",
        "stored-cards",
        "webhooks",
        "mails",
    }


def test_a_database_that_holds_something_is_refused_and_stays_as_it_was(
    shop: Shop, places_of_files: Path, database_places: Places
) -> None:
    path = back_up(places_of_files)
    with another_database(database_places):
        restored(path)
        merchants = list(Merchant.objects.values_list("id", "name"))

        with pytest.raises(services.CannotRestore, match="--into-empty"):
            restored(path)

        assert list(Merchant.objects.values_list("id", "name")) == merchants
        assert restored(path, empties=True).let_through == []


def test_a_database_that_is_in_use_is_refused(shop: Shop, places_of_files: Path, database_places: Places) -> None:
    path = back_up(places_of_files)
    with another_database(database_places):
        with (
            psycopg.connect(os.environ["DATABASE_APP_URL"]),
            pytest.raises(services.CannotRestore, match="Stop Tillsyn"),
        ):
            restored(path)
        assert restored(path).let_through == []


def test_another_vault_key_is_refused_before_anything_is_filled(
    shop: Shop, places_of_files: Path, database_places: Places, settings: Any
) -> None:
    from merchant.backups import database

    path = back_up(places_of_files)
    right = settings.VAULT_MASTER_KEY
    settings.VAULT_MASTER_KEY = "A" * 43 + "="
    try:
        with another_database(database_places):
            with pytest.raises(services.CannotRestore, match="VAULT_MASTER_KEY"):
                restored(path)
            assert database.list_tables() == []
    finally:
        settings.VAULT_MASTER_KEY = right


def test_a_backup_made_before_the_master_key_was_changed_opens_with_the_old_one_alone(
    shop: Shop, places_of_files: Path, database_places: Places, settings: Any
) -> None:
    before, old = back_up(places_of_files), settings.VAULT_MASTER_KEY
    settings.VAULT_MASTER_KEY_NEXT = base64.b64encode(os.urandom(32)).decode()
    master.change(now=machine_now())
    meanwhile = places_of_files / "meanwhile.tar"
    services.make_backup(path=meanwhile, now=machine_now())
    settings.VAULT_MASTER_KEY, settings.VAULT_MASTER_KEY_NEXT = settings.VAULT_MASTER_KEY_NEXT, ""

    with another_database(database_places):
        with pytest.raises(services.CannotRestore, match="VAULT_MASTER_KEY"):
            restored(before)
        assert restored(meanwhile).let_through == []
    settings.VAULT_MASTER_KEY = old
    with another_database(database_places):
        with pytest.raises(services.CannotRestore, match="VAULT_MASTER_KEY"):
            restored(meanwhile)
        assert restored(before).let_through == []


def test_a_backup_of_a_release_that_could_not_change_the_master_key_is_restored_and_proven(
    shop: Shop, places_of_files: Path, database_places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = back_up(places_of_files)
    read, fill = archive.read_manifest, database.restore

    def without(found: dict[str, Any]) -> dict[str, Any]:
        return {table: told for table, told in found.items() if table != "core_master_key"}

    def manifest_of_then(of: Path) -> archive.Manifest:
        made = read(of)
        return replace(made, rows=without(made.rows), rights=without(made.rights))

    def dump_of_then(dump: Path) -> None:
        fill(dump)
        db.execute("DROP TABLE core_master_key")

    monkeypatch.setattr(archive, "read_manifest", manifest_of_then)
    monkeypatch.setattr(database, "restore", dump_of_then)

    with another_database(database_places):
        assert restored(path).let_through == []


def test_half_a_backup_and_a_foreign_file_are_none(shop: Shop, places_of_files: Path, database_places: Places) -> None:
    path = back_up(places_of_files)
    half, foreign = places_of_files / "half.tar", places_of_files / "foreign.tar"
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with tarfile.open(foreign, "w") as other:
        other.add(path, arcname="something")

    with another_database(database_places):
        for file in (half, foreign, places_of_files / "missing.tar"):
            with pytest.raises(NotABackup):
                restored(file)


@pytest.mark.parametrize("kind", ["above", "absolute", "link"])
def test_what_would_land_elsewhere_is_refused_and_nothing_is_there(places_of_files: Path, kind: str) -> None:
    path, out, elsewhere = (places_of_files / name for name in ("evil.tar", "out", "elsewhere"))
    entry = tarfile.TarInfo(
        {"above": "files/../../elsewhere", "absolute": str(elsewhere), "link": "database.dump"}[kind]
    )
    if kind == "link":
        entry.type, entry.linkname = tarfile.SYMTYPE, str(elsewhere)
    with tarfile.open(path, "w") as made:
        made.addfile(entry, io.BytesIO())

    with pytest.raises(NotABackup, match="in no backup"):
        archive.extract(path, out)

    assert not elsewhere.exists()
    assert not out.exists()


def test_a_changed_dump_is_found_out(shop: Shop, places_of_files: Path) -> None:
    path = back_up(places_of_files)
    data = bytearray(path.read_bytes())
    place = data.index(b"PGDMP") + 2000
    data[place] ^= 1
    path.write_bytes(bytes(data))

    with pytest.raises(NotABackup, match="damaged"):
        archive.extract(path, places_of_files / "out")


def test_every_damage_is_refused_to_the_application_and_leaves_nothing(shop: Shop) -> None:
    before = Merchant.objects.count()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        tried = damages.try_all(session)

    assert [one.name for one in tried if not one.refusal] == []
    assert len(tried) == 17
    assert Merchant.objects.count() == before


def test_a_role_that_cannot_sign_in_is_told_and_nothing_is_called_proven(
    shop: Shop, places_of_files: Path, database_places: Places
) -> None:
    path = back_up(places_of_files)

    with another_database(database_places):
        nobody = postgres.url(places=database_places, role="nobody_here", database="tillsyn")
        os.environ["DATABASE_APP_URL"] = nobody

        with pytest.raises(services.CannotRestore, match="cannot sign in"):
            restored(path)


def test_the_applications_role_is_made_with_the_password_it_is_to_sign_in_with(
    database_places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"visitor_{os.getpid()}"
    monkeypatch.setenv("DATABASE_APP_URL", f"postgresql://{role}:o%27pen%3Asesame@db.example/tillsyn")

    with postgres.connect(places=database_places) as server:
        with databases.pointed_at(database_places, database="postgres", role=postgres.SUPERUSER):
            database.make_role(role, password=services._password_of(role))
        try:
            [(kept,)] = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]).fetchall()
        finally:
            server.execute(f"DROP ROLE IF EXISTS {role}")

    assert kept.startswith("SCRAM-SHA-256$")
    assert services._password_of(postgres.OWNER) == ""
