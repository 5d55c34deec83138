"""Statements of the hot path: planned once a session, with Django's errors and in its query log."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from merchant.core import db
from tests.factories import a_merchant

pytestmark = pytest.mark.django_db


def test_a_hot_statement_is_prepared_once_whatever_the_size_of_its_numbers():
    answers = [db.prepared_rows("SELECT %s + 41, 'planned once'", [number]) for number in (1, 70_000, 5_000_000_000)]

    plans = db.rows(
        "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%planned once%%' AND statement NOT LIKE '%%pg_prepared%%'"
    )
    assert [rows[0][0] for rows in answers] == [42, 70_041, 5_000_000_041]
    assert plans == [(3,)]


def test_what_postgres_refuses_is_djangos_error_and_the_session_works_on():
    merchant = a_merchant()
    copy = "INSERT INTO merchant_merchant SELECT * FROM merchant_merchant WHERE id = %s"

    with pytest.raises(IntegrityError), transaction.atomic():
        db.execute_prepared(copy, [merchant.id])

    assert db.prepared_rows("SELECT count(*) FROM merchant_merchant WHERE id = %s", [merchant.id]) == [(1,)]


def test_the_elements_of_a_list_reach_postgres_as_they_are():
    ids = [uuid4(), UUID(int=0), None]
    texts = ["", "NULL", None, 'say "hi"', "back\\slash", "{a,b}", " ö,ü ", str(ids[0])]

    [row] = db.prepared_rows(
        "SELECT %s::uuid[], %s::text[], %s::bigint[], %s::bool[]",
        [ids, texts, [1, -5_000_000_000], [True, False, None]],
    )
    [named] = db.prepared_rows("SELECT %(texts)s::text[], %(none)s::int[]", {"texts": texts, "none": []})

    assert row == (ids, texts, [1, -5_000_000_000], [True, False, None])
    assert named == (texts, [])


def test_hot_statements_are_counted_like_others():
    with CaptureQueriesContext(connection) as seen:
        db.prepared_rows("SELECT 1")

    assert [query["sql"] for query in seen] == ["SELECT 1"]


@pytest.mark.django_db(transaction=True)
def test_a_request_asks_nothing_about_a_session_that_is_there_and_replaces_one_that_is_not():
    connection.ensure_connection()
    lost = connection.connection.info.backend_pid

    begin_request()
    with CaptureQueriesContext(connection) as seen:
        db.rows("SELECT 2")
    with db.open_session() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])
    begin_request()

    assert [query["sql"] for query in seen] == ["SELECT 2"]
    assert connection.health_check_done is False
    assert db.rows("SELECT pg_backend_pid() <> %s", [lost]) == [(True,)]


def begin_request():
    """What `request_started` does; the test client leaves it out."""
    close_old_connections()
    db.trust_quiet_sessions()
