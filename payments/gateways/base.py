"""
The interface every gateway and every card-present driver implements.

Requests and outcomes are frozen values: an adapter talks to its processor and says what it learned, and never touches a table. An adapter is called by the relay
alone, outside any transaction, with the operation already committed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from merchant.core.money import Money


class Recovery(StrEnum):
    """How an unknown outcome is found out."""

    LOOK_UP = "look_up"  # ask by our reference
    RESEND = "resend"  # the same request with the same key to the same gateway, within its key's life
    WAIT = "wait"  # nobody can be asked; a webhook or the settlement report will tell


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """One merchant's account at a gateway, secrets opened for the length of a call."""

    id: UUID
    merchant_id: UUID
    gateway: str
    external_id: str
    currency: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """
    One thing to ask. `reference` is ours, unique for ever, committed before this value exists, and the gateway's idempotency key.

    `instrument` says what is charged: {"token": …}, {"session": true} for the gateway's own card page, or {} on a terminal. Kind `store` charges nothing: it
    keeps the card of `instrument`, checked by an authorisation of nothing, or that of the payment `parent_gateway_reference`; its repeat is harmless.
    """

    operation_id: UUID
    reference: str
    kind: str
    amount: Money
    order_reference: str
    captures_at_once: bool = False
    instrument: Mapping[str, Any] = field(default_factory=dict)
    parent_gateway_reference: str = ""
    parent_reference: str = ""
    return_url: str = ""
    store_code: str = ""
    terminal_id: UUID | None = None
    terminal_serial: str = ""
    is_final: bool = False
    requested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What is known about an operation after an answer, a webhook, a look-up, a terminal's message or a settlement line.

    `status` is `succeeded`, `declined` (the answer was no), `failed` (certainly not processed), `unknown`, `action_required` (the shopper must act at
    `action_url`) or `submitted` (accepted, still working). `amount_minor` is what was really approved, when the gateway says so; `tip_minor` of it the customer
    added as a tip. `is_taken_back`: a capture or refund had succeeded and the processor has undone it (`status` is `failed` then). `stored_token` is a card kept for
    later, with the network's reference of its first use. `data` is kept as evidence and must hold no card number.
    """

    status: str
    amount_minor: int | None = None
    is_captured: bool = False
    gateway_reference: str = ""
    decline_code: str = ""
    action_url: str = ""
    card_brand: str = ""
    card_last4: str = ""
    auth_code: str = ""
    landed_at: datetime | None = None
    tip_minor: int = 0
    is_taken_back: bool = False
    stored_token: str = field(default="", repr=False)
    network_reference: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


UNKNOWN = Outcome(status="unknown")


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One verified event: which operation it speaks of and what it says. `reference` is empty where the event is about something else."""

    external_id: str
    topic: str
    reference: str
    outcome: Outcome | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A report or statement that can be fetched."""

    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Truth:
    """One operation as the processor itself remembers it. Only gateways that open their books tell it; `verify` compares."""

    reference: str
    kind: str
    status: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class DisputeNotice:
    """
    A dispute as the processor tells it, whole, in an event, an answer or a look-up.

    `payment_reference` is the processor's name of the payment, `operation_reference` ours of its authorisation. `phase` is `inquiry` (asks only), `chargeback` or
    `pre_arbitration`; `status` is `open` (waits for an answer, until `due_at`), `under_review`, `won` or `lost`. `round` counts from 1; `sequence` grows with
    every change, so the latest is known in whatever order they arrive. `returned_minor` is what a win gives back; None means all of it.
    """

    external_id: str
    payment_reference: str
    operation_reference: str
    phase: str
    status: str
    amount_minor: int
    currency: str
    reason: str
    round: int
    sequence: int
    due_at: datetime | None = None
    fee_minor: int | None = None
    returned_minor: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DisputeAnswer:
    """
    What a merchant answers to a dispute: `evidence` or `acceptance` of the loss. `reference` is ours, unique, and makes a repeat harmless.

    `files` are (name, SHA-256, path) of what goes with it.
    """

    reference: str
    external_id: str
    kind: str
    text: str = ""
    files: Sequence[tuple[str, str, str]] = ()


class DisputeRefused(Exception):
    """The processor took note of the answer and does not accept it. The text says why."""


class DisputeNotReached(Exception):
    """The processor could not be asked, or did not answer; the same answer may be sent again."""


class WebhookRefused(ValueError):
    """The signature is missing, wrong or too old."""


class Gateway(ABC):
    """One kind of gateway. Stateless; one instance serves all accounts."""

    code: str
    recovery: ClassVar[Recovery]
    # Whether payments can be asked of it at all.
    takes_payments: ClassVar[bool] = True
    # What it can do beside authorise, capture once, void and refund: `increment`, `several_captures`, `stored_credentials`, `moto`; `framed_page`:
    # its card page may stand in a frame of ours; `end`: what waits there for its customer can be ended.
    abilities: ClassVar[frozenset[str]] = frozenset()
    # After so many days the issuer frees the money of an authorisation nobody captured.
    authorisation_days: ClassVar[int] = 7
    # How much a tip may add before capture, of what was authorised without it.
    tip_limit_basis_points: ClassVar[int] = 2000
    # A reference it does not know may still land for this long; only after that is it cancelled by reference.
    may_land_within: ClassVar[timedelta] = timedelta(seconds=60)
    # With `Recovery.RESEND`: how long a repeat with the same key is safe. Later it is looked up only.
    key_life: ClassVar[timedelta] = timedelta(hours=24)
    # Whether disputes are answered over the processor's API. Otherwise a person answers on its pages and says here what happened.
    answers_disputes: ClassVar[bool] = False

    @abstractmethod
    def send(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """
        Mandatory. Ask for one operation and say what is known afterwards.

        Never raises for what the network or the processor does: a refused connection or a definite error is `failed`, a time-out or a broken answer `unknown`.
        Repeating a request with the same reference has no second effect.
        """

    @abstractmethod
    def look_up(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """
        Mandatory. Ask what became of `request`, by our reference.

        None means the processor does not know the reference *now*; that is no proof that it will not land. `unknown` means it could not be asked.
        """

    def cancel(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """
        Make sure that `request` will never land, or say how it landed. Defaults to `unknown` for gateways that cannot.

        A `failed` outcome is final: the processor has promised never to process the reference.
        """
        return UNKNOWN

    def end(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """
        End a payment that waits for its customer on the gateway's page, and say how it stands: one that was paid stays paid. Defaults to asking only, for
        gateways without the ability `end`.

        Answers as `look_up` does. A repeat is harmless.
        """
        return self.look_up(request, account)

    def read_webhook(self, headers: Mapping[str, str], body: bytes, account: AccountAccess) -> Sequence[WebhookEvent]:
        """
        Verify the raw bytes and return the events in them. Defaults to refusing, for gateways without webhooks.

        :raises WebhookRefused: if the signature does not hold.
        """
        raise WebhookRefused("this gateway sends no webhooks")

    def read_dispute(self, event: Mapping[str, Any]) -> DisputeNotice | None:
        """Return what a stored event says about a dispute. Defaults to None: it is about something else."""
        return None

    def answer_dispute(self, answer: DisputeAnswer, account: AccountAccess) -> DisputeNotice:
        """
        Hand an answer in and return the dispute as it stands then. Defaults to refusing, for gateways whose disputes are answered elsewhere.

        :raises DisputeRefused: if the processor does not take it. :raises DisputeNotReached: if nobody knows; a repeat has no second effect.
        """
        raise DisputeRefused("this gateway takes no answers here")

    def list_reports(self, account: AccountAccess) -> Sequence[RemoteFile]:
        """Return the settlement reports that can be fetched. Defaults to none."""
        return []

    def fetch_report(self, name: str, account: AccountAccess) -> bytes:
        """Return the bytes of one report. Defaults to refusing: there is none."""
        raise LookupError(name)

    def list_statements(self, account: AccountAccess) -> Sequence[RemoteFile]:
        """Return the bank statements a bank behind this account offers. Defaults to none; only the sandbox plays bank."""
        return []

    def fetch_statement(self, name: str, account: AccountAccess) -> bytes:
        """Return the bytes of one statement. Defaults to refusing: there is none."""
        raise LookupError(name)


class CardPresentDriver(ABC):
    """A way to talk to terminals. Registered by `terminals` at start-up, so that processing reaches devices without importing upward."""

    code: ClassVar[str]

    @abstractmethod
    def send(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """Mandatory. Hand the request to the terminal as a stored message; `submitted` when stored, `failed` if the terminal cannot take it."""

    @abstractmethod
    def look_up(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """Mandatory. Ask the terminal for the status of the request (answered later, by message) and return what is known already."""
