"""Keep what came back damaged on a list, and decide about it once: write it off, or put it back on the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.damaged import queries
from inventory.damaged.models import DamagedGoods
from inventory.damaged.states import DAMAGED
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.states import move
from merchant.core.tenancy import current_actor


class AlreadyDecided(AppError):
    """Somebody decided about these goods before."""

    code = "damaged_already_decided"
    detail = "About these {quantity} × {sku} was decided before: {status}."
    next_step = "Correct the stock with an adjustment if that was wrong."


@dataclass(frozen=True, slots=True)
class Damaged:
    """Pieces of one article that came back damaged, and what the customer got for them."""

    variant_id: UUID
    quantity: int
    worth_minor: int


@dataclass(frozen=True, slots=True)
class Brought:
    """The return they came with: where, why, and of which order (None: without a receipt)."""

    store_id: UUID
    source: str
    currency: str
    reason: str
    business_date: date
    order_id: UUID | None = None
    origin: str = ""


def keep(*, damaged: Sequence[Damaged], brought: Brought, now: datetime) -> None:
    """Put damaged pieces of a return on the list, in the transaction of the return. They are in nobody's stock."""
    actor = current_actor()
    DamagedGoods.objects.bulk_create(
        DamagedGoods(
            variant_id=one.variant_id,
            store_id=brought.store_id,
            quantity=one.quantity,
            currency=brought.currency,
            worth_minor=one.worth_minor,
            source=brought.source,
            origin=brought.origin,
            order_id=brought.order_id,
            reason=brought.reason[:120],
            brought_by=actor.key,
            brought_by_name=actor.name[:120],
            business_date=brought.business_date,
            brought_at=now,
        )
        for one in damaged
    )


@transaction.atomic
def write_off(*, damaged_id: UUID, reason: str, now: datetime) -> DamagedGoods:
    """
    Give the pieces up. They were in nobody's stock, so no level changes. Of two at once one wins.

    :raises AlreadyDecided: if somebody decided before. :raises Invalid: without a reason.
    """
    return _decide(damaged_id, "written_off", reason, now)


@transaction.atomic
def put_back(*, damaged_id: UUID, reason: str, now: datetime) -> DamagedGoods:
    """
    Put the pieces on the shelf of their store, with a movement of their own. Of two at once one wins. Locks the level.

    :raises AlreadyDecided: if somebody decided before. :raises Invalid: without a reason.
    """
    goods = _decide(damaged_id, "back", reason, now)
    stock.put_in(
        pieces=[Pieces(goods.variant_id, goods.quantity)],
        store_id=goods.store_id,
        kind="adjusted",
        source=f"damaged:{goods.id}",
        now=now,
        reason=goods.decision_reason,
    )
    stock.tell_changed(store_id=goods.store_id, variant_ids=[goods.variant_id], why="adjusted")
    return goods


def _decide(damaged_id: UUID, status: str, reason: str, now: datetime) -> DamagedGoods:
    reason = reason.strip()[:120]
    if not reason:
        raise Invalid(reason=_("say why"))
    goods = queries.get_damaged(damaged_id)
    DamagedGoods.objects.select_for_update(of=("self",)).get(id=goods.id)
    goods.refresh_from_db(fields=["status"])
    if goods.status != "waiting":
        raise AlreadyDecided(quantity=goods.quantity, sku=goods.variant.sku, status=goods.status)
    actor = current_actor()
    move(
        goods,
        DAMAGED,
        status,
        decision_reason=reason,
        decided_by=actor.key,
        decided_by_name=actor.name[:120],
        decided_at=now,
    )
    data = {"sku": goods.variant.sku, "quantity": goods.quantity, "reason": reason}
    audit.record(f"damaged_goods.{status}", subject=f"damaged:{goods.id}", now=now, data=data)
    return goods
