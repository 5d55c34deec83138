"""Put an order aside under a name, and go on with it at any till of the store."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.outbox import services as outbox
from orders.carry_over import services
from orders.carry_over.models import CartHold
from orders.carry_over.services import CartNotHeld, Holder
from orders.order import queries as orders
from orders.placing.services import OrderChanged


@transaction.atomic
def park(*, order_id: UUID, holder: Holder, name: str, version: int, now: datetime) -> CartHold:
    """
    Put an order aside under `name`, or its number; nobody holds it until somebody resumes it. Locks the order.

    A draft belongs to the store from now on, to no till. One that has money on it stays with its till: what comes late completes it there.

    :raises OrderChanged: if `version` is not the stored one. :raises CartNotHeld: if somebody else holds it, or it is parked already.
    :raises CartBeingPaid: while a payment of it is under way. :raises CartOver: once it is paid, cancelled or handed over.
    """
    order = orders.get_order_for_update(order_id)
    services.require_open(order)
    services.require_unpaid(order)
    if order.version != version:
        raise OrderChanged(number=order.number, version=order.version)
    held = services.locked(order, holder, now)
    if held.holder_key != holder.key:
        raise CartNotHeld(number=order.number, holder=held.holder_name)
    held.holder_key, held.lease_until, held.epoch = "", now, held.epoch + 1
    held.code = held.code_until = None
    held.parked_at, held.parked_as = now, name.strip()[:80] or order.number
    held.save()
    order.version += 1
    if order.status == "draft":
        order.register_id = None
    order.save(update_fields=["version", "register_id"])
    audit.record("order.parked", subject=f"order:{order.id}", now=now, data={"name": held.parked_as})
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return held


def resume(*, order_id: UUID, holder: Holder, now: datetime) -> CartHold:
    """
    Go on with a parked order, or with one that was left half paid; of several who try at once one wins. A repeat by the winner changes nothing but the lease.

    :raises CartHeldElsewhere: while somebody else works on it; it says who. And what `services.take` raises.
    """
    return services.take(order_id=order_id, holder=holder, now=now)
