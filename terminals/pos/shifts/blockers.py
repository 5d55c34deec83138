"""What keeps a register from being closed: orders nobody finished, and operations whose outcome is open. Each with where to look."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from orders.documents.models import Document
from orders.order.models import Order

# More than these at one till are one story; the answer says how many there are.
BLOCKERS_MAX = 50


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing to finish first. `kind`: open_order, open_payment or unsent."""

    kind: str
    id: str
    label: str
    state: str
    url: str
    api_url: str

    def as_json(self) -> dict[str, str]:
        """Return it as REST and a Z show it."""
        return {name: getattr(self, name) for name in ("kind", "id", "label", "state", "url", "api_url")}


def list_open_orders(register_id: UUID) -> list[Blocker]:
    """
    Return orders begun or parked at a register and neither finished nor cancelled. An empty draft holds nothing up.

    Nor does an order that has its receipt: it is paid, and its goods are sent or fetched later.
    """
    orders = Order.objects.filter(register_id=register_id, status__in=["draft", "open"]).filter(
        Q(status="open") | Q(total_minor__gt=0) | Q(lines__isnull=False)
    )
    orders = orders.exclude(Exists(Document.objects.filter(order=OuterRef("id"), kind="receipt")))
    return [
        Blocker(
            "open_order",
            str(order.id),
            order.number,
            order.status,
            f"/orders/{order.id}/",
            f"/api/v1/orders/{order.id}/",
        )
        for order in orders.distinct().order_by("id")[:BLOCKERS_MAX]
    ]


_OPEN_PAYMENTS = """
SELECT p.id, o.reference, o.status FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id
WHERE o.merchant_id = %s AND o.status IN ('requested', 'submitted', 'action_required', 'unknown') AND o.kind IN ('authorise', 'increment', 'void', 'refund')
    AND coalesce(nullif(o.instrument->>'register_id', '')::uuid, p.register_id) = %s
ORDER BY o.id LIMIT %s
"""


def list_open_payments(register_id: UUID) -> list[Blocker]:
    """Return payments of a register of which something is asked whose outcome is not known."""
    rows = db.rows(_OPEN_PAYMENTS, [current_merchant_id(), register_id, BLOCKERS_MAX])
    return [
        Blocker(
            "open_payment",
            str(payment_id),
            reference,
            status,
            f"/payments/{payment_id}/",
            f"/api/v1/payments/{payment_id}/",
        )
        for payment_id, reference, status in rows
    ]


def unsent(number: int) -> list[Blocker]:
    """Return what stands for the sales a tablet says it has not sent yet."""
    if not number:
        return []
    return [Blocker("unsent", "", str(number), "unsent", "", "")]
