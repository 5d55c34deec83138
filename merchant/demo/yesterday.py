"""
Yesterday of the demo merchant, traded and closed once, so that a newcomer finds money that was settled, paid out and reconciled.

`python -m merchant.demo.yesterday [var/demo.json]` is run by `up` at the first start, before the terminals are switched on: it is them meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from merchant.demo.client import open_http
from merchant.demo.closing import Moments
from merchant.demo.day import CONNECTIONS, ZONE, Day, Options, date_in, opening_time, play
from merchant.demo.installation import Installation
from merchant.demo.results import digest
from merchant.demo.standing import DEFAULT_CONFIG, DEFAULT_URL

SEED, SALES = "yesterday", 80


def main() -> None:
    """Trade yesterday unless that was done, and leave a note that it was."""
    parser = argparse.ArgumentParser(description="Trade and close yesterday for the demo merchant, once.")
    parser.add_argument("config", nargs="?", type=Path, default=DEFAULT_CONFIG)
    config = parser.parse_args().config
    demo = json.loads(config.read_text())
    note = config.parent / "demo" / "yesterday.json"
    if note.exists() and json.loads(note.read_text())["merchant_id"] == demo["merchant_id"]:
        return
    day = asyncio.run(_trade_yesterday(demo, var=config.parent))
    note.write_text(json.dumps({"merchant_id": demo["merchant_id"], "digest": digest(day.ledger.outcomes)}))
    for trouble in day.ledger.troubles:
        print(trouble, flush=True)


async def _trade_yesterday(demo: dict[str, Any], *, var: Path) -> Day:
    url = os.environ.get("TILLSYN_URL", DEFAULT_URL)
    options = Options(seed=SEED, sales=SALES, base_url=url, var=var, tell=lambda line: print(line, flush=True))
    day = Day(merchant=demo)
    day.receiver.secret = demo["webhook_secret"]
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http(connections=CONNECTIONS))
        await stack.enter_async_context(await day.receiver.listen(demo["webshop_port"]))
        installation = Installation(http, base_url=url, var=var, traffic=day.traffic)
        installation.merchant = demo
        try:
            await play(
                installation,
                http,
                options,
                day,
                opened=opening_time(date_in(ZONE) - timedelta(days=1)),
                moments=_today(),
            )
        finally:
            await installation.set_clock(datetime.now(UTC))
    return day


def _today() -> Moments:
    """Return now, three times: yesterday's report, payout and bank line are all there today."""
    now = datetime.now(UTC)
    return Moments(now, now, now)


if __name__ == "__main__":
    main()
