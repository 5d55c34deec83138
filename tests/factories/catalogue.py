"""Things to sell."""

from __future__ import annotations

from datetime import date
from typing import Any

from inventory.catalog.models import Product, TaxClass, Variant
from inventory.pricing.models import Price, TaxRate
from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant, Store
from tests.factories.merchants import FOUNDED_AT
from tests.factories.numbers import next_number


def a_tax_class(merchant: Merchant, *, rate_basis_points: int = 1900, country: str = "DE") -> TaxClass:
    """Goods taxed at `rate_basis_points` in `country` for ever."""
    with acting_for(merchant.id):
        tax_class = TaxClass.objects.create(code=f"tax{next_number()}", name="Standard")
        TaxRate.objects.create(
            tax_class=tax_class, country=country, rate_basis_points=rate_basis_points, valid_from=date(2020, 1, 1)
        )
    return tax_class


def a_variant(
    merchant: Merchant,
    *,
    price_minor: int = 1000,
    currency: str = "EUR",
    stock: int = 0,
    store: Store | None = None,
    tax_class: TaxClass | None = None,
    **changes: Any,
) -> Variant:
    """An article for `price_minor` tax included, `stock` pieces of it on the shelf of `store`."""
    tax_class = tax_class or a_tax_class(merchant)
    number = next_number()
    with acting_for(merchant.id):
        product = Product.objects.create(name=f"Mug {number}", tax_class=tax_class)
        variant = Variant.objects.create(
            **{"product": product, "sku": f"MUG-{number}", "name": f"Mug {number}"} | changes
        )
        Price.objects.create(variant=variant, currency=currency, amount_minor=price_minor)
        if store is not None:
            StockLevel.objects.create(variant=variant, store=store, on_hand=stock)
            if stock:
                StockMovement.objects.create(
                    variant_id=variant.id,
                    store_id=store.id,
                    kind="opening",
                    quantity=stock,
                    source=f"opening:{variant.id}",
                    moved_at=FOUNDED_AT,
                )
    return variant
