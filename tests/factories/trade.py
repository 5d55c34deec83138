"""A shop that sells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from inventory.pricing.services import Wanted
from merchant.accounts.callers import register_facts
from merchant.core.clock import business_now
from merchant.core.tenancy import Actor, acting_for
from merchant.merchants.models import Merchant, Register, Store
from terminals.pos import sales
from tests.factories.catalogue import a_variant
from tests.factories.merchants import a_channel, a_merchant, a_register, a_store

CASHIER = Actor(kind="register", id=None, name="Till 1")


@dataclass
class Shop:
    """A store with a till, an in-store channel and goods on the shelf."""

    merchant: Merchant
    store: Store
    register: Register
    channel: Any
    variants: list[Any] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The merchant's id."""
        return self.merchant.id

    def sell(self, *quantities: int) -> Any:
        """Sell so many of each article for cash and return the sale."""
        wanted = [Wanted(variant.sku, quantity) for variant, quantity in zip(self.variants, quantities, strict=False)]
        with acting_for(self.merchant.id, CASHIER), transaction.atomic():
            register = Register.objects.select_related("store").get(id=self.register.id)
            return sales.sell_for_cash(
                register=register_facts(register), channel_id=self.channel.id, wanted=wanted, tendered_minor=1_000_000,
                now=business_now(self.merchant.id),
            )  # fmt: skip


def a_shop(
    *,
    articles: int = 2,
    price_minor: int = 1250,
    stock: int = 100,
    store: dict[str, Any] | None = None,
    **merchant: Any,
) -> Shop:
    """A shop with `articles` articles of `price_minor` tax included."""
    owner = a_merchant(**merchant)
    place = a_store(owner, **store or {})
    return Shop(
        owner, place, a_register(place), a_channel(owner, kind="in_store", code="store"),
        [a_variant(owner, price_minor=price_minor, stock=stock, store=place) for _ in range(articles)],
    )  # fmt: skip
