"""Sold here, sent from there: which store each line of a draft comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.stock import reservations
from merchant.core.audit import services as audit
from merchant.core.errors import Invalid
from merchant.core.outbox import services as outbox
from orders.order import queries
from orders.order.models import Order, OrderLine
from orders.placing.services import OrderChanged, OrderNotOpen


@transaction.atomic
def source_lines(*, order_id: UUID, sources: Mapping[UUID, UUID | None], version: int, now: datetime) -> Order:
    """
    Let lines of a draft come from other stores (None: from the place that sells it) and return the order. Locks the order; pieces kept for these lines are free again.

    Nothing is reserved yet: that happens when the order is placed, in all stores together or not at all.

    :raises OrderNotOpen: if it is no draft any more. :raises OrderChanged: if `version` is not the stored one. :raises Invalid: for a line it does not have.
    """
    order = queries.get_order_for_update(order_id)
    if order.status != "draft":
        raise OrderNotOpen(number=order.number, status=order.status)
    if order.version != version:
        raise OrderChanged(number=order.number, version=order.version)
    lines = {line.id: line for line in OrderLine.objects.filter(order=order, id__in=list(sources))}
    if len(lines) != len(sources):
        raise Invalid(reason=_("the order has no such line"))
    reservations.release(line_ids=list(lines))
    for line_id, store_id in sources.items():
        OrderLine.objects.filter(id=line_id).update(source_store_id=store_id)
    order.version += 1
    order.save(update_fields=["version"])
    data = {str(line): str(store) if store else None for line, store in sources.items()}
    audit.record("order.sourced", subject=f"order:{order.id}", now=now, data=data)
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return order
