"""Walls and tablets hear what concerns them, at once and in order, and nobody else does."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from merchant.accounts import device_services
from merchant.core.clock import machine_now
from merchant.core.outbox import screens
from merchant.core.outbox.readers import Reader
from merchant.core.tenancy import acting_for
from merchant.embedded import valkey
from tests.factories import a_device, a_register, a_staff_member, a_store
from tests.terminals.live.conftest import WAIT_SECONDS_MAX, wait_for


class Screen:
    """A page's or tablet's socket, its messages read on demand."""

    def __init__(self, url, headers, topics, last_seq=0, language="en"):
        self.stack = ExitStack()
        self.socket = self.stack.enter_context(
            connect(url, additional_headers=headers, proxy=None, open_timeout=WAIT_SECONDS_MAX)
        )
        self.socket.send(json.dumps({"subscribe": topics, "last_seq": last_seq, "language": language}))
        self.heard = []

    def __enter__(self):
        # The subscription is in force when the server has read it; nothing tells so.
        time.sleep(0.3)
        return self

    def __exit__(self, *exception):
        self.stack.close()

    def next(self, wanted, seconds=WAIT_SECONDS_MAX):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = json.loads(self.socket.recv(timeout=left))
            self.heard.append(message)
            if wanted(message):
                return message
        raise AssertionError(f"not heard; only {self.heard}")

    def silence(self, seconds=1.0):
        try:
            heard = self.next(lambda message: message.get("topic"), seconds=seconds)
        except TimeoutError:
            return
        pytest.fail(f"heard {heard}")


def cookie_of(member):
    browser = Client()
    browser.force_login(member.user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def wall(counter, member, topics=None, last_seq=0, origin=None, language="en"):
    headers = {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie_of(member)}",
        "Origin": origin or f"http://127.0.0.1:{counter.web_port}",
    }
    topics = topics or [f"store:{counter.store.id}:terminals"]
    return Screen(f"{counter.ws_url}/staff/", headers, topics, last_seq, language)


def tablet(counter, topics):
    return Screen(f"{counter.ws_url}/v1/", {"Authorization": f"Device {counter.token}"}, topics)


def is_tile(serial, word):
    return lambda message: serial in message.get("html", "") and f'class="tile {word}"' in message.get("html", "")


def test_wall_shows_a_change_of_state_in_under_a_second(counter):
    with wall(counter, a_staff_member(counter.merchant)) as screen:
        counter.command("S1-2", "needs_care", note="Paper is out")

        began = time.monotonic()
        message = screen.next(is_tile("S1-2", "needs_care"))

    assert time.monotonic() - began < 1
    assert f'id="terminal-{counter.terminals["S1-2"].id}"' in message["html"]
    assert "Paper is out" in message["html"]
    counter.command("S1-2", "ready")
    counter.wait_for_state("S1-2", "ready")


def test_wall_that_was_away_gets_what_it_missed_in_order_and_once(counter):
    member = a_staff_member(counter.merchant)
    seen = screens.current_seq(counter.merchant.id, Reader("en", is_masked=False))
    counter.command("S1-2", "needs_care")
    counter.wait_for_state("S1-2", "needs_care")
    counter.command("S1-2", "ready")
    counter.wait_for_state("S1-2", "ready")

    with wall(counter, member, last_seq=seen) as screen:
        screen.next(is_tile("S1-2", "ready"))

    numbers = [message["seq"] for message in screen.heard if "seq" in message]
    assert numbers == sorted(set(numbers))
    assert any(is_tile("S1-2", "needs_care")(message) for message in screen.heard)


def test_wall_that_was_away_while_nothing_was_drawn_for_its_eyes_is_told_to_reload(counter):
    member, mine = a_staff_member(counter.merchant), Reader("en", is_masked=False)
    topic = f"store:{counter.store.id}:terminals"
    seen = screens.current_seq(counter.merchant.id, mine) or 1
    screens.push(counter.merchant.id, topic, drawings={Reader("en", is_masked=True): "<i>k***</i>"}, is_only_news=True)

    with wall(counter, member, last_seq=seen) as screen:
        message = screen.next(lambda message: "seq" not in message or message.get("topic"))

    assert message["event"] == {"kind": "reload"}
    assert not any("html" in heard for heard in screen.heard)


def test_wall_that_was_away_too_long_is_told_to_reload(counter):
    with wall(counter, a_staff_member(counter.merchant), last_seq=7) as screen:
        assert screen.next(lambda message: "event" in message)["event"] == {"kind": "reload"}


def test_each_person_is_sent_what_was_drawn_for_their_eyes_and_the_language_of_their_page(counter):
    topic, language = screens.merchant_topic("orders"), {"language": "de"}
    owner, support = (a_staff_member(counter.merchant, role=role) for role in ("owner", "support"))
    drawings = {Reader("de", is_masked=True): "<i>K***</i>", Reader("de", is_masked=False): "<i>Käte</i>"}

    with wall(counter, owner, [topic], **language) as named, wall(counter, support, [topic], **language) as masked:
        screens.push(counter.merchant.id, topic, drawings=drawings, is_only_news=True)

        heard = [screen.next(lambda message: message.get("topic") == topic) for screen in (named, masked)]

    assert [message["html"] for message in heard] == ["<i>Käte</i>", "<i>K***</i>"]


def test_who_has_lost_a_right_hears_no_more_of_it_on_the_page_that_is_open_and_again_when_it_is_back(counter):
    topic, drawings = screens.merchant_topic("takings"), {Reader("en"): "<b>4,180.00</b>"}
    member = a_staff_member(counter.merchant, role="manager")

    def become(role):
        with acting_for(counter.merchant.id):
            member.role = role
            member.save()
        # The look comes within 0.7 s; the rest is the machine's.
        time.sleep(1.5)

    def tell():
        screens.push(counter.merchant.id, topic, drawings=drawings, store_id=screens.ALL_STORES, is_only_news=True)

    with wall(counter, member, [topic]) as screen:
        tell()
        assert screen.next(lambda message: message.get("topic"))["html"] == drawings[Reader("en")]
        become("support")
        tell()
        screen.silence()
        become("manager")
        tell()
        assert screen.next(lambda message: message.get("topic"))["html"] == drawings[Reader("en")]


def test_staff_of_another_store_and_another_merchants_topic_hear_nothing(counter):
    elsewhere = a_store(counter.merchant)
    cashier = a_staff_member(counter.merchant, role="cashier", stores=[elsewhere])
    with wall(counter, cashier) as screen:
        counter.command("S1-2", "needs_care")
        counter.wait_for_state("S1-2", "needs_care")
        screen.silence()
    counter.command("S1-2", "ready")
    counter.wait_for_state("S1-2", "ready")


def test_nobody_without_a_session_and_no_page_of_another_origin_gets_in(counter):
    with pytest.raises(InvalidStatus), connect(f"{counter.ws_url}/staff/", proxy=None):
        pass
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        wall(counter, a_staff_member(counter.merchant), origin="https://elsewhere.example").next(lambda message: True)
    guess = {"Authorization": "Terminal tst_guess"}
    with pytest.raises(InvalidStatus), connect(f"{counter.ws_url}/terminal/", additional_headers=guess, proxy=None):
        pass


def test_a_page_of_ours_whose_person_is_signed_out_is_told_so_and_hears_nothing(counter):
    origin = f"http://127.0.0.1:{counter.web_port}"
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=over", "Origin": origin}

    with (
        connect(f"{counter.ws_url}/staff/", additional_headers=headers, proxy=None) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(timeout=10)

    assert closed.value.rcvd.code == 4401


def test_screen_of_somebody_who_leaves_closes_within_about_a_second(counter):
    member = a_staff_member(counter.merchant)
    with wall(counter, member) as screen:
        with acting_for(counter.merchant.id):
            member.is_active = False
            member.save()
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            screen.next(lambda message: False)

    # The look comes within 0.7 s; the rest is the machine's.
    assert time.monotonic() - began < 1.5


def test_screen_whose_session_was_idle_too_long_is_sent_away_within_about_a_second(counter):
    member = a_staff_member(counter.merchant)
    with wall(counter, member) as screen:
        for row in Session.objects.all():
            session = SessionStore(session_key=row.session_key)
            if session.get("_auth_user_id") == str(member.user.pk):
                session["session_seen"] = int(time.time()) - settings.SESSION_IDLE_SECONDS - 1
                session.save()
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            screen.next(lambda message: False)

    assert time.monotonic() - began < 1.5


def test_tablet_that_is_revoked_is_sent_away_within_about_a_second(counter):
    device, token = a_device(a_register(counter.store))
    with Screen(f"{counter.ws_url}/v1/", {"Authorization": f"Device {token}"}, ["order:1"]) as screen:
        with acting_for(counter.merchant.id):
            device_services.revoke_device(device_id=device.id, now=machine_now())
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            screen.next(lambda message: False)

    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("text", "times", "code"),
    [("x" * 70_000, 1, 1009), ('{"subscribe": ["a"]}', 10_000, 4429)],
    ids=["a frame of 70 kB", "ten thousand messages"],
)
def test_screen_that_sends_too_much_is_closed_and_nobody_else_notices(counter, text, times, code):
    with tablet(counter, ["a"]) as flood, wall(counter, a_staff_member(counter.merchant)) as other:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(times):
                flood.socket.send(text)
            flood.next(lambda message: False)
        assert closed.value.rcvd.code == code
        counter.command("S1-2", "needs_care")
        assert other.next(is_tile("S1-2", "needs_care"))
    counter.command("S1-2", "ready")
    counter.wait_for_state("S1-2", "ready")


def test_tablet_hears_steps_and_result_of_its_order_as_events(counter):
    order = counter.order()
    with tablet(counter, [f"order:{order['id']}", f"terminal:{counter.terminals['S1-1'].id}"]) as screen:
        asked = counter.pay("S1-1", order=order)

        result = screen.next(lambda message: message.get("event", {}).get("status") == "succeeded")

    steps = [message["event"]["step"] for message in screen.heard if message.get("event", {}).get("kind") == "terminal"]
    assert result["event"]["operation_id"] == asked["id"]
    assert [step for step in ("sent", "card", "bank") if step in steps] == ["sent", "card", "bank"]
    assert all("html" not in message for message in screen.heard)
    counter.wait_for_state("S1-1", "ready")


def test_screens_reload_when_valkey_is_back(counter, own_valkey):
    with wall(counter, a_staff_member(counter.merchant)) as screen:
        os.kill(valkey.find_pid(places=own_valkey.places), signal.SIGKILL)
        wait_for(lambda: not valkey.answers(places=own_valkey.places), what="Valkey to be gone")
        own_valkey.ensure_running()

        screen.next(lambda message: message.get("event", {}).get("kind") == "reload")


def test_screens_reload_when_a_process_that_lost_messages_reaches_valkey_again(counter, own_valkey, monkeypatch):
    monkeypatch.setattr(screens, "PAUSE_SECONDS", 3.0)
    topic = f"store:{counter.store.id}:terminals"

    def push(kind):
        screens.push(counter.merchant.id, topic, event={"kind": kind}, store_id=counter.store.id)

    with wall(counter, a_staff_member(counter.merchant)) as screen:
        os.kill(valkey.find_pid(places=own_valkey.places), signal.SIGKILL)
        wait_for(lambda: not valkey.answers(places=own_valkey.places), what="Valkey to be gone")
        push("lost_while_it_was_gone")
        own_valkey.ensure_running()
        # The web process is back and has its screens reload; this process still leaves Valkey alone.
        screen.next(lambda message: message.get("event", {}).get("kind") == "reload")
        push("lost_in_the_pause")
        screen.heard.clear()
        time.sleep(3.1)
        push("sent")
        screen.next(lambda message: message.get("event", {}).get("kind") == "sent")

        kinds = [message["event"]["kind"] for message in screen.heard if message.get("topic")]
        assert kinds == ["reload", "sent"]
        screen.heard.clear()
        push("sent_too")
        screen.next(lambda message: message.get("event", {}).get("kind") == "sent_too")
        assert [message["event"]["kind"] for message in screen.heard if message.get("topic")] == ["sent_too"]
