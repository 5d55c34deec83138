"""The rules of matching: how many days apart two sides may be, and which differences are too small for a person. Versioned, per merchant and per gateway account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.tenancy import current_actor, current_merchant_id
from payments.gateways.models import GatewayAccount
from payments.reconciliation.desk import limits
from payments.reconciliation.desk.ways import BOOKABLE
from payments.reconciliation.matching.models import MatchRules
from payments.reconciliation.matching.rules_now import Rules, current_rules, read_row

WINDOW_DAYS_MAX = 31
# Where a rounding difference may go: what it is by its nature, and the write-off.
ROUNDING_ACCOUNTS = ("cash_rounding", "fx", "fees", "commission")


class RulesChanged(AppError):
    """Somebody saved other rules since the form was drawn."""

    code = "rules_changed"
    detail = "These rules were changed meanwhile, by {who}."
    next_step = "Look at what holds now and save again."


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
    if newest is not None and read_row(newest) == rules and held_limits == wanted_limits:
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
    before = asdict(read_row(newest)) | {"limits": held_limits} if newest else None
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
