"""The rules of matching: how many days apart two sides may be, and which differences are too small for a person. Versioned, per merchant and per gateway account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.tenancy import current_actor, current_merchant_id
from payments.gateways.models import GatewayAccount
from payments.reconciliation.desk import limits
from payments.reconciliation.desk.models import MatchRules
from payments.reconciliation.desk.ways import BOOKABLE

WINDOW_DAYS_MAX = 31
# Where a rounding difference may go: what it is by its nature, and the write-off.
ROUNDING_ACCOUNTS = ("cash_rounding", "fx", "fees", "commission")


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What holds for one gateway account. The defaults are the cautious beginning of every merchant: a sale is settled within a week of its day, a payout is in the
    bank a weekend and a holiday after it was announced, and no difference is too small for a person.
    """

    card_window_days: int = 7
    payout_window_days: int = 7
    rounding_max_minor: int = 0
    rounding_account: str = "cash_rounding"


class RulesChanged(AppError):
    """Somebody saved other rules since the form was drawn."""

    code = "rules_changed"
    detail = "These rules were changed meanwhile, by {who}."
    next_step = "Look at what holds now and save again."


def current_rules(gateway_account_id: UUID | None = None) -> tuple[Rules, MatchRules | None]:
    """Return what holds for a gateway account (None: for all that have no rules of their own), and the version it is from."""
    rows = MatchRules.objects.order_by("-version")
    own = rows.filter(gateway_account_id=gateway_account_id).first() if gateway_account_id else None
    held = own or rows.filter(gateway_account=None).first()
    return (_read(held) if held else Rules(), held)


def _read(row: MatchRules) -> Rules:
    return Rules(row.card_window_days, row.payout_window_days, row.rounding_max_minor, row.rounding_account)


def list_versions(gateway_account_id: UUID | None) -> list[MatchRules]:
    """Return the versions of one level, the newest first."""
    return list(MatchRules.objects.filter(gateway_account_id=gateway_account_id).order_by("-version")[:20])


@transaction.atomic
def save_rules(
    *,
    gateway_account_id: UUID | None,
    rules: Rules,
    now: datetime,
    role_limits: Mapping[str, int | None] | None = None,
    seen_version: int | None = None,
    role: str | None = None,
) -> MatchRules:
    """
    Save a new version of the rules of one level; runs from now on go by it, what was matched stays. Saying the same again makes no version.

    `role_limits` is what each role decides alone, of the merchant's level alone. `seen_version` is the version the form showed (0 for none).
    `role` is that of whoever saves ("" for a key, None for the operator); nobody raises above their own limit what is decided alone or booked by itself.

    :raises NotFound: for another merchant's account. :raises Invalid: for what cannot be. :raises RulesChanged: if there is a newer version than was seen.
    :raises LimitNotYours: for more than the limit of `role`.
    """
    check(rules)
    if gateway_account_id is not None and not GatewayAccount.objects.filter(id=gateway_account_id).exists():
        raise NotFound()
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"match_rules:{current_merchant_id()}"])
    newest = MatchRules.objects.filter(gateway_account_id=gateway_account_id).order_by("-version").first()
    version = newest.version if newest else 0
    if newest is not None and seen_version is not None and seen_version != version:
        raise RulesChanged(who=newest.saved_by)
    held_limits = newest.limits if newest else {}
    wanted_limits = (
        _checked_limits(role_limits) if role_limits is not None and gateway_account_id is None else held_limits
    )
    if newest is not None and _read(newest) == rules and held_limits == wanted_limits:
        return newest
    if role is not None:
        alone, (held, _version) = limits.current_limits(), current_rules(gateway_account_id)
        limits.demand_own(
            role=role,
            before=alone | {"rounding": held.rounding_max_minor},
            after=alone | wanted_limits | {"rounding": rules.rounding_max_minor},
        )
    saved = MatchRules(
        gateway_account_id=gateway_account_id, version=version + 1, limits=wanted_limits, saved_by=current_actor().name[:120], saved_at=now,
        **asdict(rules),
    )  # fmt: skip
    saved.save(force_insert=True)
    before = asdict(_read(newest)) | {"limits": held_limits} if newest else None
    data = {"version": saved.version, "before": before, "after": asdict(rules) | {"limits": wanted_limits}}
    subject = f"gateway_account:{gateway_account_id}" if gateway_account_id else "merchant"
    audit.record("match_rules.saved", subject=subject, now=now, data=data)
    return saved


def check(rules: Rules) -> None:
    """:raises Invalid: for rules that cannot be."""
    for days in (rules.card_window_days, rules.payout_window_days):
        if not 0 <= days <= WINDOW_DAYS_MAX:
            raise Invalid(reason=_("a window has 0 to {number} days").format(number=WINDOW_DAYS_MAX))
    if not 0 <= rules.rounding_max_minor < 10**9:
        raise Invalid(reason=_("the largest rounding difference is an amount of at least nothing"))
    if rules.rounding_account not in ROUNDING_ACCOUNTS or rules.rounding_account not in BOOKABLE:
        raise Invalid(
            reason=_("a rounding difference is booked to one of {known}").format(known=", ".join(ROUNDING_ACCOUNTS))
        )


def _checked_limits(given: Mapping[str, int | None]) -> dict[str, int | None]:
    for role, minor in given.items():
        if role not in limits.DECIDERS or (minor is not None and not 0 <= minor < 2**53):
            raise Invalid(
                reason=_("a limit is an amount or none, for one of {known}").format(known=", ".join(limits.DECIDERS))
            )
    return dict(given)


# What holds for every gateway account of the merchant, in one reading.
_NOW = """
AS SELECT g.id AS gateway_account_id, coalesce(own.card_window_days, whole.card_window_days, %(card)s) AS card_days,
    coalesce(own.payout_window_days, whole.payout_window_days, %(payout)s) AS payout_days,
    coalesce(own.rounding_max_minor, whole.rounding_max_minor, %(rounding)s) AS rounding_max_minor,
    coalesce(own.rounding_account, whole.rounding_account, %(account)s) AS rounding_account
FROM gateway_account g
LEFT JOIN LATERAL (SELECT * FROM recon_rules r WHERE r.merchant_id = g.merchant_id AND r.gateway_account_id = g.id ORDER BY version DESC LIMIT 1) own ON true
LEFT JOIN LATERAL (SELECT * FROM recon_rules r WHERE r.merchant_id = g.merchant_id AND r.gateway_account_id IS NULL ORDER BY version DESC LIMIT 1) whole ON true
WHERE g.merchant_id = %(merchant)s
"""
# The windows of the account `gateway_account_id` of whatever is named `o` (an operation) or `p` (a payout), on the table that `lay_out` makes.
CARD_DAYS = "(SELECT held.card_days FROM rules_now held WHERE held.gateway_account_id = o.gateway_account_id)"
PAYOUT_DAYS = "(SELECT held.payout_days FROM rules_now held WHERE held.gateway_account_id = p.gateway_account_id)"


def lay_out() -> None:
    """Make the temporary table `rules_now` for the passes of this transaction."""
    plain = Rules()
    parameters: dict[str, Any] = {
        "merchant": current_merchant_id(), "card": plain.card_window_days, "payout": plain.payout_window_days, "rounding": plain.rounding_max_minor,
        "account": plain.rounding_account,
    }  # fmt: skip
    db.temporary_table("rules_now", _NOW, parameters)
