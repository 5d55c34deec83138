"""Payments as staff see them: the list, one payment, the refund dialog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money, exponent
from merchant.core.pages.parts import Action, Fact, ListFrame, Notice, TimelineEntry, Trail, TrailMarks


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """`status` is a value of the payment family; `place_icon` is store, globe, link, phone …; `id` names the row."""

    id: str
    url: str
    taken_at: datetime
    amount: Money
    status: str
    method: str
    method_hint: str
    order_number: str
    order_url: str
    place: str
    place_icon: str
    trail: TrailMarks


@dataclass(frozen=True, slots=True)
class PaymentListPage:
    """The list of payments."""

    list: ListFrame
    rows: tuple[PaymentRow, ...]


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One thing asked of a gateway, with our own reference and theirs."""

    kind: str
    status: str
    amount: Money
    asked_at: datetime
    our_reference: str
    gateway_reference: str = ""
    gateway: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaymentDetailPage:
    """
    One payment explained. `can_refund` is what the server computed; `rest_text` says it in words ("€38.00 refunded").

    `raw_log` holds the gateway's scrubbed messages as text, newest first. `version` is what the refund form is drawn from.
    """

    id: str
    amount: Money
    status: str
    rest_text: str
    can_refund: Money | None
    trail: Trail
    facts: tuple[Fact, ...]
    timeline: tuple[TimelineEntry, ...]
    operations: tuple[OperationRow, ...]
    actions: tuple[Action, ...] = ()
    notice: Notice | None = None
    raw_log: tuple[str, ...] = ()
    page_url: str = ""
    back_url: str = "/payments/"
    previous_url: str = ""
    next_url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class RefundLine:
    """One line that may come back. `quantity_max` is sold minus already returned."""

    id: str
    name: str
    unit_amount: Money
    quantity_max: int


@dataclass(frozen=True, slots=True)
class RefundDialogPage:
    """
    What the refund form needs. `limit` is the person's own; above it the button asks instead of refunding.

    `version` and `idempotency_key` travel with the form: a page drawn before another refund is refused, a second press
    repeats nothing. `errors` are sentences; `entered_*` is what was typed when the form comes back refused;
    `fees_lost` says what the refund costs beside the money that goes back.
    """

    action_url: str
    payment_title: str
    amount_max: Money
    amount_max_text: str
    goes_to: str
    reasons: tuple[tuple[str, str], ...]
    version: str
    idempotency_key: str
    lines: tuple[RefundLine, ...] = ()
    limit: Money | None = None
    needs_approval: bool = False
    approver: str = ""
    can_restock: bool = True
    can_credit: bool = False
    entered_amount: str = ""
    entered_reason: str = ""
    entered_note: str = ""
    errors: tuple[str, ...] = ()
    fees_lost: str = ""

    @property
    def digits(self) -> int:
        """How many decimals the currency has."""
        return exponent(self.amount_max.currency)


@dataclass(frozen=True, slots=True)
class AmountDialogPage:
    """A dialog that asks for one amount. `has_final` offers to let the rest of an authorisation go."""

    action_url: str
    title: str
    button: str
    amount_max: Money
    amount_max_text: str
    idempotency_key: str
    has_final: bool = False
    entered_amount: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnresolvedRow:
    """One operation nobody knows the outcome of. `key` makes a decision about it happen once."""

    id: str
    payment_url: str
    order_number: str
    what: str
    amount: Money
    gateway: str
    asked_at: datetime
    looks: int
    is_for_people: bool
    key: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """What two people said, and how far reality agrees."""

    payment_url: str
    reference: str
    said: str
    reason: str
    people: str
    said_at: datetime
    status: str
    proof: str


@dataclass(frozen=True, slots=True)
class UnresolvedPage:
    """The queue for people, and what they said lately."""

    rows: tuple[UnresolvedRow, ...]
    overrides: tuple[OverrideRow, ...]
    can_override: bool
