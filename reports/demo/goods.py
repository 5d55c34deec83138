"""Catalogue, prices, opening stock and gift cards of a demo merchant."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from inventory.catalog.models import Barcode, Product, TaxClass, Variant
from inventory.pricing.models import Price, TaxRate
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core.money import Money
from merchant.ledger import services as ledger
from merchant.ledger.recipes import between
from payments.vouchers import services as vouchers
from reports.demo.articles import ean13, list_articles
from reports.demo.places import Places
from reports.demo.wishes import COUNTRY, CURRENCY, Wish

_RATES = {"standard": ("Standard", 1900), "reduced": ("Reduced", 700)}
_RATES_SINCE = date(2021, 1, 1)


def make_taxes() -> dict[str, TaxClass]:
    """Enter the tax classes and their rates, by code."""
    taxes = {}
    for code, (name, basis_points) in _RATES.items():
        taxes[code] = TaxClass.objects.create(code=code, name=name)
        TaxRate.objects.create(
            tax_class=taxes[code], country=COUNTRY, rate_basis_points=basis_points, valid_from=_RATES_SINCE
        )
    return taxes


def make_catalogue(taxes: dict[str, TaxClass]) -> list[dict[str, Any]]:
    """Enter every article with price and barcode and return them as a webshop's feed would."""
    products: dict[str, Product] = {}
    feed = []
    for number, article in enumerate(list_articles(), start=1):
        product = products.get(article.product)
        if product is None:
            product = products[article.product] = Product.objects.create(
                name=article.product, category=article.category, tax_class=taxes[article.tax]
            )
        sku = f"HR-{1000 + number}"
        variant = Variant.objects.create(product=product, sku=sku, name=article.variant)
        Price.objects.create(variant=variant, currency=CURRENCY, amount_minor=article.price_minor)
        Barcode.objects.create(variant=variant, code=ean13(number))
        feed.append(
            {
                "variant_id": str(variant.id),
                "sku": sku,
                "barcode": ean13(number),
                "name": f"{article.product}, {article.variant}".removesuffix(", "),
                "price_minor": article.price_minor,
            }
        )
    return feed


def fill_shelves(places: Places, *, pieces: int, now: datetime) -> None:
    """Put the opening stock of every article into every store."""
    variants = list(Variant.objects.order_by("id").values_list("id", flat=True))
    for store in places.stores:
        stock.put_in(
            pieces=[Pieces(variant, pieces) for variant in variants],
            store_id=store.id,
            kind="opening",
            source=f"opening:{store.id}",
            now=now,
        )


def sell_gift_cards(wish: Wish, *, day: date, now: datetime) -> list[str]:
    """Return the codes of gift cards that were sold before the books began; the money lies in the safe."""
    codes = []
    for number in range(wish.gift_cards):
        _, code = vouchers.issue(amount=Money(wish.gift_card_minor, CURRENCY), source=f"opening:{number}", now=now)
        codes.append(code)
    legs = between(
        debit=("cash_safe", ""),
        credit=("voucher_liability", ""),
        minor=wish.gift_cards * wish.gift_card_minor,
        currency=CURRENCY,
    )
    ledger.post(recipe="opening", source="gift_cards", about="opening", legs=legs, business_date=day, now=now)
    return codes
