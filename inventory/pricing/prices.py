"""Set what an article costs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from inventory.catalog.models import Variant
from inventory.pricing.models import Price
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.money import Money

# The most one piece costs, in the smallest unit: a thousand million euros. 500 lines of 100,000 pieces at it, with tax on top, still sum within PostgreSQL's bigint.
PRICE_MINOR_MAX = 10**11


class PriceTooHigh(AppError):
    """The price is above what one piece may cost."""

    code = "price_too_high"
    status = 422
    detail = "The price is too high: one piece costs at most {most}."
    money = "Nothing was changed."
    next_step = "Correct the price and send it again."


def check_price(price: Money) -> None:
    """:raises PriceTooHigh: if one piece cannot cost that much."""
    if price.minor > PRICE_MINOR_MAX:
        most = Money(PRICE_MINOR_MAX, price.currency)
        raise PriceTooHigh(most=most, field="price")


@transaction.atomic
def set_price(*, variant: Variant, price: Money, includes_tax: bool = True, now: datetime) -> bool:
    """Set the price of an article in the price's currency, per piece, from the next sale on. Return whether it is another one than before. :raises PriceTooHigh: above the bound."""
    check_price(price)
    before = Price.objects.select_for_update().filter(variant=variant, currency=price.currency).first()
    if before is not None and (before.amount_minor, before.includes_tax) == (price.minor, includes_tax):
        return False
    Price.objects.update_or_create(
        variant=variant,
        currency=price.currency,
        defaults={"amount_minor": price.minor, "includes_tax": includes_tax},
    )
    audit.record(
        "price.changed",
        subject=f"variant:{variant.id}",
        now=now,
        data={
            "before": before.amount_minor if before else None,
            "after": price.minor,
            "currency": price.currency,
        },
    )
    return True
