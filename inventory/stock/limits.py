"""What a channel leaves for others, and from when on somebody orders more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.stock.models import SafetyStock, StockLevel
from merchant.core.audit import services as audit
from merchant.core.errors import Invalid, NotFound
from merchant.sales_channels.models import Channel


@transaction.atomic
def set_safety_stock(*, channel: Channel, variant_id: UUID | None, quantity: int, now: datetime) -> SafetyStock:
    """
    Let `channel` leave `quantity` pieces in each store for others: of one variant, or (None) of all without a line of their own.

    :raises Invalid: for a channel over the counter: what a customer holds in the hand is sold.
    """
    if channel.kind == "in_store":
        raise Invalid(reason=_("a counter sells what lies on it; safety stock is for channels that sell unseen"))
    row, _is_new = SafetyStock.objects.update_or_create(
        channel=channel, variant_id=variant_id, defaults={"quantity": quantity}
    )
    data = {"variant_id": str(variant_id) if variant_id else None, "quantity": quantity}
    audit.record("safety_stock.set", subject=f"channel:{channel.id}", now=now, data=data)
    return row


@transaction.atomic
def set_low_at(*, variant_id: UUID, store_id: UUID, low_at: int | None, now: datetime) -> None:
    """
    Have somebody told once a level has at most `low_at` free pieces; None tells nobody.

    :raises NotFound: if the store never had the variant.
    """
    changed = StockLevel.objects.filter(variant_id=variant_id, store_id=store_id).update(low_at=low_at, is_low=False)
    if not changed:
        raise NotFound()
    audit.record(
        "stock_level.watched", subject=f"variant:{variant_id}", now=now, data={"store": str(store_id), "low_at": low_at}
    )
