"""Shoppers: checkouts of the webshop paid by token, and payment links paid on the hosted page."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from merchant.demo.browser import Browser
from merchant.demo.client import Api
from merchant.demo.plan import Story
from merchant.demo.results import Ledger

ASK_SECONDS_FIRST, ASK_SECONDS_MAX = 0.25, 1.5
RESULT_SECONDS_MAX = 180.0
REFUND_SHARE_PERCENT = 40
_FINAL = ("succeeded", "declined", "failed")
_NO = ("declined", "failed")
_PEOPLE = (
    ("Ines Albrecht", "Berlin", "10405", "Marienburger Str. 12"),
    ("Okan Demir", "Köln", "50825", "Landmannstr. 4"),
    ("Svea Lindqvist", "Hamburg", "20257", "Osterstr. 88"),
    ("Paul Krüger", "Leipzig", "04107", "Karl-Liebknecht-Str. 31"),
    ("Nora Weiß", "München", "81667", "Weißenburger Str. 7"),
    ("Luca Ferrari", "Stuttgart", "70178", "Tübinger Str. 55"),
)


@dataclass(slots=True)
class Webshop:
    """The merchant's webshop, which holds an API key, and its shoppers."""

    api: Api
    currency: str
    web_channel: str
    link_channel: str
    # The numbers of the stories whose payment the server has taken on.
    asked: set[int] = field(default_factory=set)

    async def serve(self, story: Story, *, ledger: Ledger) -> None:
        """Let one shopper buy and note what became of it."""
        if story.kind == "checkout":
            await self._check_out(story, ledger)
        else:
            await self._pay_link(story, ledger)

    async def _check_out(self, story: Story, ledger: Ledger) -> None:
        body = {**self._basket(story), "channel": self.web_channel, "delivery_method": "parcel", **_address(story)}
        checkout = await self.api.act("/api/v1/checkouts/", body)
        path = f"/api/v1/checkouts/{checkout['id']}/"
        total = checkout["order"]["total"]["amount_minor"]
        for card in _cards(story):
            asked = await self.api.act(f"{path}payments/", {"token": card})
            self.asked.add(story.number)
            shown = await self._outcome(path, asked["payment"]["operation_id"], card=card)
            if self._note_payment(story, shown, total, ledger):
                await self._ship(story, shown, ledger)
                await self._refund(story, shown, total, ledger)
                return

    async def _pay_link(self, story: Story, ledger: Ledger) -> None:
        body = {**self._basket(story), "channel": self.link_channel}
        link = await self.api.act("/api/v1/payment-links/", body)
        path = f"/api/v1/payment-links/{link['id']}/"
        total = link["order"]["total"]["amount_minor"]
        async with Browser() as browser:
            for card in _cards(story):
                page = await browser.open(link["payment_url"])
                before = (await self.api.get(path))["payment"]
                await browser.submit(page, page.forms()[0])
                shown = await self._outcome(path, "", card=card, not_operation=(before or {}).get("operation_id", ""))
                if self._note_payment(story, shown, total, ledger):
                    await self._ship(story, shown, ledger)
                    await self._refund(story, shown, total, ledger)
                    return

    def _note_payment(self, story: Story, shown: dict[str, Any], total: int, ledger: Ledger) -> bool:
        payment = shown["payment"]
        if shown["status"] != "paid":
            ledger.note(story, payment["status"], total)
            return False
        words = {"challenged": "paid after a challenge", "unknown_landed": "paid after silence"}
        ledger.note(story, words.get(story.twist, "paid"), total)
        ledger.paid_by_card(story, reference=payment["reference"], minor=total)
        return True

    async def _outcome(self, path: str, operation_id: str, *, card: str, not_operation: str = "") -> dict[str, Any]:
        """Return the checkout or link when its payment has been decided, answering what the bank asks on the way."""
        deadline, wait = time.monotonic() + RESULT_SECONDS_MAX, ASK_SECONDS_FIRST
        answered = False
        while time.monotonic() < deadline:
            shown: dict[str, Any] = await self.api.get(path)
            payment = shown["payment"] or {}
            # A payment that goes on at another account has a later operation; ids sort by the moment they were made.
            is_ours = (
                payment.get("operation_id", "") >= operation_id
                if operation_id
                else payment.get("operation_id", "") != not_operation
            )
            if shown["status"] == "paid" or (is_ours and payment["status"] in _NO):
                return shown
            if shown["status"] in ("expired", "revoked"):
                raise RuntimeError(f"{path} is {shown['status']}")
            if is_ours and payment.get("action_url") and not answered:
                answered = True
                await _answer_bank(payment["action_url"], card=card)
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, ASK_SECONDS_MAX)
        raise TimeoutError(f"{path} has no outcome after {RESULT_SECONDS_MAX:.0f} s")

    async def _ship(self, story: Story, shown: dict[str, Any], ledger: Ledger) -> None:
        """Send the parcel off: three of four leave the same day, the others wait for tomorrow's van."""
        if story.seat % 4 == 0:
            return
        done = await self.api.act(f"/api/v1/orders/{shown['order']['id']}/fulfilments/", {})
        ledger.note(story, "shipped", done["total"]["amount_minor"])

    async def _refund(self, story: Story, shown: dict[str, Any], total: int, ledger: Ledger) -> None:
        if story.twist != "refunded":
            return
        minor = total * REFUND_SHARE_PERCENT // 100
        body = {"amount": {"amount_minor": minor, "currency": self.currency}, "reason": "arrived damaged"}
        asked = await self.api.act(f"/api/v1/payments/{shown['payment']['id']}/refunds/", body)
        deadline = time.monotonic() + RESULT_SECONDS_MAX
        while asked["status"] not in _FINAL:
            if time.monotonic() > deadline:
                raise TimeoutError(f"refund {asked['id']} has no outcome")
            await asyncio.sleep(ASK_SECONDS_MAX / 2)
            asked = await self.api.get(f"/api/v1/operations/{asked['id']}/")
        ledger.note(story, f"refund {asked['status']}", minor)

    def _basket(self, story: Story) -> dict[str, Any]:
        name = _PEOPLE[story.seat % len(_PEOPLE)][0]
        return {
            "currency": self.currency,
            "lines": [{"sku": line.sku, "quantity": line.quantity} for line in story.lines],
            "customer": {"email": f"{name.split()[0].lower()}{story.seat % 97}@shopper.example", "name": name},
        }


def _cards(story: Story) -> list[str]:
    return [story.card, story.second_card] if story.twist == "declined_then_paid" else [story.card]


def _address(story: Story) -> dict[str, Any]:
    name, city, postcode, street = _PEOPLE[story.seat % len(_PEOPLE)]
    address = {"name": name, "line1": street, "postal_code": postcode, "city": city, "country": "DE"}
    return {"shipping_address": address}


async def _answer_bank(url: str, *, card: str) -> None:
    """Go to the processor's page: type the card if it asks for one, and approve what the bank asks."""
    async with Browser() as browser:
        page = await browser.open(url)
        forms = page.forms()
        if forms and "token" in forms[0].fields:
            page = await browser.submit(page, forms[0], token=card)
            forms = page.forms()
        if forms and any(name == "answer" for name, _ in forms[0].buttons):
            await browser.submit(page, forms[0], answer="approve")
