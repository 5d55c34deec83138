"""Shoppers of the demo merchant who buy for ever, calmly: `python -m merchant.demo.shoppers [var/demo.json]`."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from merchant.demo.client import Api, open_http
from merchant.demo.plan import next_story
from merchant.demo.receiver import Receiver
from merchant.demo.results import Ledger
from merchant.demo.standing import customers, start
from merchant.demo.webshop import Webshop

SHOPPERS = 4
PAUSE_SECONDS = (15.0, 45.0)
KINDS = {"checkout": 78, "link": 22}


async def run(demo: dict[str, Any], url: str) -> None:
    """Open the webshop, hear its webhooks and let shoppers in."""
    receiver = Receiver(secret=demo["webhook_secret"])
    async with open_http(connections=SHOPPERS * 2) as http, await receiver.listen(demo["webshop_port"]):
        codes = demo["channel_codes"]
        shop = Webshop(
            api=Api(http, base_url=url, authorization=f"Bearer {demo['api_key']}"),
            currency=demo["currency"],
            web_channel=codes["webshop"],
            link_channel=codes["link"],
        )

        async def serve(chance: random.Random, number: int) -> None:
            kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
            story = next_story(chance, number=number, kind=kind, articles=demo["articles"])
            await shop.serve(story, ledger=Ledger())

        await asyncio.gather(
            *(customers(serve, name=f"shopper {seat}", pause=PAUSE_SECONDS) for seat in range(SHOPPERS))
        )


if __name__ == "__main__":
    start("Shoppers of the demo merchant.", run)
