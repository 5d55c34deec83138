"""
The ground every test stands on: a real PostgreSQL, and a real Valkey for those that ask.

`db` tests roll back in the run's own database. Tests that commit (`django_db(transaction=True)`) each get a fresh
clone of the migrated template, which their threads and child processes reach too. All of them work as the application's
role, which owns nothing: what a migration forbids is forbidden here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client, TransactionTestCase
from django.utils import translation

from merchant.accounts import callers
from merchant.core import limits
from merchant.core.pages import frame
from merchant.embedded import Places
from merchant.merchants.models import Merchant
from tests import databases
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.invariants import check_invariants

# A committing test's database is dropped, so nothing is truncated; the application's role may not, either.
TransactionTestCase._fixture_teardown = lambda self: None  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def database_places() -> Iterator[Places]:
    """The folders of the running test PostgreSQL."""
    server, _ = databases.test_servers()
    with server.in_use():
        databases.use_memory(server.places)
        yield server.places


@pytest.fixture(scope="session")
def database_template(database_places: Places, django_test_environment: None, django_db_blocker: Any) -> str:
    """The name of the migrated template."""
    with django_db_blocker.unblock():
        return databases.make_template(database_places)


@pytest.fixture(scope="session")
def django_db_setup(database_places: Places, database_template: str, django_db_blocker: Any) -> Iterator[None]:
    """The run's own database, for tests that roll back."""
    with django_db_blocker.unblock():
        clone = databases.cloned(database_places, template=database_template, name=f"run_{os.getpid()}")
        clone.__enter__()
    yield
    with django_db_blocker.unblock():
        clone.__exit__(None, None, None)


@pytest.fixture
def fresh_database(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    database_places: Places,
    database_template: str,
    django_db_blocker: Any,
) -> Iterator[None]:
    """A database of its own for a test that commits; for others nothing."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and (marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
    if not commits and not {"transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    clone = databases.cloned(database_places, template=database_template, name=f"test_{os.getpid()}")
    with django_db_blocker.unblock(), clone:
        yield


@pytest.fixture
def _django_db_helper(fresh_database: None, _django_db_helper: None) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture(scope="session")
def valkey_places() -> Iterator[Places]:
    """The folders of the running test Valkey."""
    _, server = databases.test_servers()
    with server.in_use():
        yield server.places


@pytest.fixture
def valkey_url(valkey_places: Places, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty Valkey; child processes find it in REDIS_URL."""
    import redis

    address = databases.valkey_address(valkey_places)
    client = redis.Redis.from_url(address)
    client.flushall()
    monkeypatch.setenv("REDIS_URL", address)
    yield address
    client.close()


@pytest.fixture
def one_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries are counted in spans of the clock, a minute long: none ends during the test."""
    now = time.time()
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: now, monotonic=time.monotonic))


@pytest.fixture
def shared_cache(valkey_url: str, settings: Any) -> None:
    """A real, empty cache: limits, codes and tickets are counted there."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": valkey_url,
            "OPTIONS": {"db": 1},
        }
    }


def pytest_configure() -> None:
    """Static files are looked for when a page asks: an index of them for each client of a run, thousands, costs a tenth of it."""
    django_settings.WHITENOISE_AUTOREFRESH = True


# Folders whose files take minutes, most of it waiting for the processes they started.
_LONG = ("journeys", "live", "contracts", "security", "races", "concurrency", "demo")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give workers the files by size, a long one after every four others: none of those is left for the end, and few run at once. Without workers the order stays."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    by_size = sorted(files, key=lambda path: -len(files[path]))
    long = [path for path in by_size if path.parent.name in _LONG]
    others = [path for path in by_size if path.parent.name not in _LONG]
    order = [
        path for place in range(len(by_size)) for path in (*others[4 * place : 4 * place + 4], *long[place : place + 1])
    ]
    items[:] = [item for path in order for item in files[path]]


SKIPS_KNOWN = Path(__file__).parent / "skips.txt"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was skipped and why: a skip is a promise not kept this time."""
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"skipped: {report.nodeid}: {_why(report)}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI a skip that `tests/skips.txt` does not name fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or reporter is None:
        return
    known = {line.split(" #")[0].strip() for line in SKIPS_KNOWN.read_text().splitlines() if not line.startswith("#")}
    skipped = {report.nodeid.split("[")[0] for report in reporter.stats.get("skipped", [])}
    if skipped - known:
        reporter.write_line(f"skipped, and not in tests/skips.txt: {sorted(skipped - known)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _why(report: pytest.TestReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Who calls and what the shell shows is kept in a process for seconds: longer than a test."""
    callers.forget()
    frame.forget()


@pytest.fixture
def merchant() -> Merchant:
    """A merchant and nothing else."""
    return a_merchant()


@pytest.fixture
def manager(merchant: Merchant) -> Client:
    """A manager of the merchant at a browser."""
    return signed_in(a_staff_member(merchant, role="manager"))


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """A request leaves its language to its thread, which in tests is the next test's too."""
    yield
    translation.deactivate()
