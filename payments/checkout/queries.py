"""Links, and how far the payment behind one has come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from merchant.merchants.queries import list_put_away
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from payments.checkout.declines import Decline, decline
from payments.checkout.models import DeliveryMethod, PaymentLink
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a link stands. `decline` is the last no, while the order still waits for money."""

    stage: str
    operation: Operation | None
    decline: Decline | None
    due_minor: int

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.stage in ("paid", "expired", "revoked")


def find_link_by_token(token: str) -> PaymentLink | None:
    """Return the link with this token, whichever merchant it belongs to: the token is all a shopper has. One that was put away sells no more."""
    return PaymentLink.across_merchants.filter(token=token).exclude(merchant_id__in=list_put_away()).first()


def get_link(link_id: UUID, *, kind: str = "", stores: Collection[UUID] | None = None) -> PaymentLink:
    """
    Return a link of the merchant in scope with its order; `stores` narrows to orders of these stores.

    :raises NotFound: if there is none.
    """
    link: PaymentLink | None = list_links(kind=kind, stores=stores).filter(id=link_id).first()
    if link is None:
        raise NotFound()
    return link


def list_links(*, kind: str = "", stores: Collection[UUID] | None = None) -> QuerySet[PaymentLink]:
    """Return links of the merchant in scope."""
    rows: QuerySet[PaymentLink] = PaymentLink.objects.select_related("order", "order__channel", "order__customer")
    rows = rows.filter(kind=kind) if kind else rows
    return rows if stores is None else rows.filter(order__store_id__in=stores)


def progress(link: PaymentLink, order: Order, *, now: datetime) -> Progress:
    """Return where `link` stands at `now`, from its order and the order's last authorisation."""
    operation = Operation.objects.filter(order_id=order.id, kind="authorise").order_by("-id").first()
    due = orders.open_minor(order)
    stage = _stage(link, order, operation, due=due, now=now)
    no = decline(operation.decline_code) if operation and operation.status in ("declined", "failed") else None
    return Progress(stage=stage, operation=operation, decline=no if stage == "open" else None, due_minor=due)


def _stage(link: PaymentLink, order: Order, operation: Operation | None, *, due: int, now: datetime) -> str:
    if due == 0 and order.status != "cancelled":
        return "paid"
    if operation is not None and operation.status in OPEN_OPERATION:
        return operation.status if operation.status in ("action_required", "unknown") else "checking"
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if order.status == "cancelled" or link.expires_at <= now else "open"


def list_delivery_methods(*, currency: str = "", country: str = "") -> list[DeliveryMethod]:
    """Return the active ways of delivery, cheapest first, in `currency` and to `country` if given."""
    rows = DeliveryMethod.objects.filter(is_active=True).order_by("price_minor", "code")
    rows = rows.filter(currency=currency) if currency else rows
    return [method for method in rows if not country or not method.countries or country in method.countries]


def list_paid(order: Order) -> list[tuple[Payment, int]]:
    """Return the payments that keep something of what they took, each with how much, in minor units."""
    payments = Payment.objects.filter(order=order, authorised_minor__gt=0).order_by("id")
    kept = [(row, row.authorised_minor - row.voided_minor - row.refunded_minor) for row in payments]
    return [(row, minor) for row, minor in kept if minor > 0]


def list_lines(order: Order) -> list[OrderLine]:
    """Return the order's lines in their order."""
    return list(OrderLine.objects.filter(order=order).order_by("position"))
