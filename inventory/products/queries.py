"""Reads of articles for the people who keep them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum

from inventory.catalog.models import Barcode, Product, TaxClass, Variant
from inventory.pricing.models import Price, TaxRate
from inventory.stock.models import StockLevel
from merchant.core.errors import NotFound

STATES = ("on_sale", "no_price", "ended")


def find_articles(*, currency: str, text: str = "", category: str = "", states: Collection[str] = ()) -> QuerySet[Any]:
    """Return articles with their price in `currency` and the pieces on hand everywhere; by SKU, barcode or name, by category, by state."""
    own_price = Price.objects.filter(variant_id=OuterRef("id"), currency=currency)
    on_hand = StockLevel.objects.filter(variant_id=OuterRef("id")).order_by().values("variant_id")
    rows: QuerySet[Any] = Variant.objects.select_related("product__tax_class").annotate(
        price_minor=Subquery(own_price.values("amount_minor")[:1]),
        on_hand=Subquery(on_hand.annotate(sum=Sum("on_hand")).values("sum")[:1]),
    )
    if text:
        scanned = Exists(Barcode.objects.filter(variant_id=OuterRef("id"), code=text))
        rows = rows.filter(sku__istartswith=text) | rows.filter(product__name__icontains=text) | rows.filter(scanned)
    if category:
        rows = rows.filter(product__category=category)
    kept = [rows.filter(**_conditions(state)) for state in states if state in STATES]
    for more in kept[1:]:
        kept[0] = kept[0] | more
    return kept[0] if kept else rows


def _conditions(state: str) -> dict[str, Any]:
    return {
        "on_sale": {"is_active": True, "product__is_active": True, "price_minor__isnull": False},
        "no_price": {"is_active": True, "product__is_active": True, "price_minor__isnull": True},
        "ended": {"is_active": False},
    }[state]


def get_article(variant_id: UUID) -> Variant:
    """Return one article with its product, or raise `NotFound`."""
    rows = Variant.objects.select_related("product__tax_class").prefetch_related("barcodes", "prices")
    variant: Variant | None = rows.filter(id=variant_id).first()
    if variant is None:
        raise NotFound()
    return variant


def list_categories() -> list[str]:
    """Return the categories in use, by name."""
    names = Product.objects.exclude(category="").order_by("category").values_list("category", flat=True)
    return list(names.distinct()[:200])


def list_tax_classes() -> list[TaxClass]:
    """Return the merchant's tax classes, the first one made first."""
    return list(TaxClass.objects.order_by("id"))


def list_rates() -> list[TaxRate]:
    """Return every tax rate with its class, newest first within a class and country."""
    return list(TaxRate.objects.select_related("tax_class").order_by("tax_class_id", "country", "-valid_from"))
