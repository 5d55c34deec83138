"""Reads of carts and of who holds them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from orders.carry_over.models import CartHold
from orders.order.models import Order


def find_hold(order_id: UUID) -> CartHold | None:
    """Return who holds a cart, None if it never changed hands."""
    found: CartHold | None = CartHold.objects.filter(order_id=order_id).first()
    return found


def list_carts(
    *,
    stores: Collection[UUID] | None,
    text: str = "",
    customer: tuple[UUID, str] | None = None,
    is_exact: bool = False,
) -> QuerySet[Any]:
    """
    Return open carts, of all stores or of the ones given and none.

    `text` is a number, an e-mail address or part of a name; `customer` an id and an address ("" for none): carts of the one or with the other.
    With `is_exact` only a whole name finds: who sees it masked cannot spell it out letter by letter.
    """
    rows = Order.objects.filter(status="draft").select_related("channel", "store", "customer")
    if stores is not None:
        rows = rows.filter(Q(store_id__in=stores) | Q(store_id=None))
    if customer:
        key, email = customer
        rows = rows.filter(Q(customer_id=key) | Q(email__iexact=email)) if email else rows.filter(customer_id=key)
    if text:
        text = text.strip()
        rows = rows.filter(
            Q(number=text.upper().lstrip("#"))
            | Q(email__iexact=text)
            | Q(customer__email__iexact=text)
            | (Q(customer__name__iexact=text) if is_exact else Q(customer__name__icontains=text))
        )
    return rows


def list_waiting(*, stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return what waits at counters, of all stores or of the ones given: parked orders, and orders of tills that are paid in part."""
    in_part = Q(status="open", register__isnull=False, secured_minor__gt=0, secured_minor__lt=F("total_minor"))
    parked = Q(status__in=["draft", "open"], hold__parked_at__isnull=False)
    rows = Order.objects.filter(parked | in_part, cancel_asked_at=None).select_related("channel", "store", "hold")
    return rows if stores is None else rows.filter(store_id__in=stores)
