"""Price lists: what articles cost in one store or one channel, tax included or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from inventory.pricing.models import ListPrice, PriceList
from inventory.pricing.prices import check_price
from merchant.core.audit import services as audit
from merchant.core.errors import Invalid, NotFound
from merchant.core.money import Money
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel


@dataclass(frozen=True, slots=True)
class NewList:
    """A price list to make: for a store or for a channel, never for both."""

    name: str
    currency: str
    includes_tax: bool
    store_id: UUID | None = None
    channel_code: str = ""


@transaction.atomic
def create_price_list(*, new: NewList, now: datetime) -> PriceList:
    """
    Make a price list of a place. An article without a price on it keeps its own.

    :raises Invalid: unless it is for one store or one channel that exists, and the first of that place and currency.
    """
    channel = Channel.objects.filter(code=new.channel_code).first() if new.channel_code else None
    store = Store.objects.filter(id=new.store_id).first() if new.store_id else None
    if (channel is None) == (store is None):
        raise Invalid(reason=_("a price list is for one store or for one channel"))
    place = {"store": store, "channel": channel}
    if PriceList.objects.filter(currency=new.currency, **place).exists():
        raise Invalid(reason=_("there is a price list in {other} for that place already").format(other=new.currency))
    made: PriceList = PriceList.objects.create(
        name=new.name, currency=new.currency, includes_tax=new.includes_tax, created_at=now, **place
    )
    audit.record("price_list.created", subject=f"price_list:{made.id}", now=now, data={"name": made.name})
    return made


@transaction.atomic
def set_list_price(*, list_id: UUID, sku: str, amount_minor: int | None, now: datetime) -> ListPrice | None:
    """
    Set what an article costs on a list from now on; None takes it off, so that its own price holds.

    :raises NotFound: for a list that does not exist. :raises Invalid: for an article that does not.
    """
    found = PriceList.objects.filter(id=list_id).first()
    if found is None:
        raise NotFound()
    variant = Variant.objects.filter(sku=sku).first()
    if variant is None:
        raise Invalid(reason=_("there is no article {article}").format(article=sku))
    before = ListPrice.objects.filter(price_list=found, variant=variant).first()
    after: ListPrice | None = None
    if amount_minor is not None:
        check_price(Money(amount_minor, found.currency))
        after, _is_new = ListPrice.objects.update_or_create(
            price_list=found, variant=variant, defaults={"amount_minor": amount_minor}
        )
    elif before is not None:
        before.delete()
    # The tablets' next sync brings the variant with the price that holds now.
    Variant.objects.filter(id=variant.id).update(changed_tx=0)
    data = {
        "list": str(found.id),
        "before": before.amount_minor if before else None,
        "after": amount_minor,
        "currency": found.currency,
    }
    audit.record("price.changed", subject=f"variant:{variant.id}", now=now, data=data)
    return after
