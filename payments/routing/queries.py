"""Reads of routing: rules in force, accounts and how they are, decisions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_merchant_id
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import TAKES_NO_PAYMENTS
from payments.routing.models import RoutingDecision, RoutingPlan
from payments.routing.rules import Account, Rule, rule_of

# Three in a row: one is chance, two a hiccup, and at a till three customers have waited.
FAILURES_MAX = 3
# So long an account rests before one payment tries it again.
REST = timedelta(seconds=30)
# What is older says nothing about now.
_LOOK_BACK = timedelta(minutes=10)
# Answers of ours or the processor's that are about the account, not about the one request. "" is an outcome without a word.
_ACCOUNT_FAULTS = ("", "not_reached", "busy", "key_invalid", "cancelled")

# The latest authorisations of each account, newest first; whatever comes from a terminal has a line of its own and says nothing here.
_RECENT = """
SELECT g.id, o.status, o.decline_code, o.submitted_at FROM gateway_account g
JOIN LATERAL (
    SELECT id, status, decline_code, submitted_at FROM payment_operation
    WHERE gateway_account_id = g.id AND kind = 'authorise' AND terminal_id IS NULL AND submitted_at IS NOT NULL ORDER BY id DESC LIMIT 20
) o ON o.submitted_at >= %s
WHERE g.merchant_id = %s ORDER BY g.id, o.id DESC
"""


def health_of_accounts(*, now: datetime) -> dict[UUID, str]:
    """Return the breaker of every account with recent traffic, computed from its latest operations with one statement. `now` is the machine's."""
    rows: dict[UUID, list[tuple[str, str, datetime]]] = {}
    for account_id, *rest in db.rows(_RECENT, [now - _LOOK_BACK, current_merchant_id()]):
        rows.setdefault(account_id, []).append((rest[0], rest[1], rest[2]))
    return {account_id: breaker(found, now=now) for account_id, found in rows.items()}


def breaker(recent: list[tuple[str, str, datetime]], *, now: datetime) -> str:
    """
    Return `closed`, `open`, `half_open` or `probing` from (status, decline code, sent at), newest first.

    Open after three failures in a row; half-open once it has rested; probing while the one payment that tries it again has no answer.
    """
    failures = []
    for status, code, at in recent:
        if status == "unknown" or (status == "failed" and code in _ACCOUNT_FAULTS):
            failures.append(at)
        elif status in ("succeeded", "declined", "action_required"):
            break
    if len(failures) < FAILURES_MAX:
        return "closed"
    if now - failures[0] < REST:
        return "open"
    is_tried = any(status == "submitted" and at > failures[0] for status, _, at in recent)
    return "probing" if is_tried else "half_open"


def list_accounts(*, now: datetime) -> list[Account]:
    """Return every processor account of the merchant as routing sees it, the oldest first, with two statements."""
    health = health_of_accounts(now=now)
    return [
        Account(
            id=str(account.id),
            name=account.name,
            gateway=account.gateway,
            currency=account.currency,
            is_active=account.is_active,
            methods=tuple(account.config.get("methods", ())),
            health=health.get(account.id, "closed"),
        )
        for account in GatewayAccount.objects.exclude(gateway__in=TAKES_NO_PAYMENTS).order_by("id")
    ]


def current_plan() -> RoutingPlan | None:
    """Return the rules in force, None while there are none."""
    plan: RoutingPlan | None = RoutingPlan.objects.order_by("-version").first()
    return plan


def rules_of(plan: RoutingPlan | None) -> tuple[Rule, ...]:
    """Return a plan's rules in order."""
    return tuple(rule_of(rule) for rule in plan.rules) if plan else ()


def list_plans() -> QuerySet[RoutingPlan]:
    """Return every version of the rules."""
    rows: QuerySet[RoutingPlan] = RoutingPlan.objects.all()
    return rows


def list_decisions(*, payment_id: UUID | None = None, order_id: UUID | None = None) -> QuerySet[RoutingDecision]:
    """Return decisions of the merchant in scope, of one payment or order if asked."""
    rows: QuerySet[RoutingDecision] = RoutingDecision.objects.all()
    if payment_id is not None:
        rows = rows.filter(payment_id=payment_id)
    return rows if order_id is None else rows.filter(order_id=order_id)


def find_decision(payment_id: UUID) -> RoutingDecision | None:
    """Return why a payment went where it went, None where nobody chose: a terminal belongs to one account."""
    decision: RoutingDecision | None = list_decisions(payment_id=payment_id).first()
    return decision


def get_decision(decision_id: UUID) -> RoutingDecision:
    """Return one decision. :raises NotFound: if the merchant has none with that id."""
    decision: RoutingDecision | None = RoutingDecision.objects.filter(id=decision_id).first()
    if decision is None:
        raise NotFound()
    return decision
