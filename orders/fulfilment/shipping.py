"""Note which parcels of an order are on their way, so that its customer can follow them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.hidden_characters import check_words
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import OrderBeingCancelled
from orders.order import queries as orders

# An order of a hundred parcels is a furnished house; more is a script that ran wild.
PARCELS_MAX = 100


class NothingIsSent(AppError):
    """Nothing of the order is on its way: it is not placed yet, or was cancelled."""

    code = "order_sends_nothing"
    detail = "Order {number} is {status}; no parcel of it can be on its way."
    next_step = "Look whether it is the right order."


class TooManyParcels(AppError):
    """The order has as many parcels as one may have."""

    code = "too_many_parcels"
    detail = "Order {number} has {most} parcels already; no order may have more."
    next_step = "Look whether it is the right order."


class ShipmentKnown(AppError):
    """The order has a parcel with this number already."""

    code = "shipment_known"
    detail = "Parcel {number} is noted already."


@dataclass(frozen=True, slots=True)
class Parcel:
    """What its carrier calls it; `url` is where the customer follows it, "" if nowhere."""

    carrier: str
    number: str
    url: str = ""


@transaction.atomic
def note_shipment(*, order_id: UUID, parcel: Parcel, now: datetime) -> Shipment:
    """
    Note a parcel of an order. It moves no goods and no money: handing over does. Locks the order.

    :raises NothingIsSent: for a draft or an order that is cancelled. :raises OrderBeingCancelled: once its money is on the way back.
    :raises Invalid: without carrier or number, for a character nobody sees, or for an address that is none. :raises TooManyParcels: beyond `PARCELS_MAX`. :raises ShipmentKnown: for the same number again.
    """
    order = orders.get_order_for_update(order_id)
    if order.status in ("draft", "cancelled"):
        raise NothingIsSent(number=order.number, status=order.status)
    if order.cancel_asked_at is not None:
        raise OrderBeingCancelled(number=order.number)
    carrier, number, url = _checked(parcel)
    if Shipment.objects.filter(order=order, number=number).exists():
        raise ShipmentKnown(number=number)
    if Shipment.objects.filter(order=order).count() >= PARCELS_MAX:
        raise TooManyParcels(number=order.number, most=PARCELS_MAX)
    shipment: Shipment = Shipment.objects.create(order=order, carrier=carrier, number=number, url=url, sent_at=now)
    audit.record("order.sent", subject=f"order:{order.id}", now=now, data={"parcel": f"{carrier} {number}", "url": url})
    return shipment


def _checked(parcel: Parcel) -> tuple[str, str, str]:
    carrier, number, url = parcel.carrier.strip(), parcel.number.strip(), parcel.url.strip()
    if not carrier or not number or len(carrier) > 60 or len(number) > 60:
        raise Invalid(reason=_("a parcel has a carrier and a number of at most 60 characters each"))
    check_words({"carrier": carrier, "number": number, "url": url})
    if url and not _is_address(url):
        raise Invalid(reason=_("{address} is no https address").format(address=url[:80]))
    return carrier, number, url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # A name before the host makes an address look like somebody else's.
    return (
        parts.scheme == "https"
        and "." in parts.netloc
        and "@" not in parts.netloc
        and len(url) <= 300
        and " " not in url
    )
