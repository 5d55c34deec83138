"""What goods are worth that come back without a receipt: the lowest recent price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted, line_of
from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from merchant.sales_channels.queries import find_in_store_id

# How each price was found, in the words of the answer.
TODAY, RECENT = "todays_price", "lowest_recent_price"


@dataclass(frozen=True, slots=True)
class Worth:
    """One line at what is given for it. `price_rule` says which price that is, `sold_on` the day of the sale it was found in."""

    line: PricedLine
    price_rule: str
    sold_on: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where goods come back."""

    store_id: UUID
    currency: str
    country: str


def worth_of(*, wanted: Sequence[Wanted], place: Place, day: date, now: datetime, days: int) -> list[Worth]:
    """
    Return each line at the lowest price the store sold the article for in the last `days` days, or at today's price if that is lower or it was not sold.

    Prices are per piece, tax included, rounded down. Two statements for any number of lines.

    :raises UnknownArticle, NoPrice, BasketTooLarge: as for a sale.
    """
    lines = pricing.price_basket(
        wanted=wanted,
        currency=place.currency,
        country=place.country,
        day=day,
        now=now,
        store_id=place.store_id,
        channel_id=find_in_store_id(),
    )
    variants = [line.variant_id for line in lines if line.variant_id]
    since = day - timedelta(days=days)
    parameters = {
        "merchant": current_merchant_id(),
        "store": place.store_id,
        "variants": variants,
        "since": since,
        "moved_since": now - timedelta(days=days + 2),
        "currency": place.currency,
    }
    lowest = {row[0]: (row[1], row[2]) for row in db.rows(_LOWEST, parameters)}
    return [_worth(line, lowest.get(line.variant_id)) for line in lines]


# Through the movements, which are found by article and store: order lines have no such index and need none for selling.
_LOWEST = """
WITH sold AS (
    SELECT m.variant_id, CASE WHEN m.source LIKE 'order:%%' THEN substr(m.source, 7)::uuid ELSE f.order_id END AS order_id
    FROM stock_movement m LEFT JOIN fulfilment_fulfilment f ON f.id = CASE WHEN m.source LIKE 'fulfilment:%%' THEN substr(m.source, 12)::uuid END
    WHERE m.merchant_id = %(merchant)s AND m.store_id = %(store)s AND m.variant_id = ANY(%(variants)s) AND m.kind = 'sold'
        AND m.moved_at >= %(moved_since)s AND (m.source LIKE 'order:%%' OR m.source LIKE 'fulfilment:%%')
)
SELECT DISTINCT ON (l.variant_id) l.variant_id, l.total_minor / l.quantity, o.business_date
FROM (SELECT DISTINCT variant_id, order_id FROM sold) s JOIN order_order o ON o.id = s.order_id AND o.currency = %(currency)s AND o.business_date >= %(since)s
JOIN order_line l ON l.order_id = o.id AND l.variant_id = s.variant_id AND l.quantity > 0 AND l.kind = 'product'
ORDER BY l.variant_id, l.total_minor / l.quantity, o.business_date DESC
"""


def _worth(line: PricedLine, lowest: tuple[int, date] | None) -> Worth:
    unit_minor, rule, sold_on = line.total_minor // line.quantity, TODAY, None
    if lowest is not None and lowest[0] < unit_minor:
        unit_minor, sold_on = int(lowest[0]), lowest[1]
        rule = RECENT
    at_that_price = line_of(
        kind="product",
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        is_stocked=line.is_stocked,
        quantity=line.quantity,
        unit_price_minor=unit_minor,
        rate_basis_points=line.tax_rate_basis_points,
    )
    return Worth(at_that_price, rule, sold_on)
