"""Pieces promised to order lines: reserved, taken by whoever hands them over, or given back to sale. Levels are locked in the order `services` uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.stock.services import InsufficientStock, Pieces
from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for, current_merchant_id


class NothingReserved(AppError):
    """The line's pieces are not reserved any more."""

    code = "reservation_gone"
    detail = "The pieces of this order are not reserved any more."
    next_step = "Place the order again."


def reserve(
    *,
    pieces: Sequence[Pieces],
    store_id: UUID | None,
    expires_at: datetime | None,
    now: datetime,
    channel_id: UUID | None = None,
) -> None:
    """
    Promise free pieces to order lines until `expires_at` (None: until handed over), in the caller's transaction.

    Pieces come from their own store, or from `store_id`. What `channel_id` must leave for others (its safety stock) is not free to it. One statement locks the
    levels in (variant, store) order.

    :raises InsufficientStock: if any variant has fewer free; nothing is reserved.
    """
    placed = [(piece, piece.store_id or store_id) for piece in pieces]
    wanted: dict[tuple[UUID, UUID], int] = {}
    for piece, place in placed:
        if place is not None:
            wanted[piece.variant_id, place] = wanted.get((piece.variant_id, place), 0) + piece.quantity
    if not wanted:
        return
    merchant_id = current_merchant_id()
    parameters = {
        "merchant": merchant_id,
        "channel": channel_id,
        "variants": [variant for variant, _ in wanted],
        "stores": [place for _, place in wanted],
        "quantities": list(wanted.values()),
    }
    done = {(row[0], row[1]) for row in db.rows(_RESERVE, parameters)}
    if len(done) != len(wanted):
        missing = {
            piece.name or str(piece.variant_id) for piece, place in placed if (piece.variant_id, place) not in done
        }
        raise InsufficientStock(articles=", ".join(sorted(missing)))
    rows = [(new_id(), piece.line_id, piece.variant_id, place, piece.quantity) for piece, place in placed if place]
    db.execute(_RESERVATIONS, [merchant_id, expires_at, now, *db.columns(rows, 5)])


_RESERVE = """
WITH wanted AS (
    SELECT * FROM unnest(%(variants)s::uuid[], %(stores)s::uuid[], %(quantities)s::int[]) w(variant_id, store_id, quantity)
), locked AS (
    SELECT l.id, w.quantity, coalesce(own.quantity, every.quantity, 0) AS safety FROM stock_level l JOIN wanted w USING (variant_id, store_id)
    LEFT JOIN stock_safety own ON own.merchant_id = l.merchant_id AND own.channel_id = %(channel)s::uuid AND own.variant_id = l.variant_id
    LEFT JOIN stock_safety every ON every.merchant_id = l.merchant_id AND every.channel_id = %(channel)s::uuid AND every.variant_id IS NULL
    WHERE l.merchant_id = %(merchant)s ORDER BY l.variant_id, l.store_id FOR UPDATE OF l
)
UPDATE stock_level l SET reserved = l.reserved + k.quantity FROM locked k
WHERE l.id = k.id AND l.on_hand - l.reserved >= k.quantity + k.safety RETURNING l.variant_id, l.store_id
"""
_RESERVATIONS = """
INSERT INTO stock_reservation (merchant_id, status, expires_at, created_at, id, order_line_id, variant_id, store_id, quantity)
SELECT %s, 'held', %s, %s, r.* FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[]) r
"""


def take_reserved(*, line_ids: Sequence[UUID], source: str, now: datetime) -> None:
    """
    Take the reserved pieces of order lines off the shelf as sold, in the caller's transaction.

    :raises NothingReserved: if one of the lines holds no reservation any more; nothing is taken.
    """
    if not line_ids:
        return
    ids = [new_id() for _ in line_ids]
    rows = db.rows(
        _TAKE_RESERVED,
        {"lines": list(line_ids), "ids": ids, "source": source, "now": now, "merchant": current_merchant_id()},
    )
    if len(rows) != len(line_ids):
        raise NothingReserved()


