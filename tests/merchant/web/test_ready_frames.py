"""A frame made once for many websockets arrives as its text, and only where nothing compresses it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from merchant.ready_frames import READY
from terminals.live.frames import sendable
from tests.ports import free_port


@contextmanager
def server(*messages, compresses=False):
    """A real server with the product's protocol whose one websocket sends `messages`."""

    async def application(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        for message in messages:
            await send(message)
        await receive()

    port = free_port()
    config = uvicorn.Config(
        application, port=port, ws="merchant.ready_frames:ReadyFrameProtocol", ws_per_message_deflate=compresses,
        lifespan="off", log_level="critical",
    )  # fmt: skip
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        while not running.started:
            time.sleep(0.01)
        yield f"ws://127.0.0.1:{port}/"
    finally:
        running.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("length", [0, 5, 125, 126, 65_535, 65_536])
def test_a_finished_frame_is_read_as_its_text(length):
    text = "ö" + "x" * max(0, length - 2) if length else ""

    with server(sendable(text), {"type": "websocket.send", "text": "after"}) as address, connect(address) as socket:
        assert socket.recv(timeout=5) == text
        assert socket.recv(timeout=5) == "after"


def test_everybody_who_gets_a_text_gets_the_same_frame():
    assert sendable('{"seq":7}') is sendable('{"seq":7}')


def told_apart(text, framed):
    return {**sendable(framed), "text": text}


def test_the_frame_goes_out_as_it_is_and_not_made_again():
    with server(told_apart("made again", "as it is")) as address, connect(address) as socket:
        assert socket.recv(timeout=5) == "as it is"


def test_a_socket_that_compresses_is_sent_the_text():
    message = told_apart("compressed", "as it is")

    with server(message, compresses=True) as address, connect(address, compression="deflate") as socket:
        assert socket.recv(timeout=5) == "compressed"


def test_nothing_follows_a_close():
    with (
        server({"type": "websocket.close", "code": 4401}, sendable("too late")) as address,
        connect(address) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(timeout=5)

    assert closed.value.rcvd.code == 4401


def test_the_key_is_the_one_the_server_looks_for():
    assert READY in sendable("x")
