"""Reads of the catalogue for tills and shops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.catalog.list_prices import AMOUNT, INCLUDES_TAX, LISTED
from inventory.catalog.models import Variant
from merchant.core import db
from merchant.core.errors import Invalid, NotFound
from merchant.core.tenancy import current_merchant_id

# 1,000 variants: about 250 kB, one screenful of work for a tablet; a first sync of 20,000 articles takes 20 calls.
SYNC_PAGE = 1000


@dataclass(frozen=True, slots=True)
class CatalogDelta:
    """Variants that changed, and the cursor to ask with next time. `is_complete` is false while more pages wait."""

    variants: list[dict[str, Any]]
    cursor: str
    is_complete: bool
    is_full: bool


def changed_since(
    *, cursor: str, currency: str, country: str, store_id: UUID | None, channel_id: UUID | None, day: date
) -> CatalogDelta:
    """
    Return variants touched since `cursor` ("" for all), with price, tax rate, barcodes and the pieces free in the store.

    The cursor is `horizon.after.top`: rows of transactions before the horizon are all visible, so a commit that overtakes another is never missed; it may be sent
    twice instead. A horizon from the future (a restored database) starts over.

    :raises Invalid: if the cursor is not one of ours.
    """
    since, after = _parsed(cursor)
    [(horizon,)] = db.rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    is_full = since == 0 or since > horizon
    since = 0 if is_full else since
    parameters = {
        "merchant": current_merchant_id(),
        "since": since,
        "after": after,
        "currency": currency,
        "country": country,
        "store": store_id,
        "channel": channel_id,
        "day": day,
        "limit": SYNC_PAGE + 1,
    }
    rows = db.dict_rows(_CHANGED, parameters)
    is_complete = len(rows) <= SYNC_PAGE
    rows = rows[:SYNC_PAGE]
    following = f"{horizon}." if is_complete else f"{since}.{rows[-1]['id']}"
    return CatalogDelta([_plain(row) for row in rows], following, is_complete, is_full)


def get_by_sku(sku: str) -> Variant:
    """Return an article by what the merchant calls it. :raises Invalid: if there is none."""
    variant: Variant | None = Variant.objects.filter(sku=sku).first()
    if variant is None:
        raise Invalid(reason=_("there is no article {article}").format(article=sku[:60]))
    return variant


def get_by_barcode(
    *, code: str, currency: str, country: str, store_id: UUID | None, channel_id: UUID | None, day: date
) -> dict[str, Any]:
    """
    Return the variant a scanner read.

    :raises NotFound: if nothing on sale has the code.
    """
    parameters = {
        "merchant": current_merchant_id(),
        "code": code,
        "currency": currency,
        "country": country,
        "store": store_id,
        "channel": channel_id,
        "day": day,
    }
    rows = db.dict_rows(_SCANNED, parameters)
    if not rows:
        raise NotFound()
    return _plain(rows[0])


_SELECT = f"""
SELECT v.id, v.sku, p.id AS product_id, p.name AS product_name, v.name, p.category, v.is_active AND p.is_active AS is_active, v.is_stocked,
    {AMOUNT} AS amount_minor, coalesce(listed.currency, price.currency) AS currency, {INCLUDES_TAX} AS includes_tax,
    (SELECT r.rate_basis_points FROM pricing_tax_rate r WHERE r.merchant_id = v.merchant_id AND r.tax_class_id = p.tax_class_id
        AND r.country = %(country)s AND r.valid_from <= %(day)s AND (r.valid_until IS NULL OR r.valid_until >= %(day)s)
        ORDER BY r.valid_from DESC LIMIT 1) AS tax_rate_basis_points,
    ARRAY(SELECT b.code FROM catalog_barcode b WHERE b.merchant_id = v.merchant_id AND b.variant_id = v.id ORDER BY b.code) AS barcodes,
    level.on_hand - level.reserved AS free
FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
{LISTED}
LEFT JOIN stock_level level ON level.merchant_id = v.merchant_id AND level.variant_id = v.id AND level.store_id = %(store)s
WHERE v.merchant_id = %(merchant)s
"""
_CHANGED = (
    _SELECT
    + """
    AND v.changed_tx >= %(since)s AND (%(after)s::uuid IS NULL OR v.id > %(after)s::uuid) ORDER BY v.id LIMIT %(limit)s
"""
)
_SCANNED = (
    _SELECT
    + """
    AND v.is_active AND p.is_active
    AND v.id = (SELECT b.variant_id FROM catalog_barcode b WHERE b.merchant_id = %(merchant)s AND b.code = %(code)s)
"""
)


def _parsed(cursor: str) -> tuple[int, UUID | None]:
    if not cursor:
        return 0, None
    horizon, _point, after = cursor.partition(".")
    try:
        return int(horizon), UUID(after) if after else None
    except ValueError:
        raise Invalid(reason=_("the catalogue cursor is not one of ours")) from None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    price = None if row["amount_minor"] is None else {"amount_minor": row["amount_minor"], "currency": row["currency"]}
    return {
        "id": str(row["id"]),
        "sku": row["sku"],
        "product_id": str(row["product_id"]),
        "product_name": row["product_name"],
        "name": row["name"],
        "category": row["category"],
        "is_active": row["is_active"],
        "is_stocked": row["is_stocked"],
        "price": price,
        "price_includes_tax": row["includes_tax"],
        "tax_rate_basis_points": row["tax_rate_basis_points"],
        "barcodes": row["barcodes"],
        "free_quantity": row["free"],
    }
