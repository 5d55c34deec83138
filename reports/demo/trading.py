"""A day's trade of a business to look at: sales at its tills and over its webshop, made by the services tills and shoppers reach."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from inventory.catalog.models import Variant
from inventory.pricing.services import Wanted
from merchant.accounts.callers import register_facts
from merchant.core.callers import RegisterFacts
from merchant.core.clock import business_now
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.models import Register
from merchant.sales_channels.models import Channel
from merchant.sales_channels.queries import find_in_store_id
from payments.checkout import services as checkout
from payments.checkout.baskets import Request
from payments.checkout.deliveries import Shopper
from terminals.pos.sales import sell_for_cash

TRADE_JOB = "demo.trade"
_SALES, _WEB_ORDERS = 36, 14
# So much of the day is looked back on, in even steps.
_HOURS = 7
# Mostly approved, as in life; one is declined and one asks the shopper to confirm.
_CARDS = (
    "tok_visa_ok",
    "tok_mc_ok",
    "tok_girocard_ok",
    "tok_amex_ok",
    "tok_visa_ok",
    "tok_decline_insufficient_funds",
    "tok_mc_ok",
)
_ADDRESS = {"name": "Sina Brandt", "street": "Lindenallee 4", "postcode": "20259", "city": "Hamburg", "country": "DE"}
_CASH_MINOR = 100_000


@kind(TRADE_JOB)
def trade(run: JobRun) -> dict[str, Any]:
    """Sell what a morning sells. Each sale commits with its count, so a worker that is killed goes on with the next."""
    chance = random.Random(run.merchant_id.int)  # noqa: S311 - which mug is sold is no secret
    now = business_now(run.merchant_id)
    skus = list(Variant.objects.order_by("sku").values_list("sku", flat=True))
    tills = [register_facts(till) for till in Register.objects.select_related("store").order_by("code")]
    begun = run.cursor.get("sold", 0)
    for number in range(_SALES + _WEB_ORDERS):
        wanted = [Wanted(sku, chance.choice((1, 1, 1, 2))) for sku in chance.sample(skus, chance.choice((1, 1, 2, 3)))]
        at = now - timedelta(hours=_HOURS) * (1 - number / (_SALES + _WEB_ORDERS))
        if number < begun:
            continue
        with run.checkpoint("sold", cursor={"sold": number + 1}, done=number + 1, total=_SALES + _WEB_ORDERS):
            if number % 7 in (2, 5):
                _order_online(wanted, card=_CARDS[number % len(_CARDS)], at=at)
            else:
                _sell(tills[number % len(tills)], wanted, at=at)
    return {"sold": _SALES + _WEB_ORDERS}


def _sell(till: RegisterFacts, wanted: Sequence[Wanted], *, at: datetime) -> None:
    channel_id = find_in_store_id()
    if channel_id is not None:
        sell_for_cash(register=till, channel_id=channel_id, wanted=wanted, tendered_minor=_CASH_MINOR, now=at)


def _order_online(wanted: Sequence[Wanted], *, card: str, at: datetime) -> None:
    webshop = Channel.objects.filter(kind="webshop").order_by("id").first()
    if webshop is None:
        return
    shopper = Shopper(email="sina.brandt@example.com", shipping_address=dict(_ADDRESS))
    request = Request(
        channel=webshop, currency=webshop.currency, shopper=shopper, wanted=wanted, delivery_method="parcel", lasts=timedelta(days=1)
    )  # fmt: skip
    with transaction.atomic():
        link = checkout.begin(kind="checkout", request=request, now=at)
        checkout.pay(link=link, instrument={"token": card}, return_url="", now=at)
