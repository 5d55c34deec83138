"""Printed signs: what stands on them, and the order that a scan becomes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from inventory.pricing.services import PricedLine, Wanted
from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.errors import NotFound
from merchant.merchants.queries import list_put_away
from merchant.sales_channels.models import Channel
from payments.checkout import baskets, services
from payments.checkout.baskets import Request
from payments.checkout.deliveries import Shopper
from payments.checkout.models import PaymentLink, Sign


@transaction.atomic
def create_sign(
    *, channel: Channel, label: str, wanted: Sequence[Wanted], note: str, store_id: UUID | None, now: datetime
) -> Sign:
    """
    Make a sign for a product or a table. Its code never changes, so it can be printed; its price is that of the moment it is scanned.

    :raises UnknownArticle, NoPrice: for what is not on sale.
    """
    sign = Sign(
        token=secrets.token_urlsafe(16),
        label=label,
        channel=channel,
        store_id=store_id,
        lines=[[line.article, line.quantity] for line in wanted],
        note=note,
        created_at=now,
    )
    price_sign(sign, now=now)
    sign.save(force_insert=True)
    audit.record("sign.created", subject=f"sign:{sign.id}", now=now, data={"label": label})
    return sign


@transaction.atomic
def end_sign(*, sign_id: UUID, now: datetime) -> Sign:
    """End a sign: whoever scans it is told so. A repeat changes nothing. :raises NotFound: if there is none."""
    sign: Sign | None = Sign.objects.filter(id=sign_id).first()
    if sign is None:
        raise NotFound()
    sign.is_active = False
    sign.save(update_fields=["is_active"])
    audit.record("sign.ended", subject=f"sign:{sign.id}", now=now)
    return sign


def find_sign_by_token(token: str) -> Sign | None:
    """Return the sign with this token, whichever merchant it belongs to but for one that was put away, and count the scan."""
    found = Sign.across_merchants.filter(token=token, is_active=True).exclude(merchant_id__in=list_put_away())
    found.update(scans=F("scans") + 1)
    return found.select_related("channel").first()


def price_sign(sign: Sign, *, now: datetime) -> list[PricedLine]:
    """Return what stands on the sign at the prices of now."""
    day = business_date(now, zone=sign.channel.zone, cutoff=sign.channel.day_cutoff)
    return baskets.priced(_request(sign), day=day, now=now)


def order_sign(*, sign: Sign, now: datetime) -> PaymentLink:
    """Place an order of what stands on the sign and return the page where it is paid. :raises InsufficientStock: if it is sold out."""
    return services.begin(kind="checkout", request=_request(sign), now=now)


def _request(sign: Sign) -> Request:
    return Request(
        channel=sign.channel,
        currency=sign.channel.currency,
        shopper=Shopper(),
        wanted=[Wanted(article, quantity) for article, quantity in sign.lines],
        note=sign.note or sign.label,
    )
