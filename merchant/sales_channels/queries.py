"""Reads of places: stores and channels as scope menus offer them."""

from __future__ import annotations

from merchant.core.pages.frame import Place, Places
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel


def list_places() -> Places:
    """Return the stores and channels of the merchant in scope, by name, with two statements."""
    stores = tuple(Place(store.id, store.name, store.zone) for store in Store.objects.order_by("name", "id"))
    channels = tuple(
        Place(channel.id, channel.name, channel.zone) for channel in Channel.objects.order_by("name", "id")
    )
    return Places(stores, channels)
