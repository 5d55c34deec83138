"""What tills may take while they are offline: what holds in a store, where each value comes from, and whether a sale is within it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext, gettext_noop

from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.telling import tell
from merchant.merchants import levels
from terminals.pos.models import OfflineRules, OfflineSale

# Off until a merchant opens it for itself or a store: what is taken offline is the merchant's risk. Three days: a line that broke on Friday is mended on Monday.
DEFAULTS: dict[str, Any] = {
    "is_allowed": False,
    "sale_cash_max_minor": 50_000,
    "sale_gift_card_max_minor": 5_000,
    "device_cash_max_minor": 500_000,
    "device_gift_card_max_minor": 20_000,
    "device_sales_max": 500,
    "age_minutes_max": 3 * 24 * 60,
}
AGE_MINUTES_MAX = 31 * 24 * 60
SALES_MAX = 1_000_000


# Each limit in the words of whoever reads why a sale waits.
WHY = {
    "is_allowed": gettext_noop("nothing may be taken offline in this store"),
    "age_minutes_max": gettext_noop("the sale is too old"),
    "sale_cash_max_minor": gettext_noop("too much cash in one sale"),
    "sale_gift_card_max_minor": gettext_noop("too much from gift cards in one sale"),
    "device_cash_max_minor": gettext_noop("too much cash on one tablet"),
    "device_gift_card_max_minor": gettext_noop("too much from gift cards on one tablet"),
    "device_sales_max": gettext_noop("too many sales on one tablet"),
}


class OfflineLimitExceeded(AppError):
    """The sale is beyond what this till may take offline."""

    code = "offline_limit_exceeded"
    detail = "This till may not take that offline: {why}."
    money = "Nothing was booked; the sale stays in the tablet's queue."
    next_step = "Have somebody with the right `offline.accept` approve it: ask with `right`, `subject` and `amount` as given here, then send it again with `approval_id`."

    @property
    def message(self) -> str:
        """The sentence for a person; why, in the same language."""
        why = WHY[self.data["limit"]]
        return tell(self.detail, {**self.data, "why": gettext(why)})


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds, and for each value whether it is the `store`'s, the `merchant`'s or the `default`."""

    is_allowed: bool
    sale_cash_max_minor: int
    sale_gift_card_max_minor: int
    device_cash_max_minor: int
    device_gift_card_max_minor: int
    device_sales_max: int
    age_minutes_max: int
    sources: dict[str, str]


@dataclass(frozen=True, slots=True)
class Taking:
    """What one sale took offline and when."""

    device_id: UUID
    sold_at: datetime
    cash_minor: int
    gift_card_minor: int


@dataclass(frozen=True, slots=True)
class Excess:
    """The first limit that a sale passes."""

    limit: str
    asked: int
    most: int


def get_limits(store_id: UUID | None) -> Limits:
    """Return what holds in a store, or for the merchant with None."""
    found, sources = levels.inherited(OfflineRules, store_id=store_id, defaults=DEFAULTS)
    return Limits(**found, sources=sources)


@transaction.atomic
def set_rules(*, store_id: UUID | None, changes: dict[str, Any], now: datetime) -> Limits:
    """Change values for a store, or for the merchant with None, and return what holds. A value of None is inherited again."""
    before = levels.change(OfflineRules, store_id=store_id, changes=changes)
    subject = f"store:{store_id}" if store_id else "merchant"
    audit.record("offline_rules.changed", subject=subject, now=now, data={"before": before, "after": changes})
    return get_limits(store_id)


def find_excess(taking: Taking, limits: Limits, *, now: datetime) -> Excess | None:
    """Return the first limit that a sale passes, or None. Sums and number are those of the device's other offline sales within the age on both sides of it."""
    age = timedelta(minutes=limits.age_minutes_max)
    minutes = -(-int((now - taking.sold_at).total_seconds()) // 60)
    around = OfflineSale.objects.filter(
        device_id=taking.device_id,
        status="landed",
        sold_at__gt=taking.sold_at - age,
        sold_at__lt=taking.sold_at + age,
    )
    sums = around.aggregate(cash=Sum("cash_minor"), cards=Sum("gift_card_minor"), sales=Count("id"))
    asked = (
        ("is_allowed", 1, int(limits.is_allowed)),
        ("age_minutes_max", minutes, limits.age_minutes_max),
        ("sale_cash_max_minor", taking.cash_minor, limits.sale_cash_max_minor),
        ("sale_gift_card_max_minor", taking.gift_card_minor, limits.sale_gift_card_max_minor),
        ("device_cash_max_minor", (sums["cash"] or 0) + taking.cash_minor, limits.device_cash_max_minor),
        (
            "device_gift_card_max_minor",
            (sums["cards"] or 0) + taking.gift_card_minor,
            limits.device_gift_card_max_minor,
        ),
        ("device_sales_max", sums["sales"] + 1, limits.device_sales_max),
    )
    # A sum is no matter for a sale that adds nothing to it.
    idle = {"device_cash_max_minor": not taking.cash_minor, "device_gift_card_max_minor": not taking.gift_card_minor}
    return next((Excess(*row) for row in asked if row[1] > row[2] and not idle.get(row[0])), None)
