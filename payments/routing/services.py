"""Choose the account that takes a payment, keep the reason, and keep the rules by which it is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, Invalid
from merchant.core.tenancy import current_actor, current_merchant_id
from orders.order.models import Order
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import TAKES_NO_PAYMENTS
from payments.records.models import METHODS
from payments.routing import queries
from payments.routing.models import RoutingDecision, RoutingPlan
from payments.routing.rules import RULES_MAX, WEEKDAYS, Decided, Facts, Inputs, Rule, decide, inputs_of


class NoGateway(AppError):
    """No active account takes this method in this currency."""

    code = "no_gateway"
    status = 422
    detail = "No gateway account takes {method} in {currency}."
    next_step = "Connect one under Gateways, or take another tender."


class PlanChanged(AppError):
    """Somebody saved other rules since these were drawn."""

    code = "routing_plan_changed"
    detail = "The rules were changed to version {version} meanwhile."
    money = "Nothing was saved."
    next_step = "Look at the present rules and change them again."


class RuleRefused(Invalid):
    """A rule cannot be understood or names what is not there."""

    code = "routing_rule_refused"
    detail = "The rule “{name}” is refused: {reason}."
    money = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class Route:
    """A decision and what it rested on, before it is kept."""

    inputs: Inputs
    decided: Decided

    @property
    def account(self) -> GatewayAccount:
        """The account that takes the payment. :raises NoGateway: if none can."""
        if not self.decided.account:
            raise NoGateway(method=self.inputs.facts.method, currency=self.inputs.facts.currency)
        account: GatewayAccount = GatewayAccount.objects.get(id=self.decided.account)
        return account


def facts_of(
    order: Order, *, method: str, amount_minor: int, now: datetime, instrument: dict[str, Any] | None = None
) -> Facts:
    """Return what is known of a payment towards `order`. Brand and country only where the instrument says them."""
    told, place = instrument or {}, order.store or order.channel
    return Facts(
        method=method,
        currency=order.currency,
        amount_minor=amount_minor,
        at=now.astimezone(ZoneInfo(place.zone)).replace(tzinfo=None).isoformat(timespec="seconds"),
        channel=str(order.channel_id),
        store=str(order.store_id or ""),
        brand=str(told.get("brand", "")),
        country=str(told.get("country", "")),
        split_key=str(order.id),
    )


def route(facts: Facts, *, tried: Sequence[str] = (), only_gateway: str = "") -> Route:
    """Return which route a payment with these facts takes now. Reads rules, accounts and their health; writes nothing: dry runs ask the same."""
    plan = queries.current_plan()
    inputs = Inputs(
        facts=facts,
        rules=queries.rules_of(plan),
        version=plan.version if plan else 0,
        accounts=tuple(queries.list_accounts(now=machine_now())),
        tried=tuple(tried),
        only_gateway=only_gateway,
    )
    return Route(inputs, decide(inputs))


def next_route(payment_id: UUID, *, token_gateway: str = "") -> Route | None:
    """
    Return where a payment goes that certainly was not processed where it went first, None if nobody chose that or nobody else can take it.

    `token_gateway` is the processor that knows the card, where it is known to one only.
    """
    last = queries.find_decision(payment_id)
    if last is None:
        return None
    before = inputs_of(last.inputs)
    found = route(before.facts, tried=(*before.tried, str(last.gateway_account_id)), only_gateway=token_gateway)
    return found if found.decided.account else None


def keep(
    found: Route, *, payment_id: UUID, order_id: UUID, now: datetime, after_payment_id: UUID | None = None
) -> RoutingDecision:
    """Store the decision of a payment in the caller's transaction."""
    decision = RoutingDecision(
        payment_id=payment_id,
        order_id=order_id,
        after_payment_id=after_payment_id,
        gateway_account_id=UUID(found.decided.account),
        plan_version=found.inputs.version,
        rule=found.decided.rule[:80],
        reason=found.decided.reason,
        inputs=found.inputs.stored,
        outcome=found.decided.stored,
        decided_at=now,
    )
    decision.save(force_insert=True)
    return decision


def replay(decision: RoutingDecision) -> Decided:
    """Return what the stored inputs decide, by the same function. It equals what was stored, or the function was changed."""
    return decide(inputs_of(decision.inputs))


def route_now(decision: RoutingDecision) -> Decided:
    """Return where the same payment would go by the present rules, accounts and health."""
    return route(inputs_of(decision.inputs).facts).decided


@transaction.atomic
def save_plan(*, rules: Sequence[Rule], based_on: int, note: str, now: datetime) -> RoutingPlan:
    """
    Keep a new version of the rules, which is in force from the next payment on.

    `based_on` is the version the rules were drawn from. Locks the merchant's plan.

    :raises PlanChanged: if there is a newer one. :raises RuleRefused: for a rule that cannot be or names what is not the merchant's.
    """
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"routing:{current_merchant_id()}"])
    last = queries.current_plan()
    version = last.version if last else 0
    if based_on != version:
        raise PlanChanged(version=version)
    _check(rules)
    plan = RoutingPlan.objects.create(
        version=version + 1,
        rules=[asdict(rule) for rule in rules],
        note=note[:200],
        made_by=current_actor().name[:120],
        made_at=now,
    )
    audit.record(
        "routing.changed",
        subject=f"routing_plan:{plan.id}",
        now=now,
        data={"version": plan.version, "before": last.rules if last else [], "after": plan.rules, "note": note[:200]},
    )
    return plan


def _check(rules: Sequence[Rule]) -> None:
    if len(rules) > RULES_MAX:
        raise RuleRefused(name=rules[RULES_MAX].name, reason=_("there may be {number} rules").format(number=RULES_MAX))
    known = {
        str(account)
        for account in GatewayAccount.objects.exclude(gateway__in=TAKES_NO_PAYMENTS).values_list("id", flat=True)
    }
    names = [rule.name for rule in rules]
    for rule in rules:
        if reason := _wrong(rule, known):
            raise RuleRefused(name=rule.name, reason=reason)
        if names.count(rule.name) > 1:
            raise RuleRefused(name=rule.name, reason=_("another rule has the same name"), field="name")


def _wrong(rule: Rule, known: set[str]) -> str:
    percents = [share.percent for share in rule.shares]
    if not rule.name.strip() or len(rule.name) > 80:
        return _("it needs a name of at most 80 characters")
    if sum(percents) != 100 or any(percent <= 0 for percent in percents):
        return _("its shares must be positive and come to 100")
    if set(rule.accounts) - known:
        return _("it names an account that is not there")
    if set(rule.methods) - set(METHODS) or set(rule.weekdays) - set(WEEKDAYS):
        return _("it names a method or weekday that does not exist")
    amounts = [amount for amount in (rule.amount_from, rule.amount_to) if amount is not None]
    if any(amount < 0 for amount in amounts) or amounts != sorted(amounts):
        return _("its amounts are the wrong way round")
    return ""
