"""A store with two tills, and another store, for tests of the counter."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.test import Client

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Register, Store
from tests.clients import with_device
from tests.factories import a_channel, a_device, a_merchant, a_register, a_store, a_variant


class Till:
    """One tablet."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.client: Client = with_device(a_device(register)[1])

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=key or str(uuid4()),
        )

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def pay_cash(self, order_id: str, minor: int, tendered: int | None = None, **more: Any) -> Any:
        amount = {"amount_minor": minor, "currency": self.register.store.currency}
        body = {"method": "cash", "amount": amount} | ({"tendered_minor": tendered} if tendered else {}) | more
        return self.post(f"orders/{order_id}/payments/", body)


class Counter:
    """Two tills of one store that sell mugs for 12.50, and a till elsewhere."""

    def __init__(self, *, country: str = "DE", currency: str = "EUR", prices: tuple[int, ...] = (1250,)) -> None:
        self.merchant = a_merchant(country=country, base_currency=currency)
        self.store = self._store(country, currency)
        self.left, self.right = Till(a_register(self.store)), Till(a_register(self.store))
        self.elsewhere = Till(a_register(self._store(country, currency)))
        self.channel = a_channel(self.merchant, kind="in_store", code="store", currency=currency, country=country)
        self.goods = [
            a_variant(
                self.merchant,
                price_minor=price,
                currency=currency,
                stock=100,
                store=self.store,
                tax_class=self._taxed(country),
            )
            for price in prices
        ]

    def _store(self, country: str, currency: str) -> Store:
        address = {"street": "Große Bergstraße 7", "postal_code": "22767", "city": "Hamburg"}
        return a_store(
            self.merchant,
            country=country,
            currency=currency,
            address=address,
            tax_number="DE123456789",
            organisation_number="HRB 4711",
        )

    def _taxed(self, country: str) -> Any:
        from tests.factories import a_tax_class

        return a_tax_class(self.merchant, country=country)

    def lines(self, *quantities: int) -> list[dict[str, Any]]:
        """Lines of the goods, one piece each unless said otherwise."""
        wanted = quantities or (1,) * len(self.goods)
        return [
            {"article": variant.sku, "quantity": quantity}
            for variant, quantity in zip(self.goods, wanted, strict=False)
            if quantity
        ]

    def begin(self, till: Till | None = None, *quantities: int, **more: Any) -> dict[str, Any]:
        """Begin an order at a till."""
        answer = (till or self.left).post("till/orders/", {"lines": self.lines(*quantities)} | more)
        assert answer.status_code == 201, answer.content
        return answer.json()  # type: ignore[no-any-return]

    def scope(self) -> Any:
        """Act for the merchant."""
        return acting_for(self.merchant.id)
