"""Reads of places: stores and channels as scope menus offer them, and the channel of the tills."""

from __future__ import annotations

from uuid import UUID

from merchant.core.pages.frame import Place, Places
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel

# A merchant's first in-store channel is never deleted, so its id may be kept for the life of the process.
_in_store: dict[UUID, UUID] = {}


def list_places() -> Places:
    """Return the stores and channels of the merchant in scope, by name, with two statements."""
    stores = tuple(Place(store.id, store.name, store.zone) for store in Store.objects.order_by("name", "id"))
    channels = tuple(
        Place(channel.id, channel.name, channel.zone) for channel in Channel.objects.order_by("name", "id")
    )
    return Places(stores, channels)


def find_in_store_id() -> UUID | None:
    """Return the id of the merchant's in-store channel, or None if it has none."""
    merchant_id = current_merchant_id()
    if merchant_id not in _in_store:
        found = Channel.objects.filter(kind="in_store").order_by("id").values_list("id", flat=True).first()
        if found is None:
            return None
        _in_store[merchant_id] = found
    return _in_store[merchant_id]
