"""
What goes off the shelf and onto it. With `reservations`, the only writer of stock.

Every change is a conditional update of rows locked in variant order, so two tills never deadlock and never sell the same piece; a CHECK stands behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id


class InsufficientStock(AppError):
    """Fewer pieces are free than were asked for."""

    code = "insufficient_stock"
    detail = "Not enough pieces are free: {articles}."
    next_step = "Offer fewer pieces, another article or another store."


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many of one variant. `line_id` is the order line they are for, `store_id` where they come from if not from the order's store."""

    variant_id: UUID
    quantity: int
    line_id: UUID | None = None
    name: str = ""
    store_id: UUID | None = None


def take(*, pieces: Sequence[Pieces], store_id: UUID, source: str, now: datetime, kind: str = "sold") -> None:
    """
    Take free pieces off the shelf as `kind`, in the caller's transaction and with one statement. Locks the levels in variant order.

    :raises InsufficientStock: if any variant has fewer free; nothing is taken.
    """
    wanted = _summed(pieces)
    if not wanted:
        return
    ids = [new_id() for _ in wanted]
    parameters = {
        "merchant": current_merchant_id(),
        "store": store_id,
        "source": source,
        "now": now,
        "kind": kind,
        "variants": list(wanted),
        "quantities": list(wanted.values()),
        "ids": ids,
    }
    _require_all(wanted, db.prepared_rows(_TAKE, parameters), pieces)


_TAKE = """
WITH wanted AS (SELECT * FROM unnest(%(ids)s::uuid[], %(variants)s::uuid[], %(quantities)s::int[]) w(movement_id, variant_id, quantity)),
locked AS (
    SELECT l.id, w.movement_id, w.quantity FROM stock_level l JOIN wanted w USING (variant_id)
    WHERE l.merchant_id = %(merchant)s AND l.store_id = %(store)s AND l.variant_id = ANY(%(variants)s::uuid[])
    ORDER BY l.variant_id FOR UPDATE OF l
), taken AS (
    UPDATE stock_level l SET on_hand = l.on_hand - k.quantity FROM locked k
    WHERE l.id = k.id AND l.on_hand - l.reserved >= k.quantity RETURNING k.movement_id, l.variant_id, k.quantity
)
INSERT INTO stock_movement (id, merchant_id, variant_id, store_id, kind, quantity, source, reason, moved_at)
SELECT movement_id, %(merchant)s, variant_id, %(store)s, %(kind)s, -quantity, %(source)s, '', %(now)s FROM taken RETURNING variant_id
"""


def take_or_oversell(*, pieces: Sequence[Pieces], store_id: UUID, source: str, now: datetime) -> dict[UUID, int]:
    """
    Note pieces as sold that have left the store already, whatever the books say, in the caller's transaction. Locks the levels in variant order.

    Returns per variant how many were not free: they are counted as `oversold` on the level and come off the next ones that are.
    """
    wanted = _summed(pieces)
    if not wanted:
        return {}
    parameters = {
        "merchant": current_merchant_id(),
        "store": store_id,
        "source": source,
        "now": now,
        "variants": list(wanted),
        "quantities": list(wanted.values()),
        "levels": [new_id() for _ in wanted],
        "ids": [new_id() for _ in wanted],
    }
    db.execute(_OPEN_LEVELS, parameters)
    return {variant: missing for variant, missing in db.rows(_TAKE_ANYWAY, parameters) if missing}