_LOCK_HELD = """
held AS (
    SELECT r.id, r.order_line_id, r.variant_id, r.store_id, r.quantity FROM stock_reservation r
    WHERE r.merchant_id = %(merchant)s AND r.order_line_id = ANY(%(lines)s) AND r.status = 'held' ORDER BY r.variant_id, r.id FOR UPDATE
), levels AS (
    SELECT l.id, h.quantity FROM stock_level l
    JOIN (SELECT variant_id, store_id, sum(quantity)::int AS quantity FROM held GROUP BY 1, 2) h USING (variant_id, store_id)
    WHERE l.merchant_id = %(merchant)s ORDER BY l.variant_id, l.store_id FOR UPDATE OF l
)"""
_TAKE_RESERVED = f"""
WITH {_LOCK_HELD},
shelf AS (UPDATE stock_level l SET on_hand = l.on_hand - k.quantity, reserved = l.reserved - k.quantity FROM levels k WHERE l.id = k.id),
done AS (UPDATE stock_reservation r SET status = 'taken' FROM held h WHERE r.id = h.id RETURNING r.order_line_id, r.variant_id, r.store_id, r.quantity)
INSERT INTO stock_movement (id, merchant_id, variant_id, store_id, kind, quantity, source, reason, moved_at)
SELECT i.id, %(merchant)s, d.variant_id, d.store_id, 'sold', -d.quantity, %(source)s, '', %(now)s
FROM done d JOIN unnest(%(ids)s::uuid[], %(lines)s::uuid[]) i(id, line_id) ON i.line_id = d.order_line_id RETURNING id
"""


def release(*, line_ids: Sequence[UUID], status: str = "released") -> int:
    """Give reserved pieces of order lines back to sale and return how many reservations ended. A repeat releases nothing."""
    rows = db.rows(_RELEASE, {"lines": list(line_ids), "merchant": current_merchant_id(), "status": status})
    return len(rows)


_RELEASE = f"""
WITH {_LOCK_HELD},
shelf AS (UPDATE stock_level l SET reserved = l.reserved - k.quantity FROM levels k WHERE l.id = k.id)
UPDATE stock_reservation r SET status = %(status)s FROM held h WHERE r.id = h.id RETURNING r.order_line_id
"""


def lock(*, line_ids: Sequence[UUID], variant_ids: Sequence[UUID], store_id: UUID | None) -> None:
    """
    Lock all levels that the reservations of `line_ids` and `variant_ids` in `store_id` stand on, in the caller's transaction and in the order all writers use.

    For whoever changes stock in several steps: locking step by step could meet a till half-way.
    """
    parameters = {
        "merchant": current_merchant_id(),
        "store": store_id,
        "lines": list(line_ids),
        "variants": list(variant_ids),
    }
    db.rows(_LOCK, parameters)


_LOCK = """
WITH held AS (
    SELECT r.variant_id, r.store_id FROM stock_reservation r
    WHERE r.merchant_id = %(merchant)s AND r.order_line_id = ANY(%(lines)s::uuid[]) AND r.status = 'held' ORDER BY r.variant_id, r.id FOR UPDATE
)
SELECT l.id FROM stock_level l
WHERE l.merchant_id = %(merchant)s
    AND (l.store_id = %(store)s AND l.variant_id = ANY(%(variants)s::uuid[]) OR (l.variant_id, l.store_id) IN (SELECT variant_id, store_id FROM held))
ORDER BY l.variant_id, l.store_id FOR UPDATE OF l
"""


def list_held(*, line_ids: Sequence[UUID]) -> dict[UUID, Pieces]:
    """Return what is held for order lines and where, by line."""
    rows = db.rows(_HELD, [current_merchant_id(), list(line_ids)])
    return {line: Pieces(variant, quantity, line, store_id=store) for line, variant, quantity, store in rows}


_HELD = """
SELECT order_line_id, variant_id, quantity, store_id FROM stock_reservation
WHERE merchant_id = %s AND order_line_id = ANY(%s) AND status = 'held'
"""


def keep_reserved(*, line_ids: Sequence[UUID], until: datetime | None) -> None:
    """Move the expiry of held reservations to `until`; None keeps them until hand-over."""
    db.execute(
        "UPDATE stock_reservation SET expires_at = %s WHERE merchant_id = %s AND order_line_id = ANY(%s) AND status = 'held'",
        [until, current_merchant_id(), list(line_ids)],
    )


def release_expired(*, now_by_merchant: Iterable[tuple[UUID, datetime]]) -> int:
    """Release what expired, merchant by merchant, each in its own transaction. Returns how many reservations ended."""
    ended = 0
    for merchant_id, now in now_by_merchant:
        with acting_for(merchant_id), transaction.atomic():
            lines = [row[0] for row in db.rows(_EXPIRED, [merchant_id, now])]
            ended += release(line_ids=lines, status="expired") if lines else 0
    return ended


_EXPIRED = """
SELECT order_line_id FROM stock_reservation WHERE merchant_id = %s AND status = 'held' AND expires_at <= %s
ORDER BY variant_id, id LIMIT 500 FOR UPDATE SKIP LOCKED
"""
