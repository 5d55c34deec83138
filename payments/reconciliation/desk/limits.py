"""Up to which amount each role decides about differences alone, in a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.money import exponent
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.ledger import services as ledger
from merchant.merchants import queries as merchants
from payments.reconciliation.matching.models import MatchRules

# Whoever decides: the roles with the right, and keys.
DECIDERS = ("owner", "manager", "accountant", "api_key")
# In whole units of the base currency, the cautious beginning of every merchant. Who is not named has no limit.
DEFAULT_MAJOR: Mapping[str, int] = {"manager": 500, "accountant": 50, "api_key": 50}
# What is decided without a second person whatever it comes to: nothing is booked and nothing is given up.
UNLIMITED_WAYS = ("link", "wait", "rounding")


class LimitNotYours(AppError):
    """Who has a limit would let somebody, or the rules, decide about more than that."""

    code = "limit_not_yours"
    status = 403
    detail = "Your own limit is lower than this one: {what}."
    money = "The rules stay as they were."
    next_step = "Ask somebody without a limit, an owner, to change it."


def default_limits(base: str) -> dict[str, int | None]:
    """Return what each role decides alone while the merchant says nothing, in minor units of the base currency."""
    scale: int = 10 ** exponent(base)
    return {role: DEFAULT_MAJOR[role] * scale if role in DEFAULT_MAJOR else None for role in DECIDERS}


def current_limits() -> dict[str, int | None]:
    """Return what each role decides alone in a day, in minor units of the base currency; None is no limit."""
    base = merchants.base_currency(current_merchant_id())
    newest = MatchRules.objects.filter(gateway_account=None).order_by("-version").first()
    return default_limits(base) | (newest.limits if newest else {})


def demand_own(*, role: str, before: Mapping[str, int | None], after: Mapping[str, int | None]) -> None:
    """:raises LimitNotYours: if somebody in `role` ("" for a key) raises a limit above their own."""
    own = current_limits().get(role or "api_key", 0)
    if own is None:
        return
    for name, minor in after.items():
        held = before.get(name, 0)
        if held is not None and (minor is None or minor > max(own, held)):
            raise LimitNotYours(what=name)


def needs_second_person(*, role: str, way: str, minor: int, currency: str, day: date) -> bool:
    """
    Say whether the actor in scope, in `role` ("" for a key), needs another person for deciding about an amount in this way.

    What they decided alone on that business day before counts too, so that many small decisions are measured as the one they come to.

    :raises ExchangeRateMissing: for a foreign currency without a rate.
    """
    if way in UNLIMITED_WAYS or not minor or not has_limit(role):
        return False
    worth = ledger.worth_in_base(minor=abs(minor), currency=currency, day=day)
    return is_above(role=role, minor=worth + decided_alone(day=day))


def has_limit(role: str) -> bool:
    """Say whether somebody in `role` ("" for a key) does not decide about any amount alone."""
    return current_limits().get(role or "api_key", 0) is not None


def is_above(*, role: str, minor: int) -> bool:
    """Say whether an amount of the base currency is above the limit of `role`."""
    limit = current_limits().get(role or "api_key", 0)
    return limit is not None and minor > limit


def decided_alone(*, day: date) -> int:
    """Return what the actor in scope decided on a business day without a second person and did not take back, in minor units of the base currency. :raises ExchangeRateMissing: for a currency without a rate."""
    parameters = {
        "merchant": current_merchant_id(), "actor": current_actor().key, "day": day, "unlimited": list(UNLIMITED_WAYS),
        "from": day - timedelta(days=1), "to": day + timedelta(days=3),
    }  # fmt: skip
    sums = db.rows(_ALONE, parameters)
    return sum(ledger.worth_in_base(minor=int(minor), currency=currency, day=day) for currency, minor in sums)


def wait_for_own_turn() -> None:
    """Let two decisions of one person at once wait for each other until the transaction ends, so that both count against the day's limit. Taken after the exceptions are locked."""
    name = f"decisions:{current_merchant_id()}:{current_actor().key}"
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 45))", [name])


# The bounds in days let an index find what the exact business day is then taken from.
_ALONE = """
SELECT d.currency, sum(abs(d.amount_minor))::bigint FROM recon_decision d JOIN merchant_merchant m ON m.id = d.merchant_id
WHERE d.merchant_id = %(merchant)s AND d.decided_by_key = %(actor)s AND d.decided_at BETWEEN %(from)s AND %(to)s
    AND ((d.decided_at AT TIME ZONE m.zone) - m.day_cutoff)::date = %(day)s
    AND d.undone_at IS NULL AND d.approval_id IS NULL AND d.way <> ALL(%(unlimited)s) GROUP BY 1
"""
