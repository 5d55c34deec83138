"""The demo's clients: polite to a server that fails, and strict with a webhook that is not signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import httpx
import pytest

from merchant.demo import client
from merchant.demo.browser import Page
from merchant.demo.client import Api, Refused
from merchant.demo.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.mark.asyncio
async def test_an_act_is_repeated_with_its_key_until_the_server_is_back(monkeypatch):
    monkeypatch.setattr(client, "RETRY_SECONDS_FIRST", 0.001)
    keys, answers = [], [httpx.ConnectError("away"), 503, (409, "request_in_flight"), 201]

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        given = answers.pop(0)
        if isinstance(given, Exception):
            raise given
        status, code = given if isinstance(given, tuple) else (given, "")
        return httpx.Response(status, json={"id": "1", "code": code})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        done = await Api(http, base_url="http://shop").act("/api/v1/sales/", {"lines": []})

    assert done["id"] == "1"
    assert len(keys) == 4
    assert len(set(keys)) == 1


@pytest.mark.asyncio
async def test_a_refusal_is_not_repeated():
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(409, json={"code": "insufficient_stock", "detail": "Not enough pieces are free."})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(Refused) as refused:
            await Api(http, base_url="http://shop").act("/api/v1/sales/", {"lines": []})

    assert refused.value.code == "insufficient_stock"
    assert len(asked) == 1


@pytest.mark.asyncio
async def test_webhooks_count_once_and_only_if_they_are_signed():
    receiver = Receiver(secret=SECRET)
    async with await receiver.listen() as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks"
        async with httpx.AsyncClient(trust_env=False) as http:
            statuses = [
                (await http.post(url, content=body, headers=headers)).status_code
                for headers, body in (signed("evt_1"), signed("evt_1"), signed("evt_2", key=b"x" * 32))
            ]

    assert statuses == [204, 204, 401]
    assert receiver.seen == {"order.paid": 1}
    assert (receiver.repeated, receiver.refused) == (1, 1)


def test_a_page_gives_its_forms_with_hidden_fields_and_buttons():
    page = Page(
        "http://shop/pay/1/",
        200,
        '<form method="get"><input name="q"></form><form method="POST" action="/pay/1/">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="abc"><button name="answer" value="approve">Yes</button></form>',
    )

    [form] = page.forms()

    assert form.action == "/pay/1/"
    assert form.fields == {"csrfmiddlewaretoken": "abc"}
    assert form.buttons == [("answer", "approve")]


def signed(event_id: str, *, key: bytes = b"k" * 32) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"type": "order.paid"}).encode()
    mark = base64.b64encode(hmac.new(key, f"{event_id}.1700000000.".encode() + body, hashlib.sha256).digest()).decode()
    return {"webhook-id": event_id, "webhook-timestamp": "1700000000", "webhook-signature": f"v1,{mark}"}, body
