"""Up to what somebody gives a discount alone: what holds for each role and for tablets, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from merchant.accounts.access import ROLES
from merchant.accounts.models import DiscountLimit
from merchant.core.audit import services as audit
from merchant.core.callers import Caller

# Whoever gives discounts: the roles with the right, and tablets.
GIVERS = (*(role for role, rights in ROLES.items() if "discount.give" in rights), "register")


@dataclass(frozen=True, slots=True)
class Limit:
    """
    What one giver takes off alone, of a line and over an order. None is no limit.

    `percent_basis_points` is the part of the price, `amount_minor` the whole of the order's discounts in minor units of its own currency; both hold.
    """

    percent_basis_points: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class HeldLimit:
    """A limit, and whether it is the `merchant`'s own or the `default`."""

    limit: Limit
    source: str


# Ten per cent for whoever stands at the counter: the cautious beginning of every merchant. Who is not named has no limit.
DEFAULTS: Mapping[str, Limit] = {"cashier": Limit(1000), "register": Limit(1000)}
NO_LIMIT = Limit()


def get_limits() -> dict[str, HeldLimit]:
    """Return what holds for every giver of the merchant in scope."""
    rows = {row.giver: Limit(row.percent_basis_points, row.amount_minor) for row in DiscountLimit.objects.all()}
    return {
        giver: HeldLimit(rows[giver], "merchant") if giver in rows else HeldLimit(default_of(giver), "default")
        for giver in GIVERS
    }


def limit_of(caller: Caller) -> Limit:
    """Return what the caller takes off alone. API keys give no discounts, so they have no limit of their own."""
    giver = caller.role or caller.kind
    row = DiscountLimit.objects.filter(giver=giver).first()
    return Limit(row.percent_basis_points, row.amount_minor) if row else default_of(giver)


def default_of(giver: str) -> Limit:
    """Return what holds for a giver while the merchant says nothing."""
    return DEFAULTS.get(giver, NO_LIMIT)


@transaction.atomic
def set_limits(*, changes: Mapping[str, Limit | None], now: datetime) -> dict[str, HeldLimit]:
    """
    Change the limits of some givers and return what holds. None takes the merchant's own away, so that the default holds again.

    Whoever gives a discount from now on is measured by it; those that were given stay. Saying the same again changes nothing and is not in the audit.
    """
    before = {row.giver: row for row in DiscountLimit.objects.select_for_update()}
    was, is_now = {}, {}
    for giver, limit in changes.items():
        row = before.get(giver)
        held = Limit(row.percent_basis_points, row.amount_minor) if row else None
        if limit == held:
            continue
        was[giver], is_now[giver] = _told(held), _told(limit)
        if limit is None:
            DiscountLimit.objects.filter(giver=giver).delete()
        else:
            values = {"percent_basis_points": limit.percent_basis_points, "amount_minor": limit.amount_minor}
            DiscountLimit.objects.update_or_create(giver=giver, defaults=values)
    if is_now:
        audit.record("discount_limits.changed", subject="merchant", now=now, data={"before": was, "after": is_now})
    return get_limits()


def _told(limit: Limit | None) -> dict[str, int | None] | None:
    if limit is None:
        return None
    return {"percent_basis_points": limit.percent_basis_points, "amount_minor": limit.amount_minor}
