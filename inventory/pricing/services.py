"""The arithmetic of a basket: one statement whatever its size, then plain integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.catalog.list_prices import AMOUNT, INCLUDES_TAX, LIST_PRICE
from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.filters import typed_id
from merchant.core.money import rounded_share
from merchant.core.tenancy import current_merchant_id

# 500 lines: the largest real order seen had 1,114 lines and was wholesale; a till and a webshop stay far below.
LINES_MAX = 500
QUANTITY_MAX = 100_000


class UnknownArticle(AppError):
    """A line names something that is not sold here."""

    code = "unknown_article"
    status = 422
    detail = "There is no article {article} on sale."
    next_step = "Refresh the catalogue and scan again."


class NoPrice(AppError):
    """The article has no price in the order's currency, or no tax rate in its country."""

    code = "no_price"
    status = 422
    detail = "{article} has no {what}."
    next_step = "Add it under Products & prices."


class BasketTooLarge(AppError):
    """More lines or pieces than one order may have."""

    code = "basket_too_large"
    status = 422
    detail = "An order has at most 500 lines of at most 100,000 pieces each."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line as it was asked for. `article` is a variant id, SKU or barcode."""

    article: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """
    One line with its money, in minor units. `total_minor` includes tax and is after discount.

    Unit price and discount are as the price is meant: with tax, or without where `includes_tax` is off. Then pieces × price − discount is `base_minor`.
    """

    kind: str
    variant_id: UUID | None
    sku: str
    name: str
    is_stocked: bool
    quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_rate_basis_points: int
    tax_minor: int
    includes_tax: bool = True

    @property
    def base_minor(self) -> int:
        """What the line costs after discount, as its price is meant: what a further discount is taken from."""
        return self.unit_price_minor * self.quantity - self.discount_minor


def price_basket(
    *,
    wanted: Sequence[Wanted],
    currency: str,
    country: str,
    day: date,
    now: datetime,
    codes: Sequence[str] = (),
    with_ended: bool = False,
    store_id: UUID | None = None,
    channel_id: UUID | None = None,
) -> list[PricedLine]:
    """
    Return the lines with today's prices, tax rates and the best promotion each, in the order asked.

    Prices are those of the store's price list, else the channel's, else the article's own. Tax is rounded half up per line. One statement for any number of lines. `with_ended`
    prices also what is no longer on sale: it was when it was sold.

    :raises UnknownArticle: for something that is not on sale.
    :raises NoPrice: without a price in `currency` or a rate in `country`.
    :raises BasketTooLarge: over the bounds.
    """
    if not wanted or len(wanted) > LINES_MAX or any(not 0 < line.quantity <= QUANTITY_MAX for line in wanted):
        raise BasketTooLarge()
    articles = sorted({line.article for line in wanted})
    found: dict[str, tuple[Any, ...]] = {}
    parameters = {
        "merchant": current_merchant_id(),
        "articles": articles,
        "ids": [a for a in articles if typed_id(a)],
        "currency": currency,
        "country": country,
        "day": day,
        "now": now,
        "codes": list(codes),
        "store": store_id,
        "channel": channel_id,
    }
    for row in db.prepared_rows(_PRICES, parameters):
        for key in (str(row[0]), row[1], *row[9]):
            found.setdefault(key, row)
    return [_priced(line, found.get(line.article), with_ended=with_ended) for line in wanted]


# A basket is a few articles of many: one look by its key at each. As one join PostgreSQL read the whole catalogue of a small shop for it.
_PRICES = f"""
SELECT v.id, v.sku, CASE WHEN v.name = '' OR v.name = p.name THEN p.name ELSE p.name || ', ' || v.name END, v.is_stocked,
    {AMOUNT}, {INCLUDES_TAX},
    (SELECT r.rate_basis_points FROM pricing_tax_rate r WHERE r.merchant_id = v.merchant_id AND r.tax_class_id = p.tax_class_id
        AND r.country = %(country)s AND r.valid_from <= %(day)s AND (r.valid_until IS NULL OR r.valid_until >= %(day)s)
        ORDER BY r.valid_from DESC LIMIT 1),
    (SELECT max(m.percent_basis_points) FROM pricing_promotion m WHERE m.merchant_id = v.merchant_id AND m.is_active
        AND m.starts_at <= %(now)s AND (m.ends_at IS NULL OR m.ends_at > %(now)s) AND (m.product_id IS NULL OR m.product_id = p.id)
        AND (m.code = '' OR m.code = ANY(%(codes)s))),
    v.is_active AND p.is_active,
    ARRAY(SELECT b.code FROM catalog_barcode b WHERE b.merchant_id = v.merchant_id AND b.variant_id = v.id AND b.code = ANY(%(articles)s))
