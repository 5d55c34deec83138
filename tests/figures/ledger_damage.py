"""Every kind of damage to the books is refused by PostgreSQL itself, also after a dump was restored elsewhere."""

from __future__ import annotations

import os
from typing import Any

import psycopg

from merchant.backups import services as backups
from merchant.core.clock import machine_now
from merchant.embedded import postgres
from merchant.ledger import damages
from tests import databases
from tests.figures.ground import Caller, Installation, new_key, running

SALES = 50


def measure() -> tuple[bool, dict[str, Any]]:
    """Try all, back up, restore into another database, try all again."""
    with running("web", tills=1) as place:
        caller = Caller(place.web_port, f"Device {place.tokens[0]}")
        for _ in range(SALES):
            body = {"lines": [{"article": place.shop.mug.sku}], "tendered_minor": 5000}
            assert caller.post("sales/", body, new_key())[0] == 201
        caller.close()
        place.kill("web")
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
            tried = damages.try_all(session)
        path = place.folder / "backup.tar"
        manifest = backups.make_backup(path=path, now=machine_now())
        done = _restored(place, path)
        figures = {
            "kinds": len(tried), "refused": sum(bool(one.refusal) for one in tried), "let_through": [one.name for one in tried if not one.refusal],
            "refused_after_restore": done.refused, "let_through_after_restore": done.let_through, "ledger_sha256": manifest.ledger_sha256,
            "refusals": {one.name: one.refusal for one in tried},
        }  # fmt: skip
    return figures["kinds"] == figures["refused"] == figures["refused_after_restore"], figures


def _restored(place: Installation, path: Any) -> backups.Restored:
    places, name = place.servers.places, f"restored_{os.getpid()}"
    with postgres.connect(places=places) as server:
        server.execute(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
    try:
        with databases.pointed_at(places, database=name, role=postgres.OWNER):
            os.environ["DATABASE_APP_URL"] = postgres.url(places=places, role=postgres.APP, database=name)
            return backups.restore(path=path, empties=False, now=machine_now())
    finally:
        os.environ.pop("DATABASE_APP_URL", None)
        with postgres.connect(places=places) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
