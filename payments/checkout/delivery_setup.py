"""Make and change ways of delivery and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.catalog.models import TaxClass
from merchant.core.audit import services as audit
from merchant.core.errors import Invalid, NotFound
from merchant.sales_channels.models import Channel
from payments.checkout.models import DeliveryMethod, DeliveryRate

RATES_MAX = 200


@dataclass(frozen=True, slots=True)
class MethodTerms:
    """A way of delivery: amounts in minor units of `currency`, tax included; `countries` are ISO codes, none is everywhere."""

    name: str
    currency: str
    price_minor: int
    tax_class: str
    countries: Sequence[str] = ()
    free_from_minor: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class RateTerms:
    """What a way costs for some orders; what is empty does not narrow. `channel` is a code, amounts are minor units of the way's currency."""

    price_minor: int
    channel: str = ""
    zone: str = ""
    countries: Sequence[str] = ()
    weight_grams_max: int | None = None
    value_from_minor: int = 0


@transaction.atomic
def set_method(*, code: str, terms: MethodTerms, now: datetime) -> DeliveryMethod:
    """
    Make the way of delivery called `code`, or change it, and return it. Orders that are there keep their price.

    :raises Invalid: if there is no such tax class.
    """
    tax_class = TaxClass.objects.filter(code=terms.tax_class).first()
    if tax_class is None:
        raise Invalid(reason=_("there is no such tax class"))
    values = asdict(terms) | {"tax_class_id": tax_class.id, "countries": list(terms.countries)}
    del values["tax_class"]
    method: DeliveryMethod = DeliveryMethod.objects.update_or_create(code=code, defaults=values)[0]
    audit.record("delivery_method.set", subject=f"delivery_method:{method.id}", now=now, data={"code": code})
    return method


@transaction.atomic
def set_rates(*, method_id: UUID, rates: Sequence[RateTerms], now: datetime) -> DeliveryMethod:
    """
    Replace all rates of a way of delivery and return it; without any its own price holds everywhere. Locks the way.

    :raises NotFound: if there is no such way. :raises Invalid: for an unknown channel or too many rates.
    """
    method: DeliveryMethod | None = DeliveryMethod.objects.select_for_update().filter(id=method_id).first()
    if method is None:
        raise NotFound()
    if len(rates) > RATES_MAX:
        raise Invalid(reason=_("a way has at most {number} rates").format(number=RATES_MAX))
    codes = {rate.channel for rate in rates if rate.channel}
    channels = {channel.code: channel for channel in Channel.objects.filter(code__in=codes)}
    if codes - channels.keys():
        raise Invalid(reason=_("there is no such channel"))
    DeliveryRate.objects.filter(method=method).delete()
    DeliveryRate.objects.bulk_create(
        DeliveryRate(
            method=method,
            channel=channels.get(rate.channel),
            zone=rate.zone,
            countries=list(rate.countries),
            weight_grams_max=rate.weight_grams_max,
            value_from_minor=rate.value_from_minor,
            price_minor=rate.price_minor,
        )
        for rate in rates
    )
    audit.record("delivery_rates.set", subject=f"delivery_method:{method.id}", now=now, data={"rates": len(rates)})
    return method
