"""The rules for goods without a receipt: what holds in a store, and where each value comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.callers import Caller
from merchant.merchants import levels
from payments.after_sales.models import ReturnRules

# Nobody below a manager takes goods without a receipt back alone, and what they are worth is paid as store credit: the cautious beginning of every merchant.
DEFAULTS: dict[str, Any] = {"day_limits": {"owner": None, "manager": None}, "cash_max_minor": 0, "price_days": 30}
PRICE_DAYS_MAX = 365


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds, and for each value whether it is the `store`'s, the `merchant`'s or the `default`."""

    day_limits: dict[str, int | None]
    cash_max_minor: int
    price_days: int
    sources: dict[str, str]

    def day_limit_of(self, caller: Caller) -> int | None:
        """Return how much one like the caller takes back in a day alone; None is no limit. Who is not named takes nothing."""
        return self.day_limits.get(caller.role or caller.kind, 0)


def get_rules(store_id: UUID | None) -> Rules:
    """Return the rules of a store, or of the merchant for None."""
    found, sources = levels.inherited(ReturnRules, store_id=store_id, defaults=DEFAULTS)
    return Rules(**found, sources=sources)


@transaction.atomic
def set_rules(*, store_id: UUID | None, changes: dict[str, Any], now: datetime) -> Rules:
    """Change values of a store's rules, or of the merchant's for None, and return what holds. A value of None is inherited again."""
    before = levels.change(ReturnRules, store_id=store_id, changes=changes)
    subject = f"store:{store_id}" if store_id else "merchant"
    audit.record("return_rules.changed", subject=subject, now=now, data={"before": before, "after": changes})
    return get_rules(store_id)
