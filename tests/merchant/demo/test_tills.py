"""The demo's standing tills open and close like a cashier's."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import httpx
import pytest

from merchant.demo.client import Api
from merchant.demo.counter import FLOAT_MINOR, Till

LEA = {"member_id": "0198a3c0-0000-7000-8000-000000000001", "name": "Lea", "role": "cashier"}
OWNER = {"member_id": "0198a3c0-0000-7000-8000-000000000002", "name": "Mara", "role": "owner"}
OPENED = "2026-11-20T08:00:00+00:00"


class Server:
    """A till's server: one shift, which counts to what is expected."""

    def __init__(self, opened_at: str | None) -> None:
        self.shift = {"id": "s1", "opened_at": opened_at} if opened_at else None
        self.acts: list[tuple[str, dict[str, object]]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "GET":
            shown = (
                {"results": [OWNER, LEA]}
                if path.endswith("cashiers/")
                else {"shift": self.shift, "denominations": [100]}
            )
            return httpx.Response(200, json=shown)
        body = json.loads(request.content)
        self.acts.append((path, body))
        if path.endswith("/closings/"):
            self.shift = None
        return httpx.Response(201, json={"id": "c1", "number": 4, "expected_minor": 20_050, "counted_minor": 20_050})


async def keep(server: Server, now: datetime) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        till = Till(api=Api(http, base_url="http://shop"), currency="EUR")
        await till.keep_shift(now=now, chance=random.Random(1))


@pytest.mark.asyncio
async def test_a_till_without_a_shift_is_opened_by_a_cashier_with_the_float() -> None:
    server = Server(None)

    await keep(server, datetime(2026, 11, 20, 8, tzinfo=UTC))

    assert server.acts == [("/api/v1/shifts/", {"float_minor": FLOAT_MINOR, "member_id": LEA["member_id"]})]


@pytest.mark.asyncio
async def test_a_shift_of_the_same_day_goes_on() -> None:
    server = Server(OPENED)

    await keep(server, datetime(2026, 11, 20, 19, tzinfo=UTC))

    assert server.acts == []


@pytest.mark.asyncio
async def test_a_shift_that_is_long_enough_is_counted_and_closed_and_the_next_one_begins() -> None:
    server = Server(OPENED)

    await keep(server, datetime(2026, 11, 21, 8, tzinfo=UTC))

    assert [path.rsplit("/", 2)[-2] for path, _ in server.acts] == ["counts", "counts", "closings", "shifts"]
    assert server.acts[1][1] == {"denominations": {"100": 200}, "loose_minor": 50}
    assert server.acts[2][1]["left_minor"] == FLOAT_MINOR
