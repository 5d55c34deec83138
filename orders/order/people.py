"""What orders know of a person: passed on when two records are joined, forgotten when the person is erased. Amounts, goods and papers stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from merchant.customers import queries as customers
from merchant.customers.services import Erasure
from merchant.messages import services as messages
from orders.order.models import Order

# How the goods went says nothing about who got them.
_IMPERSONAL = ("method", "method_name", "store_id", "payment")
_NAMED_MAX = 3


def move_orders(from_id: UUID, to_id: UUID) -> int:
    """Give one customer's orders to another and return how many."""
    return int(Order.objects.filter(customer_id=from_id).update(customer_id=to_id))


def forget_orders(erasure: Erasure) -> int:
    """Take addresses, names and notes off a person's orders and empty the mails about them. Countries stay: taxes hang on them."""
    cleaned = 0
    rows = _theirs(erasure.customer_ids, erasure.emails)
    for order in rows.select_for_update(no_key=True).order_by("id").iterator(chunk_size=500):
        delivery, had = _impersonal(order.delivery), bool(order.email or order.note)
        if had or delivery != order.delivery:
            Order.objects.filter(id=order.id).update(email="", note="", delivery=delivery)
            cleaned += 1
        messages.forget_mails(about=f"order:{order.id}")
    return cleaned


def orders_not_over(customer_ids: Sequence[UUID]) -> list[str]:
    """Return which orders of a person are not over, in words."""
    rows = _theirs(customer_ids, customers.list_emails(customer_ids)).filter(status="open").order_by("-id")
    return [
        _("order {number} is open").format(number=number)
        for number in rows.values_list("number", flat=True)[:_NAMED_MAX]
    ]


def _theirs(customer_ids: Sequence[UUID], emails: Sequence[str]) -> QuerySet[Order]:
    """A person's orders, and those of nobody's record that went to their address; another record of the same address keeps its own."""
    nobodys = Q(customer_id=None, reader__in=[email.upper() for email in emails])
    found: QuerySet[Order] = Order.objects.annotate(reader=Upper("email"))
    return found.filter(Q(customer_id__in=customer_ids) | nobodys)


def _impersonal(delivery: dict[str, Any]) -> dict[str, Any]:
    kept = {name: delivery[name] for name in _IMPERSONAL if name in delivery}
    for name in ("shipping_address", "billing_address"):
        if country := (delivery.get(name) or {}).get("country"):
            kept[name] = {"country": country}
    return kept