_OPEN_LEVELS = """
INSERT INTO stock_level (id, merchant_id, store_id, variant_id, on_hand, reserved)
SELECT w.id, %(merchant)s, %(store)s, w.variant_id, 0, 0 FROM unnest(%(levels)s::uuid[], %(variants)s::uuid[]) w(id, variant_id)
ORDER BY w.variant_id ON CONFLICT (merchant_id, variant_id, store_id) DO NOTHING
"""
_TAKE_ANYWAY = """
WITH wanted AS (SELECT * FROM unnest(%(ids)s::uuid[], %(variants)s::uuid[], %(quantities)s::int[]) w(movement_id, variant_id, quantity)),
locked AS (
    SELECT l.id, w.movement_id, w.quantity, least(w.quantity, l.on_hand - l.reserved) AS free FROM stock_level l JOIN wanted w USING (variant_id)
    WHERE l.merchant_id = %(merchant)s AND l.store_id = %(store)s ORDER BY l.variant_id FOR UPDATE OF l
), taken AS (
    UPDATE stock_level l SET on_hand = l.on_hand - k.free, oversold = l.oversold + k.quantity - k.free FROM locked k
    WHERE l.id = k.id RETURNING k.movement_id, l.variant_id, k.quantity, k.quantity - k.free AS missing
), moved AS (
    INSERT INTO stock_movement (id, merchant_id, variant_id, store_id, kind, quantity, source, reason, moved_at)
    SELECT movement_id, %(merchant)s, variant_id, %(store)s, 'sold', -quantity, %(source)s, '', %(now)s FROM taken
)
SELECT variant_id, missing FROM taken
"""


def put_in(
    *, pieces: Sequence[Pieces], store_id: UUID, kind: str, source: str, now: datetime, reason: str = ""
) -> None:
    """
    Put pieces on the shelf: `opening`, `received`, `returned` or a positive `adjusted`.

    Works in the caller's transaction and opens the level if there is none.
    """
    wanted = _summed(pieces)
    if not wanted:
        return
    rows = [(new_id(), new_id(), variant, quantity) for variant, quantity in wanted.items()]
    parameters = {
        "merchant": current_merchant_id(),
        "store": store_id,
        "kind": kind,
        "source": source,
        "reason": reason,
        "now": now,
        "levels": [row[0] for row in rows],
        "ids": [row[1] for row in rows],
        "variants": [row[2] for row in rows],
        "quantities": [row[3] for row in rows],
    }
    db.execute(_PUT_IN, parameters)


_PUT_IN = """
WITH wanted AS (
    SELECT * FROM unnest(%(levels)s::uuid[], %(ids)s::uuid[], %(variants)s::uuid[], %(quantities)s::int[]) w(level_id, id, variant_id, quantity)
), put AS (
    INSERT INTO stock_level (id, merchant_id, store_id, variant_id, on_hand, reserved)
    SELECT level_id, %(merchant)s, %(store)s, variant_id, quantity, 0 FROM wanted ORDER BY variant_id
    ON CONFLICT (merchant_id, variant_id, store_id) DO UPDATE SET on_hand = stock_level.on_hand + EXCLUDED.on_hand
)
INSERT INTO stock_movement (id, merchant_id, variant_id, store_id, kind, quantity, source, reason, moved_at)
SELECT id, %(merchant)s, variant_id, %(store)s, %(kind)s, quantity, %(source)s, %(reason)s, %(now)s FROM wanted
"""


def open_levels(*, variant_ids: Sequence[UUID], store_id: UUID) -> None:
    """Let a store know articles of which it has none yet, in the caller's transaction. Levels that are there stay."""
    parameters = {
        "merchant": current_merchant_id(),
        "store": store_id,
        "levels": [new_id() for _ in variant_ids],
        "variants": sorted(variant_ids),
    }
    db.execute(_OPEN_LEVELS, parameters)


def _summed(pieces: Sequence[Pieces]) -> dict[UUID, int]:
    totals: dict[UUID, int] = {}
    for piece in sorted(pieces, key=lambda piece: piece.variant_id):
        totals[piece.variant_id] = totals.get(piece.variant_id, 0) + piece.quantity
    return totals


def _require_all(wanted: dict[UUID, int], done: list[tuple[Any, ...]], pieces: Sequence[Pieces]) -> None:
    if len(done) == len(wanted):
        return
    missing = wanted.keys() - {row[0] for row in done}
    names = {piece.variant_id: piece.name or str(piece.variant_id) for piece in pieces}
    raise InsufficientStock(articles=", ".join(sorted(names[variant] for variant in missing)))


def tell_changed(*, store_id: UUID, variant_ids: Iterable[UUID], why: str) -> None:
    """Write the event that levels of a store changed by something else than an order, in the caller's transaction."""
    payload = {"store_id": str(store_id), "variant_ids": [str(variant_id) for variant_id in variant_ids], "why": why}
    outbox.publish("stock.changed", f"stock:{store_id}", payload)
