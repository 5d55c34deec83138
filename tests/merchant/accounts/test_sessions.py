"""How long a session lasts."""

import pytest
import time_machine

from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member

pytestmark = pytest.mark.django_db

START = 1_800_000_000
MINUTE = 60


def test_a_session_ends_after_a_quarter_of_an_hour_without_use() -> None:
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in(a_staff_member(a_merchant()))
        assert client.get("/api/v1/me/").status_code == 200

        clock.shift(15 * MINUTE)
        assert client.get("/api/v1/me/").status_code == 200
        clock.shift(15 * MINUTE + 1)

        assert client.get("/api/v1/me/").status_code == 401


def test_a_session_in_use_ends_after_twelve_hours() -> None:
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in(a_staff_member(a_merchant()))
        for _ in range(12 * 6):
            assert client.get("/api/v1/me/").status_code == 200
            clock.shift(10 * MINUTE)
        clock.shift(1)

        assert client.get("/api/v1/me/").status_code == 401


def test_a_changed_password_ends_the_other_sessions() -> None:
    member = a_staff_member(a_merchant())
    client = signed_in(member)
    assert client.get("/api/v1/me/").status_code == 200

    member.user.set_password("another long sentence")
    member.user.save()

    assert client.get("/api/v1/me/").status_code == 401
