"""What suppliers announced, and what of it arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.receiving.models import Delivery, DeliveryLine
from inventory.receiving.states import DELIVERY
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.ids import readable_code
from merchant.core.states import move


class DeliveryOver(AppError):
    """The delivery is finished; nothing more is booked on it."""

    code = "delivery_over"
    detail = "Delivery {number} is {status}."
    next_step = "Announce a new delivery for what came besides."


@dataclass(frozen=True, slots=True)
class Arrived:
    """Pieces of one variant that came: good ones for the shelf, damaged ones for the complaint."""

    variant_id: UUID
    received: int = 0
    damaged: int = 0


@transaction.atomic
def announce_delivery(
    *,
    store_id: UUID,
    expected: Mapping[UUID, int],
    supplier: str,
    reference: str,
    expected_on: date | None,
    now: datetime,
) -> Delivery:
    """
    Store what a supplier will bring, pieces by variant. Nothing is on the shelf yet; it shows as incoming.

    :raises Invalid: without pieces.
    """
    if not expected or any(quantity < 1 for quantity in expected.values()):
        raise Invalid(reason=_("a delivery needs at least one article with at least one piece"))
    delivery: Delivery = Delivery.objects.create(
        number=readable_code(8),
        store_id=store_id,
        supplier=supplier,
        reference=reference,
        expected_on=expected_on,
        created_at=now,
    )
    DeliveryLine.objects.bulk_create(
        DeliveryLine(delivery=delivery, variant_id=variant, expected_quantity=quantity)
        for variant, quantity in expected.items()
    )
    audit.record(
        "delivery.announced", subject=f"delivery:{delivery.id}", now=now, data={"pieces": sum(expected.values())}
    )
    stock.tell_changed(store_id=store_id, variant_ids=expected, why="announced")
    return delivery


@transaction.atomic
def receive_delivery(*, delivery_id: UUID, arrived: Sequence[Arrived], now: datetime) -> Delivery:
    """
    Put what arrived on the shelf: part, all, more than expected, or what nobody expected. Locks the delivery, then the levels.

    It is `received` once every line has all its pieces, good or damaged.

    :raises DeliveryOver: once it is finished. :raises Invalid: without pieces.
    """
    delivery = _locked(delivery_id)
    if not arrived or any(
        line.received < 0 or line.damaged < 0 or not line.received + line.damaged for line in arrived
    ):
        raise Invalid(reason=_("say at least one piece for each article that came"))
    lines = {line.variant_id: line for line in DeliveryLine.objects.filter(delivery=delivery)}
    for came in arrived:
        line = lines.setdefault(came.variant_id, DeliveryLine(delivery=delivery, variant_id=came.variant_id))
        line.received_quantity += came.received
        line.damaged_quantity += came.damaged
        line.save()
    stock.put_in(
        pieces=[Pieces(came.variant_id, came.received) for came in arrived if came.received],
        store_id=delivery.store_id,
        kind="received",
        source=f"delivery:{delivery.id}",
        now=now,
        reason=delivery.reference,
    )
    is_all = all(line.received_quantity + line.damaged_quantity >= line.expected_quantity for line in lines.values())
    if is_all:
        move(delivery, DELIVERY, "received", finished_at=now)
    elif delivery.status == "expected":
        move(delivery, DELIVERY, "partial")
    data = {"received": sum(came.received for came in arrived), "damaged": sum(came.damaged for came in arrived)}
    audit.record("delivery.received", subject=f"delivery:{delivery.id}", now=now, data=data)
    stock.tell_changed(store_id=delivery.store_id, variant_ids=[came.variant_id for came in arrived], why="received")
    return delivery


@transaction.atomic
def close_delivery(*, delivery_id: UUID, now: datetime) -> Delivery:
    """
    Wait no longer for what did not come: an untouched delivery is cancelled, a part is closed. Locks the delivery.

    :raises DeliveryOver: once it is finished.
    """
    delivery = _locked(delivery_id)
    move(delivery, DELIVERY, "cancelled" if delivery.status == "expected" else "closed", finished_at=now)
    audit.record(f"delivery.{delivery.status}", subject=f"delivery:{delivery.id}", now=now)
    variants = DeliveryLine.objects.filter(delivery=delivery).values_list("variant_id", flat=True)
    stock.tell_changed(store_id=delivery.store_id, variant_ids=variants, why="closed")
    return delivery


def _locked(delivery_id: UUID) -> Delivery:
    delivery: Delivery | None = Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if delivery is None:
        raise NotFound()
    if delivery.status in DELIVERY.final:
        raise DeliveryOver(number=delivery.number, status=delivery.status)
    return delivery
