"""After the last customer: faults are planted, the books are closed, and everything is settled, paid out, found in the bank and exported."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from merchant.demo.client import Api
from merchant.demo.installation import ASK_EVERY_SECONDS, Installation
from merchant.demo.results import CardPayment, Ledger

SETTLED_SHORT_MINOR, PAYOUT_SHORT_MINOR = 250, 1200
# What the processor suddenly takes of two sales, instead of what was agreed.
OTHER_FEE = {"basis_points": 190, "fixed_minor": 25}
EXPORTS = ("payments", "orders", "journal", "reconciliation", "closings")
EXPORT_SECONDS_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Exported:
    """One file as it was fetched."""

    kind: str
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Closed:
    """What the proof can be held against."""

    planted: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]
    exports: list[Exported]


def choose_faults(payments: list[CardPayment]) -> list[dict[str, Any]]:
    """
    Return what the processor shall do wrong: one payment settled short, one left out, other fees for two, and a payout that reaches the bank short.

    The victims are the first plain payments of the day, by the number of their customer: the same ones for the same seed.
    """
    plain = sorted((payment for payment in payments if not payment.twist), key=lambda payment: payment.story)
    kinds = ["settle_short", "leave_out", "fee_change", "fee_change"]
    more = {"settle_short": {"amount_minor": SETTLED_SHORT_MINOR}, "leave_out": {}, "fee_change": OTHER_FEE}
    faults = [
        {"kind": kind, "match": {"reference": payment.reference}, **more[kind]}
        for kind, payment in zip(kinds, plain, strict=False)
    ]
    return [*faults, {"kind": "payout_short", "amount_minor": PAYOUT_SHORT_MINOR}]


@dataclass(frozen=True, slots=True)
class Moments:
    """When a day is closed, when its report is fetched, and when the bank's statement of the payout is."""

    closed: datetime
    reported: datetime
    booked: datetime


def next_mornings(opened: datetime) -> Moments:
    """Return the usual moments: soon after midnight, the next morning, and the morning after."""
    day, zone = opened.date(), opened.tzinfo
    return Moments(
        datetime.combine(day + timedelta(days=1), time(0, 20), zone),
        datetime.combine(day + timedelta(days=1), time(6, 10), zone),
        datetime.combine(day + timedelta(days=2), time(8, 0), zone),
    )


async def close(installation: Installation, api: Api, *, day: date, moments: Moments, ledger: Ledger) -> Closed:
    """Plant faults, close `day`, move the clock from moment to moment, and return what was found."""
    await installation.wait_until_quiet()
    await installation.plant(choose_faults(ledger.payments))

    await installation.set_clock(moments.closed)
    await installation.run("day_close")
    await installation.wait_until_quiet()
    await installation.close_processor_day(day)

    await installation.set_clock(moments.reported)
    await installation.run("fetch_reports")
    await installation.wait_until_quiet()

    await installation.set_clock(moments.booked)
    await installation.run("fetch_statements")
    await installation.wait_until_quiet()
    await installation.run("reconcile")
    await installation.run("seal_audit")
    await installation.wait_until_quiet()

    exports = [await _export(api, kind) for kind in EXPORTS]
    return Closed(await installation.faults(), await _list_exceptions(api), exports)


async def _list_exceptions(api: Api) -> list[dict[str, Any]]:
    """Return every open exception, page by page."""
    found: list[dict[str, Any]] = []
    older = ""
    while older is not None:
        page = await api.get(f"/api/v1/reconciliation/exceptions/{older and f'?after={older}'}")
        found += page["data"]
        older = page["older"]
    return found


async def _export(api: Api, kind: str) -> Exported:
    asked = await api.act("/api/v1/exports/", {"kind": kind})
    deadline = asyncio.get_running_loop().time() + EXPORT_SECONDS_MAX
    while asked["status"] in ("queued", "running"):
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"the export of {kind} is still {asked['status']}")
        await asyncio.sleep(ASK_EVERY_SECONDS)
        asked = await api.get(f"/api/v1/exports/{asked['id']}/")
    if asked["status"] != "done":
        raise RuntimeError(f"the export of {kind} ended as {asked['status']}: {asked['problem']}")
    content = (await api.send("GET", asked["download_url"])).content
    return Exported(kind, int(asked["row_count"]), len(content))