FROM unnest(%(ids)s::uuid[]
    || ARRAY(SELECT id FROM catalog_variant WHERE merchant_id = %(merchant)s AND sku = ANY(%(articles)s))
    || ARRAY(SELECT variant_id FROM catalog_barcode WHERE merchant_id = %(merchant)s AND code = ANY(%(articles)s))) wanted(id)
CROSS JOIN LATERAL (SELECT * FROM catalog_variant WHERE id = wanted.id LIMIT 1) v
CROSS JOIN LATERAL (SELECT * FROM catalog_product WHERE id = v.product_id LIMIT 1) p
LEFT JOIN LATERAL (
    SELECT amount_minor, includes_tax FROM pricing_price WHERE merchant_id = v.merchant_id AND variant_id = v.id AND currency = %(currency)s LIMIT 1
) price ON true
{LIST_PRICE}
WHERE v.merchant_id = %(merchant)s
"""  # noqa: S608


def line_of(
    *,
    kind: str,
    name: str,
    unit_price_minor: int,
    quantity: int,
    rate_basis_points: int,
    sku: str = "",
    variant_id: UUID | None = None,
    is_stocked: bool = False,
    includes_tax: bool = True,
    percent_off_basis_points: int = 0,
) -> PricedLine:
    """Return a line with discount and tax computed: half up, per line."""
    gross = unit_price_minor * quantity
    discount = rounded_share(gross, percent_off_basis_points, 10_000)
    total, tax = taxed(gross - discount, rate_basis_points=rate_basis_points, includes_tax=includes_tax)
    return PricedLine(
        kind=kind,
        variant_id=variant_id,
        sku=sku,
        name=name,
        is_stocked=is_stocked,
        quantity=quantity,
        unit_price_minor=unit_price_minor,
        discount_minor=discount,
        total_minor=total,
        tax_rate_basis_points=rate_basis_points,
        tax_minor=tax,
        includes_tax=includes_tax,
    )


def taxed(base_minor: int, *, rate_basis_points: int, includes_tax: bool) -> tuple[int, int]:
    """Return the total with tax, and the tax in it, of an amount with tax or without: rounded half up."""
    if includes_tax:
        return base_minor, rounded_share(base_minor, rate_basis_points, 10_000 + rate_basis_points)
    tax = rounded_share(base_minor, rate_basis_points, 10_000)
    return base_minor + tax, tax


def less(line: PricedLine, off_minor: int) -> PricedLine:
    """Return a line with `off_minor` more taken off its base, and its tax anew."""
    total, tax = taxed(
        line.base_minor - off_minor, rate_basis_points=line.tax_rate_basis_points, includes_tax=line.includes_tax
    )
    return replace(line, discount_minor=line.discount_minor + off_minor, total_minor=total, tax_minor=tax)


def tax_rate(*, tax_class_id: UUID, country: str, day: date) -> int:
    """
    Return the rate of a tax class in a country on a day, in basis points.

    :raises NoPrice: if none is entered.
    """
    rows = db.rows(_RATE, [current_merchant_id(), tax_class_id, country, day, day])
    if not rows:
        raise NoPrice(article=_("the delivery"), what=_("tax rate in {country}").format(country=country))
    return int(rows[0][0])


_RATE = """
SELECT rate_basis_points FROM pricing_tax_rate WHERE merchant_id = %s AND tax_class_id = %s AND country = %s AND valid_from <= %s
AND (valid_until IS NULL OR valid_until >= %s) ORDER BY valid_from DESC LIMIT 1
"""


def _priced(line: Wanted, row: tuple[Any, ...] | None, *, with_ended: bool = False) -> PricedLine:
    if row is None or not (row[8] or with_ended):
        raise UnknownArticle(article=line.article)
    variant_id, sku, name, is_stocked, amount, includes_tax, rate, percent, _active, _codes = row
    if amount is None or rate is None:
        raise NoPrice(
            article=sku, what=_("price in this currency") if amount is None else _("tax rate in this country")
        )
    return line_of(
        kind="product",
        variant_id=variant_id,
        sku=sku,
        name=name,
        is_stocked=is_stocked,
        quantity=line.quantity,
        unit_price_minor=amount,
        includes_tax=includes_tax,
        rate_basis_points=rate,
        percent_off_basis_points=percent or 0,
    )
