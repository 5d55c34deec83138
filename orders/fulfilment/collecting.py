"""Click and collect: pick, keep ready, hand over against a code. Who pays whom back when nobody comes is decided above."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.ids import readable_code
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from orders.fulfilment import services as fulfilment
from orders.fulfilment.models import Fulfilment, Pickup
from orders.fulfilment.states import PICKUP
from orders.order import queries as orders
from orders.order.models import Order, OrderLine

# A week: a customer who is ill on Monday comes on Saturday.
COLLECT_WITHIN = timedelta(days=7)
# 6 readable characters are 30 bits; five guesses in a quarter of an hour find nothing.
WRONG_CODES_MAX = 5
LOCKED_FOR = timedelta(minutes=15)


class PickupNotThere(AppError):
    """The pick-up is not in the state that this needs."""

    code = "pickup_not_open"
    detail = "The pick-up of order {number} is {status}."


class WrongPickupCode(AppError):
    """The code is not the order's."""

    code = "wrong_pickup_code"
    status = 403
    detail = "This is not the code of order {number}."
    next_step = "Ask the customer to show the code in the mail or on the order's page. After five wrong codes the pick-up is locked for a while."


class PickupLocked(AppError):
    """Too many wrong codes were tried."""

    code = "pickup_locked"
    status = 429
    detail = "Too many wrong codes were tried for order {number}."
    next_step = "Wait a quarter of an hour, or let a manager look at who asks."


class NotAllPicked(AppError):
    """More was picked than the order has, or something it does not have."""

    code = "picked_too_much"
    detail = "Of {name}, {left} pieces are left to pick."


@transaction.atomic
def open_pickup(*, order_id: UUID, now: datetime) -> Pickup | None:
    """Put an order that is collected on the pick list of its store, once; None for any other order. Locks the order."""
    order = orders.get_order_for_update(order_id)
    store_id = orders.goods_store_id(order)
    is_collected = str(order.delivery.get("method", "")).startswith("collect")
    if not is_collected or store_id is None or order.status != "open":
        return None
    code = str(order.delivery.get("pickup_code") or readable_code(6))
    pickup, is_new = Pickup.objects.get_or_create(
        order=order, defaults={"store_id": store_id, "code": code, "created_at": now}
    )
    if is_new:
        _tell("order.to_pick", pickup)
    return pickup


@transaction.atomic
def pick(*, pickup_id: UUID, pieces: Mapping[UUID, int], now: datetime) -> Pickup:
    """
    Note pieces that were fetched from the shelf, by order line; with the last one the order is ready and its customer is told. Locks the order, then the pick-up.

    :raises NotAllPicked: beyond what the order has. :raises PickupNotThere: once it is ready or over.
    """
    pickup = _locked(pickup_id, "waiting")
    lines = {line.id: line for line in OrderLine.objects.filter(order=pickup.order, is_stocked=True)}
    for line_id, quantity in pieces.items():
        line = lines.get(line_id)
        left = line.quantity - line.fulfilled_quantity - pickup.picked.get(str(line_id), 0) if line else 0
        if line is None or not 0 < quantity <= left:
            raise NotAllPicked(name=line.name if line else str(line_id), left=left)
        pickup.picked[str(line_id)] = pickup.picked.get(str(line_id), 0) + quantity
    pickup.save(update_fields=["picked"])
    if all(pickup.picked.get(str(line.id), 0) >= line.quantity - line.fulfilled_quantity for line in lines.values()):
        move(pickup, PICKUP, "ready", ready_at=now, collect_until=now + COLLECT_WITHIN)
        audit.record("order.ready", subject=f"order:{pickup.order_id}", now=now)
        _tell("order.ready", pickup)
    else:
        _tell("order.to_pick", pickup)
    return pickup


def check_code(*, pickup_id: UUID, code: str, now: datetime) -> None:
    """
    Refuse a wrong code, and remember the try in a transaction of its own, so that a refusal does not undo it.

    :raises WrongPickupCode: if it is not the order's. :raises PickupLocked: after too many wrong ones.
    """
    with transaction.atomic():
        pickup: Pickup | None = (
            Pickup.objects.select_for_update(of=("self",)).select_related("order").filter(id=pickup_id).first()
        )
        if pickup is None:
            raise NotFound()
        number = pickup.order.number
        if pickup.locked_until is not None and now < pickup.locked_until:
            raise PickupLocked(number=number)
        is_right = secrets.compare_digest(code.strip().upper().encode(), pickup.code.encode())
        pickup.wrong_codes = 0 if is_right else pickup.wrong_codes + 1
        if pickup.wrong_codes >= WRONG_CODES_MAX:
            pickup.wrong_codes, pickup.locked_until = 0, now + LOCKED_FOR
            audit.record("pickup.locked", subject=f"order:{pickup.order_id}", now=now)
        pickup.save(update_fields=["wrong_codes", "locked_until"])
    if not is_right:
        raise WrongPickupCode(number=number)


@transaction.atomic
def collect(*, pickup_id: UUID, now: datetime) -> Fulfilment:
    """
    Hand the order over to whoever showed its code. Locks the order, then the pick-up.

    :raises NotSecured: while money is missing. :raises PickupNotThere: if it was collected or given up before.
    """
    pickup = _locked(pickup_id, "waiting", "ready")
    done = fulfilment.hand_over(order_id=pickup.order_id, store_id=pickup.store_id, now=now)
    move(pickup, PICKUP, "collected", finished_at=now)
    _tell("order.collected", pickup)
    return done


def end_pickup(*, order: Order, status: str, now: datetime) -> bool:
    """End the pick-up of an order as `returned`, `cancelled` or `collected`, in the caller's transaction; say whether there was one. The order is locked."""
    pickup = Pickup.objects.select_for_update(of=("self",)).select_related("order").filter(order=order).first()
    if pickup is None or pickup.status in PICKUP.final:
        return False
    move(pickup, PICKUP, status, finished_at=now)
    _tell("order.to_pick", pickup)
    return True


def _locked(pickup_id: UUID, *statuses: str) -> Pickup:
    found = Pickup.objects.filter(id=pickup_id).values_list("order_id", flat=True).first()
    if found is None:
        raise NotFound()
    order = orders.get_order_for_update(found)
    pickup: Pickup = Pickup.objects.select_for_update(of=("self",)).select_related("order").get(id=pickup_id)
    if pickup.status not in statuses or order.cancel_asked_at is not None:
        raise PickupNotThere(number=order.number, status=pickup.status)
    return pickup


def _tell(topic: str, pickup: Pickup) -> None:
    payload = {
        "order_id": str(pickup.order_id),
        "pickup_id": str(pickup.id),
        "store_id": str(pickup.store_id),
        "status": pickup.status,
    }
    outbox.publish(topic, f"order:{pickup.order_id}", payload)
