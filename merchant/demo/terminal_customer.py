"""The customer at a simulated terminal: card, PIN, signature, tip, and what goes wrong with them on command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from merchant.demo.terminal_bank import Answer, Asked, failure

if TYPE_CHECKING:
    from merchant.demo.terminal_device import Device

# Above this a PIN is asked for, as with contactless cards in Europe.
CONTACTLESS_MINOR_MAX = 5000
CARDS = ("tok_visa_ok", "tok_mc_ok", "tok_girocard_ok", "tok_amex_ok")
POOR_CARD = "tok_decline_insufficient_funds"
# A customer who has not found a card by then has none, unless the terminal's settings say otherwise. Real seconds, at any speed.
CARD_SECONDS = 60
PIN_TRIES = 3


async def meet(device: Device, asked: Asked) -> Answer | None:
    """Wait for card, PIN and signature. Returns the answer if the customer got no further than that."""
    is_card_missing = device.faults.pop("no_card", False)
    await device.go("card")
    if is_card_missing:
        await asyncio.sleep(device.settings.values.get("card_seconds", CARD_SECONDS))
        return failure("cancel", text="No card was shown")
    if asked.body.get("moto"):
        # The number is keyed while its owner is on the phone: nobody there enters a PIN or signs.
        return None
    if asked.body["amount_minor"] > CONTACTLESS_MINOR_MAX or device.faults.get("wrong_pins"):
        await device.go("pin")
    for tries in range(1, int(device.faults.pop("wrong_pins", 0)) + 1):
        if tries >= PIN_TRIES:
            return failure("wrong_pin")
        await device.go("pin", note=f"Wrong PIN, {PIN_TRIES - tries} tries left")
    if device.faults.pop("card_removed", False):
        return failure("card_removed")
    if device.faults.pop("signature", False):
        await device.go("signature")
    return None


async def ask_bank(device: Device, service_id: str, asked: Asked) -> Answer:
    """Ask for what the customer pays, their tip added, and return the bank's answer."""
    if asked.body.get("ask_tip"):
        asked = asked.with_tip(int(device.faults.pop("tip", 0)))
    if by_minor := device.faults.pop("keyed_by", 0):
        asked = Asked(asked.category, {**asked.body, "amount_minor": asked.body["amount_minor"] + by_minor})
    # Kept before the bank is asked: after a power cut it is settled as it was asked, with its tip.
    device.memory.keep(service_id, {"category": asked.category, "body": asked.body, "answer": None})
    await device.go("bank")
    return await device.bank.authorise(asked, _card(device))


def spoil(device: Device, answer: Answer, asked: Asked) -> None:
    """Make the answer wrong in the ways that were asked for."""
    if answer["result"] == "failure":
        return
    answer["amount_minor"] += device.faults.pop("said_by", 0)
    answer["reference"] = "NOTOURS000000000" if device.faults.pop("other_reference", False) else asked.reference
    if device.clock_off_seconds:
        answer["landed_at"] = device.time()


def _card(device: Device) -> str:
    told: str | None = device.faults.pop("card", None)
    if told is None and device.random.random() < device.config.temper.get("decline", 0):
        return POOR_CARD
    return told or device.random.choice(CARDS)
