"""What is not public and still needed for a day: the demo control API, and the sandbox processor's own control."""

from __future__ import annotations

import asyncio
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx

from merchant.demo.client import Api, Traffic

ASK_EVERY_SECONDS = 0.5
# A second after a moved clock every process of the installation follows it.
CLOCK_SEEN_SECONDS = 1.2
QUIET_SECONDS_MAX = 240.0


class NotQuiet(Exception):
    """Work of the merchant did not come to an end."""


class Installation:
    """A running installation as the day's director sees it. `keys` are read from its `var` folder, so it must be this machine's."""

    def __init__(self, http: httpx.AsyncClient, *, base_url: str, var: Path, traffic: Traffic) -> None:
        demo_key = _read_key(var / "secrets" / "demo-control.key")
        self._processor_key = _read_key(var / "sandbox" / "control.key")
        self._http, self._traffic = http, traffic
        self._ours = Api(http, base_url=base_url, traffic=traffic, **{"X-Demo-Key": demo_key})
        self.merchant: dict[str, Any] = {}

    async def make_merchant(self, **wish: Any) -> dict[str, Any]:
        """Make a merchant of the day's own and remember it."""
        self.merchant = (await self._ours.send("POST", "/demo/merchants/", wish)).json()
        return self.merchant

    async def set_clock(self, now: datetime) -> None:
        """Make it `now` for the merchant and the processor, everywhere."""
        await self._ours.send("PUT", self._path("clock/"), {"now": now.isoformat()})
        await asyncio.sleep(CLOCK_SEEN_SECONDS)

    async def run(self, what: str) -> list[dict[str, Any]]:
        """Have scheduled work done now and return its jobs, ended. :raises NotQuiet: if one does not end well."""
        jobs = (await self._ours.send("POST", self._path("run/"), {"what": what})).json()["jobs"]
        deadline = time.monotonic() + QUIET_SECONDS_MAX
        ended = []
        for job in jobs:
            while job["status"] in ("queued", "running"):
                if time.monotonic() > deadline:
                    raise NotQuiet(f"{what} is still {job['status']} at step '{job['step']}'")
                await asyncio.sleep(ASK_EVERY_SECONDS)
                job = await self._ours.get(self._path(f"jobs/{job['id']}/"))
            if job["status"] != "done":
                raise NotQuiet(f"{what} ended as {job['status']}: {job['last_error']}")
            ended.append(job)
        return ended

    async def wait_until_quiet(self) -> None:
        """Wait until nothing of the merchant is on its way any more. :raises NotQuiet: naming what still is."""
        deadline = time.monotonic() + QUIET_SECONDS_MAX
        while True:
            unfinished = (await self._ours.get(self._path("")))["unfinished"]
            if not any(unfinished.values()):
                return
            if time.monotonic() > deadline:
                raise NotQuiet(", ".join(f"{count} {what}" for what, count in unfinished.items() if count))
            await asyncio.sleep(ASK_EVERY_SECONDS)

    async def plant(self, faults: list[dict[str, Any]]) -> None:
        """Have the processor misbehave. What names a payment is told to every account: it strikes where the payment went."""
        await self._processor("POST", "faults", {"faults": faults})
        if named := [fault for fault in faults if "reference" in fault.get("match", {})]:
            for account in self._other_accounts:
                await self._processor("POST", "faults", {"faults": named}, account=account)

    async def faults(self) -> list[dict[str, Any]]:
        """Return the faults with what each hit."""
        told = list((await self._processor("GET", "faults")).json())
        for account in self._other_accounts:
            told += (await self._processor("GET", "faults", account=account)).json()
        return told

    async def close_processor_day(self, day: date) -> None:
        """Have the processor settle a day."""
        for account in (self.merchant["processor"]["account"], *self._other_accounts):
            await self._processor("POST", "close-day", {"date": day.isoformat()}, account=account)

    @property
    def _other_accounts(self) -> list[str]:
        return list(self.merchant["processor"].get("also", []))

    async def _processor(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, account: str = ""
    ) -> httpx.Response:
        processor = self.merchant["processor"]
        control = Api(
            self._http, base_url=processor["url"], traffic=self._traffic, **{"X-Control-Key": self._processor_key}
        )
        return await control.send(method, f"/control/accounts/{account or processor['account']}/{path}", body)

    def _path(self, rest: str) -> str:
        return f"/demo/merchants/{self.merchant['merchant_id']}/{rest}"


def _read_key(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        raise SystemExit(f"There is no {path}. A day needs an installation that runs with its demo: make run") from None
