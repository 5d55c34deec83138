"""Merchants and their places."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant, Register, Store
from merchant.sales_channels.models import Channel
from tests.factories.numbers import next_number

FOUNDED_AT = datetime(2026, 1, 2, 8, 0, tzinfo=UTC)


def a_merchant(**changes: Any) -> Merchant:
    """A merchant in Berlin that counts in euros. Needs no scope."""
    fields = {
        "name": f"Norrsken Goods {next_number()}",
        "base_currency": "EUR",
        "country": "DE",
        "zone": "Europe/Berlin",
        "created_at": FOUNDED_AT,
    }
    return Merchant.objects.create(**fields | changes)


def a_store(merchant: Merchant, **changes: Any) -> Store:
    """A store in Hamburg whose day ends at midnight."""
    fields = {
        "name": "Altona",
        "code": f"ALT{next_number()}",
        "country": "DE",
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "day_cutoff": time(0, 0),
    }
    with acting_for(merchant.id):
        return Store.objects.create(**fields | changes)


def a_register(store: Store, **changes: Any) -> Register:
    """A till in `store`."""
    number = next_number()
    with acting_for(store.merchant_id):
        return Register.objects.create(**{"store": store, "name": f"Till {number}", "code": f"T{number}"} | changes)


def a_channel(merchant: Merchant, **changes: Any) -> Channel:
    """The merchant's webshop."""
    fields = {
        "kind": "webshop",
        "name": "Webshop",
        "code": f"web{next_number()}",
        "currency": "EUR",
        "country": "DE",
        "zone": "Europe/Berlin",
    }
    with acting_for(merchant.id):
        return Channel.objects.create(**fields | changes)
