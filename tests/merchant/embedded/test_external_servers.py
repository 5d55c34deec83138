"""Servers of one's own: `up` names them alone to its processes, and nothing of ours is started beside them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from merchant import up
from merchant.embedded import Places, addresses

OUTSIDE = "postgresql://tillsyn_app:secret@db.example/tillsyn"
OPTIONS = argparse.Namespace(port=8000, host="127.0.0.1", demo=False)
SERVERS = ("DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    for name in SERVERS:
        monkeypatch.delenv(name, raising=False)
    here = Places(tmp_path)
    here.make()
    return here


def environment_of(places: Places) -> dict[str, str]:
    return up.environment_of(options=OPTIONS, places=places, sandbox_port=8001)


def test_processes_listen_on_the_server_that_is_named_and_never_on_an_embedded_one(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", OUTSIDE)
    monkeypatch.setenv("REDIS_URL", "redis://cache.example:6379/0")

    environment = environment_of(places)

    named = {name: environment.get(name) for name in SERVERS}
    assert named == {
        "DATABASE_URL": OUTSIDE,
        "DATABASE_DIRECT_URL": None,
        "DATABASE_OWNER_URL": None,
        "REDIS_URL": "redis://cache.example:6379/0",
    }


def test_an_own_database_keeps_the_embedded_valkey(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", OUTSIDE)

    environment = environment_of(places)

    assert environment["DATABASE_URL"] == OUTSIDE
    assert "DATABASE_OWNER_URL" not in environment
    assert environment["REDIS_URL"] == addresses(places)["REDIS_URL"]


def test_with_nothing_named_all_four_are_ours(places: Places) -> None:
    environment = environment_of(places)

    assert {name: environment[name] for name in SERVERS} == addresses(places)
