"""Stores, registers, channels and what a demo merchant's tablets sign in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from inventory.catalog.models import TaxClass
from merchant.accounts import device_services
from merchant.merchants.models import Merchant, Register, Store
from merchant.sales_channels.models import Channel
from payments.checkout.models import DeliveryMethod
from reports.demo.wishes import COUNTRY, CURRENCY, TOWNS, ZONE, Wish

_ONLINE = (("in_store", "Stores", "store"), ("webshop", "Webshop", "web"), ("link", "Payment links", "link"))


@dataclass(frozen=True, slots=True)
class Places:
    """Where a merchant sells."""

    stores: list[Store]
    registers: list[Register]
    channels: dict[str, Channel]


def open_places(merchant: Merchant, wish: Wish) -> Places:
    """Open stores with their registers, and the channels; online orders leave from the first store."""
    stores = [_store(number) for number in range(wish.stores)]
    registers = [
        Register.objects.create(store=store, name=f"Till {number}", code=f"{store.code}-{number}")
        for store in stores
        for number in range(1, wish.tills_per_store + 1)
    ]
    channels = {
        kind: Channel.objects.create(
            kind=kind,
            name=name,
            code=code,
            currency=CURRENCY,
            country=COUNTRY,
            zone=merchant.zone,
            stock_store=None if kind == "in_store" else stores[0],
        )
        for kind, name, code in _ONLINE
    }
    return Places(stores, registers, channels)


def offer_delivery(taxes: dict[str, TaxClass]) -> None:
    """Offer a parcel and collecting in the store."""
    for code, name, price in (("parcel", "Parcel, 2 days", 490), ("collect", "Collect in store", 0)):
        DeliveryMethod.objects.create(
            code=code,
            name=name,
            currency=CURRENCY,
            price_minor=price,
            tax_class_id=taxes["standard"].id,
            countries=[COUNTRY],
        )


def pair_tills(places: Places, *, now: datetime) -> list[dict[str, Any]]:
    """Pair a tablet with every register and return what it needs to know."""
    tills = []
    for register in places.registers:
        code = device_services.issue_pairing_code(subject=f"register:{register.id}", now=now)
        paired = device_services.pair_register(code=code, device_name=f"Tablet {register.code}", now=now)
        tills.append(
            {
                "device_id": str(paired.device.id),
                "token": paired.token,
                "register_id": str(register.id),
                "store_id": str(register.store_id),
                "store": register.store.name,
                "name": register.name,
                "code": register.code,
            }
        )
    return tills


def _store(number: int) -> Store:
    town = TOWNS[number]
    return Store.objects.create(
        name=town.name,
        code=town.code,
        country=COUNTRY,
        currency=CURRENCY,
        zone=ZONE,
        day_cutoff=time(0, 0),
        address={"street": town.street, "postcode": town.postcode, "city": town.city, "country": COUNTRY},
        tax_number="DE811234567",
        organisation_number="HRB 204 117 B",
    )
