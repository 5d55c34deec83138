"""The tests' own ground: what a test may rely on."""

import os
import subprocess
import threading

import psycopg
import pytest
from django.db import ProgrammingError, connection


@pytest.mark.django_db
def test_tests_run_as_the_role_that_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")

        assert cursor.fetchone() == ("tillsyn_app", False, False)

        with pytest.raises(ProgrammingError, match="permission denied for schema public"):
            cursor.execute("CREATE TABLE forbidden (id int)")


@pytest.mark.django_db(transaction=True)
def test_a_committing_test_has_a_database_of_its_own_that_threads_and_children_reach() -> None:
    names: list[str] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            names.append(cursor.fetchone()[0])
        connection.close()

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    told = subprocess.run(
        ["python3", "-c", "import os; print(os.environ['DATABASE_URL'])"], capture_output=True, text=True, check=True
    )

    assert names == [f"test_{os.getpid()}"] * 2
    assert f"/test_{os.getpid()}?" in told.stdout


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committing_test_stores_is_gone_for_the_next(turn: int) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        found = owner.execute("SELECT to_regclass('left_over')").fetchone()
        owner.execute("CREATE TABLE left_over (id int)")

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO left_over VALUES (1)")

    assert found == (None,)


def test_valkey_is_there_for_a_test_that_asks(valkey_url: str) -> None:
    import redis

    client = redis.Redis.from_url(valkey_url)

    assert client.dbsize() == 0
    assert client.ping()
