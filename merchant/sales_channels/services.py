"""Ways of selling: the channels a merchant begins with, and where their goods come from."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.merchants import store_services
from merchant.merchants.models import Merchant, Register, Store
from merchant.merchants.store_services import StoreFacts
from merchant.sales_channels.models import Channel


def open_usual_channels(merchant: Merchant) -> list[Channel]:
    """Open what every merchant sells by: stores, a webshop, payment links. In the caller's transaction, once per merchant."""
    usual = (("in_store", _("Stores"), "store"), ("webshop", _("Webshop"), "web"), ("link", _("Payment links"), "link"))
    return [
        Channel.objects.create(
            kind=kind,
            name=name,
            code=code,
            currency=merchant.base_currency,
            country=merchant.country,
            zone=merchant.zone,
        )
        for kind, name, code in usual
    ]


@transaction.atomic
def open_place(
    *, facts: StoreFacts, code: str, country: str, currency: str, zone: str, now: datetime
) -> tuple[Store, Register]:
    """
    Open a store with its first till. Online channels that had nowhere to take goods from take them from here.

    :raises StoreRefused: if a field is not valid or the code is taken.
    """
    store, register = store_services.open_store(
        facts=facts, code=code, country=country, currency=currency, zone=zone, now=now
    )
    Channel.objects.exclude(kind="in_store").filter(stock_store=None, currency=store.currency).update(stock_store=store)
    return store, register
