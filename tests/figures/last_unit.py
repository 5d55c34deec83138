"""5,000 races for the last piece: each has exactly one winner."""

from __future__ import annotations

from collections import Counter
from typing import Any

from inventory.catalog.models import Product, Variant
from inventory.pricing.models import Price
from inventory.stock.models import StockLevel, StockMovement
from merchant.core.ids import new_id
from tests.factories import a_tax_class
from tests.factories.merchants import FOUNDED_AT
from tests.figures.ground import Installation, new_key, running
from tests.figures.senders import request, send_all

RACES = 5_000
RIVALS = 2
TILLS = 10


def measure() -> tuple[bool, dict[str, Any]]:
    """Have two tills sell each of 5,000 last pieces at the same moment."""
    with running("web", tills=TILLS) as place:
        skus = _last_pieces(place)
        body = '{{"lines":[{{"article":"{}"}}],"tendered_minor":2000}}'
        requests = [
            request("sales/", f"Device {place.tokens[(race * RIVALS + rival) % TILLS]}", new_key(), body.format(sku).encode())
            for race, sku in enumerate(skus)
            for rival in range(RIVALS)
        ]  # fmt: skip
        seen = send_all(place.web_port, requests, connections=TILLS)
        winners = Counter(number // RIVALS for number, status in seen.by_request.items() if status == "201")
        with place.acting():
            left = StockLevel.objects.filter(variant__sku__in=skus)
            oversold = left.filter(on_hand__lt=0).count()
            unsold = left.filter(on_hand__gt=0).count()
        figures = {
            "races": RACES, "rivals": RIVALS, "won_once": sum(count == 1 for count in winners.values()),
            "won_twice": sum(count > 1 for count in winners.values()), "won_by_nobody": RACES - len(winners), "oversold": oversold, "unsold": unsold,
            "statuses": dict(seen.statuses), "p99_ms": round(seen.percentile(99), 1), "violations": place.violations("books", "money", "stock"),
        }  # fmt: skip
    is_right = figures["won_once"] == RACES and not oversold and not unsold and not figures["violations"]
    return bool(is_right and not any(status.startswith("5") for status in seen.statuses)), figures


def _last_pieces(place: Installation) -> list[str]:
    merchant, store = place.shop.merchant, place.shop.store
    tax_class = a_tax_class(merchant)
    skus = [f"LAST-{number}" for number in range(RACES)]
    with place.acting():
        products = [Product(name=sku, tax_class=tax_class) for sku in skus]
        Product.objects.bulk_create(products)
        variants = [Variant(id=new_id(), product=made, sku=made.name, name=made.name) for made in products]
        Variant.objects.bulk_create(variants)
        Price.objects.bulk_create(Price(variant=one, currency="EUR", amount_minor=1250) for one in variants)
        StockLevel.objects.bulk_create(StockLevel(variant=one, store=store, on_hand=1) for one in variants)
        StockMovement.objects.bulk_create(
            StockMovement(
                variant_id=one.id, store_id=store.id, kind="opening", quantity=1, source=f"opening:{one.id}", moved_at=FOUNDED_AT
            )
            for one in variants
        )  # fmt: skip
    return skus
