"""The day that the demo trades."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from merchant.demo import day as days
from merchant.demo.closing import next_mornings

NOW, OPENED = datetime(2026, 11, 23, 10, 43, tzinfo=UTC), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class _Clock:
    """The installation's clock."""

    def __init__(self) -> None:
        self.now = NOW

    async def set_clock(self, now: datetime) -> None:
        self.now = now


class _Till:
    """A till that notes when its shift began."""

    def __init__(self, clock: _Clock) -> None:
        self.clock = clock
        self.opened_at: datetime | None = None

    async def open_shift(self) -> None:
        self.opened_at = self.clock.now


def test_yesterdays_shifts_begin_yesterday_before_the_first_sale(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock()
    till = _Till(clock)

    async def assemble(*_: Any) -> Any:
        return SimpleNamespace(tills=[till], tasks=[], lines=[])

    async def nothing(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(days, "_assemble", assemble)
    for name in ("_trade", "_close_tills", "close"):
        monkeypatch.setattr(days, name, nothing)
    options = days.Options(seed="x", sales=1, base_url="http://nobody.example", var=Path(), tell=lambda _: None)
    day = days.Day(merchant={"merchant_id": "m", "tills": [], "api_key": "k"})

    asyncio.run(days.play(clock, None, options, day, opened=OPENED, moments=next_mornings(OPENED)))  # type: ignore[arg-type]

    assert till.opened_at == OPENED
