"""Reads of goods in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from inventory.catalog.models import Barcode, Variant
from inventory.receiving.models import Delivery, StockCount, Transfer
from merchant.core import db
from merchant.core.errors import Invalid, NotFound
from merchant.core.tenancy import current_merchant_id

_INCOMING = """
SELECT variant_id, store_id, sum(pieces)::int FROM (
    SELECT l.variant_id, d.store_id, greatest(0, l.expected_quantity - l.received_quantity - l.damaged_quantity) AS pieces
    FROM receiving_delivery_line l JOIN receiving_delivery d ON d.id = l.delivery_id
    WHERE d.merchant_id = %(merchant)s AND d.status IN ('expected', 'partial') AND l.variant_id = ANY(%(variants)s::uuid[])
    UNION ALL
    SELECT l.variant_id, t.store_to_id, l.sent_quantity - l.received_quantity - l.damaged_quantity - l.lost_quantity - l.returned_quantity
    FROM receiving_transfer_line l JOIN receiving_transfer t ON t.id = l.transfer_id
    WHERE t.merchant_id = %(merchant)s AND t.status IN ('sent', 'partial') AND l.variant_id = ANY(%(variants)s::uuid[])
) coming GROUP BY 1, 2
"""


def incoming(variant_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], int]:
    """Return how many pieces are on their way, by (variant, store): announced by suppliers or sent by another store."""
    rows = db.rows(_INCOMING, {"merchant": current_merchant_id(), "variants": list(variant_ids)})
    return {(variant, store): pieces for variant, store, pieces in rows}


def list_deliveries(*, stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return deliveries to the stores given (None: all)."""
    rows = Delivery.objects.select_related("store")
    return rows if stores is None else rows.filter(store_id__in=stores)


def list_transfers(*, stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return transfers from or to the stores given (None: all)."""
    rows = Transfer.objects.select_related("store_from", "store_to")
    return rows if stores is None else rows.filter(Q(store_from_id__in=stores) | Q(store_to_id__in=stores))


def list_counts(*, stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return counts in the stores given (None: all)."""
    rows = StockCount.objects.select_related("store")
    return rows if stores is None else rows.filter(store_id__in=stores)


def get_of(rows: QuerySet[Any], key: UUID) -> Any:
    """Return the row with that id. :raises NotFound: if there is none among `rows`."""
    found = rows.filter(id=key).first()
    if found is None:
        raise NotFound()
    return found


def get_article(text: str) -> Variant:
    """
    Return the variant that somebody scanned or typed: a SKU, a barcode or an id.

    :raises Invalid: if nothing has it.
    """
    text = text.strip()
    variant: Variant | None = Variant.objects.select_related("product").filter(sku=text).first()
    if variant is None:
        code = Barcode.objects.select_related("variant__product").filter(code=text).first()
        variant = code.variant if code else _by_id(text)
    if variant is None:
        raise Invalid(reason=_("there is no article {article}").format(article=text[:60]))
    return variant


def _by_id(text: str) -> Variant | None:
    try:
        found: Variant | None = Variant.objects.select_related("product").filter(id=UUID(text)).first()
    except ValueError:
        return None
    return found
