"""Which management commands find servers running, and as whom they work."""

import os
from pathlib import Path

import pytest

from merchant import secrets
from merchant.embedded.commands import become_owner, needs_servers
from merchant.production import list_refusals

STRONG = "k9Xv3mQ7pL2tR8wZ5nB1cF6hJ4sD0gYaUeTiOqWb"


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("migrate", True),
        ("shell", True),
        ("import_report file.csv", True),
        ("import_report file.csv --dry-run", False),
        ("makemigrations --check", False),
        ("check", False),
        ("verify --help", False),
        ("", False),
    ],
)
def test_only_commands_that_talk_to_the_database_start_it(line: str, needs: bool) -> None:
    assert needs_servers(["manage.py", *line.split()]) is needs


def test_migrations_work_as_the_owner_and_on_the_server_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@pool/x")
    monkeypatch.setenv("DATABASE_DIRECT_URL", "postgresql://app@server/x")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@server/x")

    become_owner()

    assert os.environ["DATABASE_URL"] == "postgresql://owner@server/x"
    assert "DATABASE_DIRECT_URL" not in os.environ


def test_a_secret_is_made_once_and_only_we_may_read_it(tmp_path: Path) -> None:
    first = secrets.read_or_make("key", var=tmp_path)
    second = secrets.read_or_make("key", var=tmp_path)

    assert first == second
    assert len(first) == 44
    assert (tmp_path / "secrets" / "key").stat().st_mode & 0o777 == 0o600
    assert secrets.read_or_make("other", var=tmp_path) != first


def refusals(**changes: object) -> list[str]:
    given = {
        "secret_key": STRONG,
        "debug": False,
        "allowed_hosts": ["shop.example"],
        "shares_database": True,
        "keys_given": True,
    }
    return list_refusals(**{**given, **changes})  # type: ignore[arg-type]


def test_a_well_made_production_installation_starts() -> None:
    assert refusals() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"secret_key": "development-only"},
        {"secret_key": "a" * 50},
        {"debug": True},
        {"allowed_hosts": ["*"]},
        {"keys_given": False},
        {"crash_point": "S4"},
    ],
)
def test_a_production_installation_with_one_weakness_does_not_start(changes: dict[str, object]) -> None:
    assert len(refusals(**changes)) == 1
