"""What staff read about a terminal and about a payment on it: one table, for the wall and for the till alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.pages.display import money_text
from payments.records.declines import advice
from payments.records.models import Operation
from terminals.drivers.agent import protocol

FAULTS: dict[str, Promise] = {
    "paper_out": gettext_lazy("The paper is out"),
    "printer": gettext_lazy("The printer does not work"),
    "battery_low": gettext_lazy("The battery is nearly empty"),
    "card_reader": gettext_lazy("The card reader does not work"),
    "tamper": gettext_lazy("Somebody has tried to open it"),
    "host": gettext_lazy("It does not reach its bank"),
    "other": gettext_lazy("Needs care"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the cashier is told of a payment. `code` names the situation; `warning` is what must not be done, "" for nothing."""

    code: str
    text: str
    next_step: str = ""
    warning: str = ""

    def as_document(self) -> dict[str, str]:
        """Return it as REST shows it."""
        return {"code": self.code, "text": self.text, "next_step": self.next_step, "warning": self.warning}


def fault_words(fault: str, note: str) -> str:
    """Return what is wrong with a terminal: its own words, or ours for what it names."""
    return note or str(FAULTS.get(fault, FAULTS["other"]))


def network_words(network: str) -> str:
    """Return how a terminal says it is connected: its kind in the reader's language, and what else it said."""
    kinds = {
        "wi-fi": _("Wi-Fi"),
        "wifi": _("Wi-Fi"),
        "ethernet": _("Cable"),
        "lan": _("Cable"),
        "cellular": _("Mobile"),
        "mobile": _("Mobile"),
    }
    kind, blank, rest = network.partition(" ")
    return f"{kinds.get(kind.lower(), kind)}{blank}{rest}"


def step_words(step: str) -> str:
    """Return what a terminal in a payment is doing right now, "" for a step that has no words."""
    return {
        "sent": _("Sent to the terminal"),
        "card": _("Waiting for card"),
        "pin": _("PIN entry"),
        "signature": _("Signature: compare it with the card"),
        "bank": _("Asking the bank"),
        "done": _("Done"),
    }.get(step, "")


def words_of(
    operation: Operation, *, answer: Mapping[str, Any] | None, step: str, is_cancel_asked: bool, locale: str
) -> Words:
    """Return what to tell the cashier of `operation`; `answer` is what the terminal said of it, `step` what it is doing."""
    if operation.status == "succeeded":
        return _approved(operation, answer or {}, is_cancel_asked, locale)
    if operation.status == "unknown":
        return _unknown(operation)
    if operation.status in ("declined", "failed"):
        told = advice(operation.decline_code)
        return Words(operation.decline_code or operation.status, str(told.cashier))
    if is_cancel_asked:
        return Words("cancel_asked", _("The terminal is asked to give it up. What it answers counts."))
    return Words(step or "requested", step_words(step) or _("On its way to the terminal"))


def _approved(operation: Operation, answer: Mapping[str, Any], is_cancel_asked: bool, locale: str) -> Words:
    minor = operation.amount_minor if operation.result_minor is None else operation.result_minor
    approved, asked = Money(minor, operation.currency), Money(operation.amount_minor, operation.currency)
    if is_cancel_asked:
        return Words(
            "approved_after_cancel",
            _("The approval was faster than the cancel: the customer has paid."),
            _("If the sale is off, give the money back with a refund."),
            _("Do not charge again."),
        )
    if minor < operation.amount_minor:
        return Words(
            "approved_partly",
            _("Only {approved} of {asked} was approved.").format(
                approved=money_text(approved, locale=locale), asked=money_text(asked, locale=locale)
            ),
            _("Take the rest in another way, or give this back."),
        )
    if answer.get("receipt_printed") is False:
        return Words(
            "approved_without_receipt",
            _("Approved. The terminal could not print its receipt."),
            _("Print or send the receipt from the till, and look at the terminal's paper."),
            _("Do not charge again."),
        )
    return Words("approved", _("Approved."))


def _unknown(operation: Operation) -> Words:
    if operation.decline_code == protocol.AMOUNT_DIFFERS:
        return Words(
            protocol.AMOUNT_DIFFERS,
            _("The terminal says it approved something else than was asked. It does not count as paid."),
            _("Keep the customer's slip and fetch a manager, who decides on the payment's page."),
            _("Do not charge again."),
        )
    return Words(
        "unknown",
        _("Nobody can say yet whether the card was charged. The terminal and the bank are being asked."),
        _("Stay with the customer; it is usually known within two minutes."),
        _("Do not charge again."),
    )
