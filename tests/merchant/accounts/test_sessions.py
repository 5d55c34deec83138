"""How long a session lasts."""

from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from merchant.accounts import sockets
from merchant.accounts.sockets import Opener
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


@pytest.fixture
def a_place_for_tickets(settings: Any) -> None:
    """A cache in memory."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def _socket_of(client: Client) -> Opener:
    """The socket of a page, opened with the browser's cookie."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    headers = [(b"cookie", cookie.encode()), (b"origin", b"http://testserver"), (b"host", b"testserver")]
    opener = sockets.find_opener_now({"headers": headers})
    assert opener is not None
    return opener


def _socket_by_ticket(client: Client) -> Opener:
    """The socket of a page, opened with a ticket."""
    ticket = client.post("/api/v1/socket-tickets/").json()["ticket"]
    opener = sockets.find_opener_now({"headers": [], "query_string": f"ticket={ticket}".encode()})
    assert opener is not None
    return opener


@pytest.mark.usefixtures("a_place_for_tickets")
@pytest.mark.parametrize("opened", [_socket_of, _socket_by_ticket])
def test_an_open_socket_is_no_use_of_a_session_and_ends_with_it(opened) -> None:
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in(a_staff_member(a_merchant()))
        client.get("/api/v1/me/")
        opener = opened(client)

        clock.shift(15 * MINUTE)
        assert sockets.look_again(opener.identity) is not None
        clock.shift(1)

        assert sockets.look_again(opener.identity) is None


@pytest.mark.usefixtures("a_place_for_tickets")
@pytest.mark.parametrize("opened", [_socket_of, _socket_by_ticket])
def test_a_socket_ends_when_its_person_signs_out_and_not_when_they_do_elsewhere(opened) -> None:
    member = a_staff_member(a_merchant())
    here, elsewhere = signed_in(member), signed_in(member)
    opener, other = opened(here), opened(elsewhere)

    here.logout()

    assert sockets.look_again(opener.identity) is None
    assert sockets.look_again(other.identity) is not None


@pytest.mark.usefixtures("a_place_for_tickets")
@pytest.mark.parametrize("opened", [_socket_of, _socket_by_ticket])
def test_an_open_page_in_use_keeps_its_socket(opened) -> None:
    with time_machine.travel(START, tick=False) as clock:
        client = signed_in(a_staff_member(a_merchant()))
        opener = opened(client)
        for _ in range(4):
            clock.shift(10 * MINUTE)
            assert client.get("/api/v1/me/").status_code == 200
            assert sockets.look_again(opener.identity) is not None
