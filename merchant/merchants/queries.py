"""Look-ups of merchants, stores and registers that hardly ever change, kept in the process for a few seconds."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.callers import Caller
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.models import Merchant, Store

# 5 s: a changed zone or name reaches every process while the person still looks at the form.
_CACHE_SECONDS = 5.0
_merchants: dict[UUID, tuple[float, Merchant]] = {}
_stores: dict[UUID, tuple[float, Store]] = {}


def get_merchant(merchant_id: UUID) -> Merchant:
    """Return the merchant, at most five seconds old."""
    expires, merchant = _merchants.get(merchant_id, (0.0, None))
    if merchant is None or time.monotonic() >= expires:
        merchant = Merchant.objects.get(id=merchant_id)
        _merchants[merchant_id] = (time.monotonic() + _CACHE_SECONDS, merchant)
    return merchant


def get_own_store_id(caller: Caller, store_id: UUID) -> UUID:
    """Return the id of a store the caller may touch. :raises NotFound: for any other, as if it did not exist."""
    if not caller.may_use_store(store_id) or not Store.objects.filter(id=store_id).exists():
        raise NotFound()
    return store_id


def is_put_away(merchant_id: UUID) -> bool:
    """Say whether the merchant was put away, as of at most five seconds ago: nothing of it goes out any more."""
    return get_merchant(merchant_id).archived_at is not None


def list_put_away() -> QuerySet[Merchant, Any]:
    """Return the ids of the merchants that were put away, for a statement to leave theirs out."""
    return Merchant.objects.exclude(archived_at=None).values("id")


def base_currency(merchant_id: UUID) -> str:
    """Return the currency of the merchant's books. It never changes."""
    return get_merchant(merchant_id).base_currency


def get_store(store_id: UUID) -> Store:
    """Return a store of the merchant in scope, at most five seconds old."""
    expires, store = _stores.get(store_id, (0.0, None))
    if store is None or time.monotonic() >= expires or store.merchant_id != current_merchant_id():
        store = Store.objects.get(id=store_id)
        _stores[store_id] = (time.monotonic() + _CACHE_SECONDS, store)
    return store
