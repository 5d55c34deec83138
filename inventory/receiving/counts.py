"""
Counting while the store sells.

A line holds what was counted, the moment, and what the books said at that moment; what is sold between counting and booking changes neither, so the
difference stays right however late it is booked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.receiving.models import CountLine, StockCount
from inventory.receiving.states import COUNT
from inventory.stock import corrections
from inventory.stock import services as stock
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.ids import readable_code
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id

# A list that was counted on paper yesterday is the oldest that can be entered: after that, count again.
COUNTED_AGO_MAX = timedelta(days=1)


class CountOver(AppError):
    """The count was booked or dropped."""

    code = "count_over"
    detail = "Count {number} is {status}."
    next_step = "Begin a new count."


class CountBelowReserved(AppError):
    """Fewer pieces were counted than open orders are waiting for."""

    code = "count_below_reserved"
    detail = "Of {article}, {reserved} pieces are promised to orders and only {left} would be there."
    next_step = "Cancel or move one of the orders that wait for it, or count again. Nothing of the count was booked."


@transaction.atomic
def begin_count(*, store_id: UUID, note: str, now: datetime) -> StockCount:
    """Begin a count of a store."""
    count: StockCount = StockCount.objects.create(number=readable_code(8), store_id=store_id, note=note, begun_at=now)
    audit.record("count.begun", subject=f"count:{count.id}", now=now)
    return count


_LOCK = "SELECT on_hand - oversold FROM stock_level WHERE merchant_id = %(merchant)s AND variant_id = %(variant)s AND store_id = %(store)s FOR UPDATE"
_MOVED_SINCE = """
SELECT coalesce(sum(quantity), 0)::int FROM stock_movement
WHERE merchant_id = %(merchant)s AND variant_id = %(variant)s AND store_id = %(store)s AND moved_at > %(counted_at)s
"""


@transaction.atomic
def record_count(
    *, count_id: UUID, variant_id: UUID, quantity: int, now: datetime, counted_at: datetime | None = None
) -> CountLine:
    """
    Note that `quantity` pieces of a variant were counted at `counted_at` (now). A second count of the same variant replaces the first. Locks the count, then the level.

    :raises CountOver: once it is booked. :raises Invalid: for a moment in the future or more than a day ago.
    """
    count = _locked(count_id)
    moment = counted_at or now
    if not now - COUNTED_AGO_MAX <= moment <= now + timedelta(minutes=1) or quantity < 0:
        raise Invalid(reason=_("a count is of the last 24 hours and not negative"))
    expected = _expected(variant_id, count.store_id, counted_at)
    line, _is_new = CountLine.objects.update_or_create(
        count=count,
        variant_id=variant_id,
        defaults={"counted_quantity": quantity, "expected_quantity": expected, "counted_at": moment},
    )
    return line


@transaction.atomic
def book_count(*, count_id: UUID, reason: str, now: datetime) -> StockCount:
    """
    Book every difference as a movement with `reason`, all or none. Locks the count, then the levels in variant order.

    :raises CountBelowReserved: if pieces that orders wait for are missing. :raises CountOver: once it is booked.
    """
    count = _locked(count_id)
    lines = list(CountLine.objects.filter(count=count).order_by("variant_id").select_related("variant"))
    for line in lines:
        if line.difference:
            _book(count, line, reason=reason, now=now)
    move(count, COUNT, "booked", finished_at=now)
    data = {"articles": len(lines), "pieces": sum(line.difference for line in lines), "reason": reason}
    audit.record("count.booked", subject=f"count:{count.id}", now=now, data=data)
    stock.tell_changed(store_id=count.store_id, variant_ids=[line.variant_id for line in lines], why="counted")
    return count


@transaction.atomic
def drop_count(*, count_id: UUID, now: datetime) -> StockCount:
    """Give a count up; nothing of it is booked. :raises CountOver: once it is booked."""
    count = _locked(count_id)
    move(count, COUNT, "dropped", finished_at=now)
    audit.record("count.dropped", subject=f"count:{count.id}", now=now)
    return count


def _book(count: StockCount, line: CountLine, *, reason: str, now: datetime) -> None:
    try:
        corrections.adjust(
            variant_id=line.variant_id,
            store_id=count.store_id,
            quantity=line.difference,
            reason=reason,
            source=f"count:{count.id}",
            now=now,
            kind="counted",
        )
    except corrections.StockWouldGoBelow as refusal:
        free = refusal.data["free"]
        level = db.rows(_LEVEL, [current_merchant_id(), line.variant_id, count.store_id])
        reserved = level[0][0] if level else 0
        left = max(0, reserved + free + line.difference)
        raise CountBelowReserved(article=line.variant.sku, reserved=reserved, left=left) from None


_LEVEL = "SELECT reserved FROM stock_level WHERE merchant_id = %s AND variant_id = %s AND store_id = %s"


def _expected(variant_id: UUID, store_id: UUID, moment: datetime | None) -> int:
    """What the books said at `moment`, None for now. Locks the level."""
    parameters = {"merchant": current_merchant_id(), "variant": variant_id, "store": store_id, "counted_at": moment}
    levels = db.rows(_LOCK, parameters)
    on_hand = levels[0][0] if levels else 0
    if moment is None:
        return int(on_hand)
    # A statement of its own, so that it sees what was committed while we waited for the level.
    [(moved_since,)] = db.rows(_MOVED_SINCE, parameters)
    return int(on_hand - moved_since)


def _locked(count_id: UUID) -> StockCount:
    count: StockCount | None = StockCount.objects.select_for_update().filter(id=count_id).first()
    if count is None:
        raise NotFound()
    if count.status != "open":
        raise CountOver(number=count.number, status=count.status)
    return count
