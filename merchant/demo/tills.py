"""Tills of the demo merchant that sell for ever, calmly: `python -m merchant.demo.tills [var/demo.json]`."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import httpx

from merchant.demo.client import Api, Refused, open_http
from merchant.demo.counter import Till
from merchant.demo.line import TabletLine
from merchant.demo.plan import next_story
from merchant.demo.results import Ledger
from merchant.demo.standing import customers, start

# Seconds between two customers of one till: ten tills sell about every three seconds, so a screen is never still and never hectic.
PAUSE_SECONDS = (12.0, 50.0)
KINDS = {"cash": 40, "split": 8, "card": 52}


async def run(demo: dict[str, Any], url: str) -> None:
    """Open every till of the demo."""
    terminals = {terminal["register_id"]: terminal["id"] for terminal in demo["terminals"]}
    # One till is left to who tries the product: its shift is theirs to open.
    left_alone = max(demo["tills"], key=lambda entry: str(entry.get("code", "")))["register_id"]
    async with open_http(connections=len(demo["tills"]) * 2) as http:
        await asyncio.gather(
            *(
                _till(
                    http,
                    demo,
                    entry,
                    url,
                    terminals.get(entry["register_id"]),
                    has_shifts=entry["register_id"] != left_alone,
                )
                for entry in demo["tills"]
            )
        )


async def _till(
    http: httpx.AsyncClient,
    demo: dict[str, Any],
    entry: dict[str, Any],
    url: str,
    terminal_id: str | None,
    *,
    has_shifts: bool,
) -> None:
    line = TabletLine(base_url=url, token=entry["token"], store_id=entry["store_id"])
    till = Till(
        api=Api(http, base_url=url, authorization=f"Device {entry['token']}"),
        currency=demo["currency"],
        line=line,
        terminal_id=terminal_id,
    )
    kinds = {kind: share for kind, share in KINDS.items() if kind != "card" or terminal_id}

    async def serve(chance: random.Random, number: int) -> None:
        if has_shifts:
            await _keep_shift(till, chance)
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        story = next_story(chance, number=number, kind=kind, articles=demo["articles"])
        await till.serve(story, gift_card=chance.choice(demo["gift_cards"]), ledger=Ledger())

    await asyncio.gather(line.run(), customers(serve, name=f"{entry['store']}, {entry['name']}", pause=PAUSE_SECONDS))


async def _keep_shift(till: Till, chance: random.Random) -> None:
    """Open and close the till as the day goes. What keeps it from closing keeps nobody from buying: it is closed after a later customer."""
    try:
        await till.keep_shift(now=datetime.now(UTC), chance=chance)
    except Refused as refused:
        print(refused, flush=True)


if __name__ == "__main__":
    start("Tills of the demo merchant.", run)
