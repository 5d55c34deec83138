"""The web process, as a real server on a port of its own: what reaches Django, and what does not hold it up."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from django.conf import settings
from django.test import override_settings

from merchant import asgi
from merchant.wsgi_threads import DownloadThreads, PageThreads
from tests.ports import free_port


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A WSGI application that says what it was given."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    told = {
        "length": environ.get("CONTENT_LENGTH"),
        "read": len(body),
        "starts": body[:20].decode("latin1"),
        "forwarded": environ.get("HTTP_X_FORWARDED_FOR"),
        "client": environ["REMOTE_ADDR"],
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def endless(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """A download much larger than any buffer."""
    start_response("200 OK", [("Content-Type", "text/csv")])
    for _ in range(2000):
        yield b"x" * 65536


@contextlib.contextmanager
def served() -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            asgi.application, host="127.0.0.1", port=port, proxy_headers=False, lifespan="off", log_level="warning"
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(asgi, "_pages", PageThreads(echo, count=2))
    monkeypatch.setattr(asgi, "_exports", DownloadThreads(endless, count=2, parts_max=10))
    with (
        override_settings(BODY_BYTES_MAX=3_000_000, UPLOAD_BYTES_MAX=6_000_000, BODY_SECONDS_MAX=1.5),
        served() as address,
    ):
        yield address


def idle_post(address: str) -> socket.socket:
    """Begin a POST and never finish it."""
    host, port = address.removeprefix("http://").split(":")
    caller = socket.create_connection((host, int(port)))
    caller.sendall(b"POST /api/v1/sales/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    return caller


def test_idle_senders_do_not_hold_up_the_others_and_are_told_to_try_again(web: str) -> None:
    idle = [idle_post(web) for _ in range(4)]
    time.sleep(0.2)

    began = time.monotonic()
    answer = httpx.post(web, content=b"a sale")
    took = time.monotonic() - began
    told = [caller.recv(4096) for caller in idle]

    assert answer.json()["starts"] == "a sale"
    assert took < 1
    assert all(b" 408 " in text.split(b"\r\n")[0] for text in told)
    assert b"application/problem+json" in told[0]
    for caller in idle:
        caller.close()


def test_a_chunked_body_arrives_whole_with_its_length(web: str) -> None:
    parts = [b"first ", b"second ", b"third"]

    answer = httpx.post(web, content=iter(parts))

    assert answer.json() | {"client": ""} == {
        "length": "18",
        "read": 18,
        "starts": "first second third",
        "forwarded": None,
        "client": "",
    }


def test_a_body_larger_than_memory_is_kept_for_arrives_whole(web: str) -> None:
    answer = httpx.post(web, content=b"y" * 2_500_000)

    assert answer.json()["read"] == 2_500_000


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_and_django_never_sees_it(web: str, chunked: bool) -> None:
    body = b"z" * 3_000_001

    answer = httpx.post(web, content=iter([body[:1_500_000], body[1_500_000:]]) if chunked else body)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "body_too_large"
    assert answer.json()["money"] == "No money was moved."


def test_uploads_may_be_larger_where_settings_say_so(web: str) -> None:
    answer = httpx.post(f"{web}{settings.UPLOAD_PATHS[0]}", content=b"u" * 4_000_000)

    assert answer.json()["read"] == 4_000_000


def test_forwarded_headers_of_strangers_and_headers_with_underscores_count_for_nothing(web: str) -> None:
    answer = httpx.get(web, headers={"X_Forwarded_For": "1.2.3.4"})

    assert answer.json()["forwarded"] is None
    assert answer.json()["client"] == "127.0.0.1"


def test_downloads_that_nobody_reads_do_not_hold_up_the_tills(web: str) -> None:
    host, port = web.removeprefix("http://").split(":")
    readers = [socket.create_connection((host, int(port))) for _ in range(4)]
    for reader in readers:
        reader.sendall(b"GET /exports/1/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.3)

    began = time.monotonic()
    answer = httpx.post(web, content=b"a sale")
    took = time.monotonic() - began

    assert answer.json()["starts"] == "a sale"
    assert took < 1
    for reader in readers:
        reader.close()


def test_a_reader_who_leaves_frees_its_thread_for_the_next(web: str) -> None:
    host, port = web.removeprefix("http://").split(":")
    for _ in range(4):
        reader = socket.create_connection((host, int(port)))
        reader.sendall(b"GET /exports/1/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reader.recv(15) == b"HTTP/1.1 200 OK"
        reader.close()

    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith(("web_", "download_"))]
    deadline = time.monotonic() + 5
    while asgi._exports.executor._work_queue.qsize() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert len(threads) <= 4
    with httpx.stream("GET", f"{web}/exports/2/", timeout=5) as answer:
        assert next(answer.iter_raw())[:1] == b"x"


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        (None, "localhost:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("https://shop.example", "localhost:8000", True),
        ("http://evil.example", "localhost:8000", False),
        ("http://evil.example", "evil.example", False),
        ("null", "localhost:8000", False),
    ],
)
def test_a_websocket_is_opened_only_from_our_own_pages(origin: str | None, host: str, own: bool) -> None:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])

    with override_settings(CSRF_TRUSTED_ORIGINS=["https://shop.example"], ALLOWED_HOSTS=["localhost"]):
        assert asgi.is_own_origin({"headers": headers}) is own


def test_a_websocket_on_an_unknown_path_is_closed() -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(asgi.application({"type": "websocket", "path": "/ws/nothing/", "headers": []}, receive, send))

    assert sent == [{"type": "websocket.close", "code": 4404}]
