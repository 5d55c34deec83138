"""Orders as staff see them: the list and one order with lines, payments, hand-over and timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, ListFrame, Notice, Stat, TimelineEntry


@dataclass(frozen=True, slots=True)
class OrderRow:
    """`status`, `payment_status` and `fulfilment_status` are values of the order, order_payment and fulfilment families."""

    id: str
    url: str
    number: str
    placed_at: datetime
    total: Money
    status: str
    payment_status: str
    fulfilment_status: str
    customer: str
    channel: str
    channel_icon: str
    place: str
    items: int


@dataclass(frozen=True, slots=True)
class OrderListPage:
    """The list of orders."""

    list: ListFrame
    rows: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class OrderLineRow:
    """One line as it was agreed, and how much of it was handed over and came back."""

    sku: str
    name: str
    note: str
    quantity: int
    unit_price: Money
    tax_rate: str
    total: Money
    handed_over: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class OrderPaymentRow:
    """One tender of the order; `status` is a value of the payment family. Of cash, `amount` is what the drawer took, and `note` how that comes from the total and what was given."""

    url: str
    taken_at: datetime
    method: str
    amount: Money
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderDetailPage:
    """One order. `sums` go from net to what is still to pay; each is drawn as it stands, nothing is added here.

    Those of the tone `total` are set in bold.
    """

    id: str
    number: str
    placed_at: datetime
    total: Money
    status: str
    payment_status: str
    fulfilment_status: str
    lines: tuple[OrderLineRow, ...]
    sums: tuple[Stat, ...]
    payments: tuple[OrderPaymentRow, ...]
    facts: tuple[Fact, ...]
    timeline: tuple[TimelineEntry, ...]
    actions: tuple[Action, ...] = ()
    documents: tuple[Fact, ...] = ()
    notice: Notice | None = None
    back_url: str = "/orders/"

    @property
    def page_url(self) -> str:
        """The page of the order itself, for the drawer beside the list."""
        return f"/orders/{self.id}/"
