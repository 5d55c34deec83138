"""Rules that are set for the merchant and, where a store differs, for that store: a null is inherited from the next level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core.callers import Caller
from merchant.core.errors import Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.tenancy import MerchantModel
from merchant.merchants import queries


def inherited(
    model: type[MerchantModel], *, store_id: UUID | None, defaults: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what holds in a store, or for the merchant with None, by name; and for each value whether it is the `store`'s, the `merchant`'s or the `default`."""
    rows = {row.store_id: row for row in model.objects.filter(store_id=None)}
    if store_id is not None:
        rows |= {row.store_id: row for row in model.objects.filter(store_id=store_id)}
    places = [("store", rows.get(store_id))] if store_id is not None else []
    places.append(("merchant", rows.get(None)))
    found: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, default in defaults.items():
        named = [(place, getattr(row, name)) for place, row in places if row and getattr(row, name) is not None]
        sources[name], found[name] = named[0] if named else ("default", default)
    return found, sources


def change(model: type[MerchantModel], *, store_id: UUID | None, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write values of one level in the caller's transaction and return what stood there; a value of None is inherited again."""
    row, _is_new = model.objects.get_or_create(store_id=store_id)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    return before


def named_level(caller: Caller, store_id: UUID | None) -> UUID | None:
    """Return the level a caller may set: a store it may touch, or with None the merchant's, which takes somebody who works for all stores. :raises NotFound: otherwise."""
    if store_id is not None:
        return queries.get_own_store_id(caller, store_id)
    if caller.stores is not None:
        raise NotFound()
    return None


def asked_level(caller: Caller, text: str) -> UUID:
    """Return the store a query string asks for. :raises Invalid: if it is no id. :raises NotFound: if the caller may not touch it."""
    store_id = typed_id(text)
    if store_id is None:
        raise Invalid(reason=_("`store_id` is an id"))
    return queries.get_own_store_id(caller, store_id)
