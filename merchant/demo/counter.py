"""A till and the customers it serves: cash, gift cards, cards on its terminal, goods back."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from merchant.demo.client import Api, Refused
from merchant.demo.line import TabletLine
from merchant.demo.plan import Story
from merchant.demo.results import Ledger
from merchant.demo.terminal_device import Device

ASK_EVERY_SECONDS = 1.0
# A terminal that lost its line, or a processor that fell silent, is asked for a minute or two before anybody knows.
RESULT_SECONDS_MAX = 180.0
# The customer before may have left the terminal reconnecting; nothing was asked of it when it says so.
TERMINAL_AWAY = ("terminal_offline", "terminal_not_ready", "terminal_busy")
TERMINAL_BACK_SECONDS_MAX = 20.0
# The relay hands a paid order over; until then nothing of it can come back.
HAND_OVER_SECONDS_MAX = 20.0
# For so long a terminal's line stays cut between the bank's yes and ours.
CUT_SECONDS = 2.0
# Change for a day.
FLOAT_MINOR = 15_000
# Then somebody goes home.
SHIFT_LONGEST = timedelta(hours=12)
FINAL = ("succeeded", "declined", "failed")


@dataclass(slots=True)
class Till:
    """One tablet at a register, and the terminal beside it. `device` is there if we are the terminal ourselves."""

    api: Api
    currency: str
    line: TabletLine | None = None
    terminal_id: str | None = None
    device: Device | None = None

    async def serve(self, story: Story, *, gift_card: str, ledger: Ledger) -> None:
        """Serve one customer to the end and note what became of it."""
        if story.kind == "cash":
            await self._sell_for_cash(story, ledger)
        elif story.kind == "split":
            await self._sell_by_gift_card_and_cash(story, gift_card, ledger)
        else:
            await self._sell_by_card(story, ledger)

    async def _sell_for_cash(self, story: Story, ledger: Ledger) -> None:
        body = {"lines": _lines(story), "tendered_minor": story.tendered_minor, "total_minor": story.goods_minor}
        sale = await self.api.act("/api/v1/sales/", body)
        ledger.note(story, "paid", sale["order"]["total"]["amount_minor"])
        await self._bring_back(story, sale["order"], ledger)

    async def _sell_by_gift_card_and_cash(self, story: Story, code: str, ledger: Ledger) -> None:
        order = await self._begin(story)
        left = story.goods_minor
        try:
            gift = await self._tender(order, "gift_card", story.gift_minor, code=code)
            left = gift["order"]["open"]["amount_minor"]
            ledger.note(story, "gift card", story.goods_minor - left)
        except Refused as refused:
            if refused.code != "voucher_not_usable":
                raise
            ledger.note(story, "gift card empty", 0)
        if left:
            await self._tender(order, "cash", left)
            ledger.note(story, "cash", left)
        await self._bring_back(story, order, ledger)

    async def _sell_by_card(self, story: Story, ledger: Ledger) -> None:
        order = await self._begin(story)
        if self.device is not None:
            self.device.faults["card"] = story.card
            if story.twist == "dropped":
                self.device.faults["drop_before_answer"] = CUT_SECONDS
        asked = await self._card_tender(order, story.goods_minor)
        operation = await self.result_of(asked["id"])
        approved = operation["payment"]["approved"]["amount_minor"] if operation["status"] == "succeeded" else 0
        what = {"succeeded": "paid", "declined": "declined", "failed": "failed"}[operation["status"]]
        ledger.note(
            story, f"{what} after a cut line" if story.twist == "dropped" else what, approved or story.goods_minor
        )
        if approved:
            ledger.paid_by_card(story, reference=operation["reference"], minor=approved)
        if approved < story.goods_minor:
            await self._tender(order, "cash", story.goods_minor - approved)
            ledger.note(story, "rest in cash", story.goods_minor - approved)
        await self._bring_back(story, order, ledger)

    async def open_shift(self, *, member_id: str | None = None) -> None:
        """Begin the day with the float, unless the shift of another day is still open. `member_id` is who stands at the till, None for the tablet."""
        current = await self.api.get("/api/v1/till/shift/")
        if current["shift"] is None:
            await self.api.act("/api/v1/shifts/", {"float_minor": FLOAT_MINOR, "member_id": member_id})

    async def keep_shift(self, *, now: datetime, chance: random.Random) -> None:
        """Do what a cashier does between two customers: open the till in the morning, count and close it when the shift is long enough."""
        current = (await self.api.get("/api/v1/till/shift/"))["shift"]
        if current is not None and now - datetime.fromisoformat(current["opened_at"]) > SHIFT_LONGEST:
            await self.close_shift()
            current = None
        if current is None:
            people = (await self.api.get("/api/v1/till/cashiers/"))["results"]
            cashiers = [one for one in people if one["role"] == "cashier"] or people
            await self.open_shift(member_id=chance.choice(cashiers)["member_id"] if cashiers else None)

    async def close_shift(self) -> int:
        """Count by notes and coins, leave the float in the drawer, bring the rest to the safe; return the number of the Z."""
        current = await self.api.get("/api/v1/till/shift/")
        path = f"/api/v1/shifts/{current['shift']['id']}"
        # Nobody stands at this drawer: a first count, of nothing, says what should be in it.
        looked = await self.api.act(f"{path}/counts/", {"loose_minor": 0})
        pieces, left = {}, looked["expected_minor"]
        for value in current["denominations"]:
            pieces[str(value)], left = divmod(left, value)
        count = await self.api.act(f"{path}/counts/", {"denominations": pieces, "loose_minor": left})
        stays = min(FLOAT_MINOR, count["counted_minor"])
        closed = await self.api.act(f"{path}/closings/", {"count_id": count["id"], "left_minor": stays})
        return int(closed["number"])

    async def result_of(self, operation_id: str) -> dict[str, Any]:
        """Return an operation once its outcome is known: by the line, or by asking again."""
        deadline = time.monotonic() + RESULT_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.line is not None:
                await self.line.hear(operation_id, seconds=ASK_EVERY_SECONDS)
            else:
                await asyncio.sleep(ASK_EVERY_SECONDS)
            operation: dict[str, Any] = await self.api.get(f"/api/v1/operations/{operation_id}/")
            if operation["status"] in FINAL:
                return operation
        raise TimeoutError(f"operation {operation_id} has no outcome after {RESULT_SECONDS_MAX:.0f} s")

    async def _begin(self, story: Story) -> dict[str, Any]:
        order: dict[str, Any] = await self.api.act("/api/v1/till/orders/", {"lines": _lines(story)})
        return order

    async def _tender(self, order: dict[str, Any], method: str, minor: int, **more: Any) -> dict[str, Any]:
        body = {"method": method, "amount": {"amount_minor": minor, "currency": self.currency}, **more}
        answer: dict[str, Any] = await self.api.act(f"/api/v1/orders/{order['id']}/payments/", body)
        return answer

    async def _card_tender(self, order: dict[str, Any], minor: int) -> dict[str, Any]:
        """Ask for a card at the till's terminal; one that comes back from the customer before is waited for, as a cashier does."""
        deadline = time.monotonic() + TERMINAL_BACK_SECONDS_MAX
        while True:
            try:
                return await self._tender(order, "card_present", minor, terminal_id=self.terminal_id)
            except Refused as refused:
                if refused.code not in TERMINAL_AWAY or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(ASK_EVERY_SECONDS)

    async def _bring_back(self, story: Story, order: dict[str, Any], ledger: Ledger) -> None:
        """Take one piece of the first line back, if the customer thinks better of it."""
        if story.twist != "returned":
            return
        body = {
            "lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}],
            "restock": True,
            "reason": "changed mind",
        }
        done = await self._once_handed_over(f"/api/v1/orders/{order['id']}/returns/", body)
        ledger.note(story, "returned", done["total"]["amount_minor"])
        for refund in done["refunds"]:
            operation = refund if refund["status"] in FINAL else await self.result_of(refund["id"])
            ledger.note(story, f"refund {operation['status']}", operation["amount"]["amount_minor"])

    async def _once_handed_over(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + HAND_OVER_SECONDS_MAX
        while True:
            try:
                done: dict[str, Any] = await self.api.act(path, body)
                return done
            except Refused as refused:
                if refused.code != "return_exceeds_handed_over" or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)


def _lines(story: Story) -> list[dict[str, Any]]:
    return [{"article": line.barcode, "quantity": line.quantity} for line in story.lines]
