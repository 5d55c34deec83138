"""Illegal moves are refused by the guarded update, and by PostgreSQL when somebody goes round it."""

import pytest
from django.db import DatabaseError, connection

from merchant.core.jobs.models import Job
from merchant.core.jobs.services import enqueue
from merchant.core.jobs.states import JOB
from merchant.core.states import IllegalTransition, move
from merchant.core.tenancy import acting_for
from tests.factories import a_merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    with acting_for(a_merchant().id):
        yield enqueue("test", dedup_key="one")


def test_a_legal_move_is_made_and_seen_in_memory(job):
    move(job, JOB, "running")
    assert job.status == Job.objects.get().status == "running"


def test_an_illegal_move_is_refused_and_nothing_changes(job):
    with pytest.raises(IllegalTransition):
        move(job, JOB, "done")
    assert Job.objects.get().status == "queued"


def test_postgres_refuses_an_illegal_move_written_by_hand(job):
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE core_job SET status = 'done'")


def test_postgres_refuses_a_word_that_is_no_state(job):
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE core_job SET status = 'lost'")
