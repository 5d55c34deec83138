"""Payouts by how they stand: as their report and the bank's statements have it, and by what somebody decided about one that never came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from payments.reconciliation.matching.payout_watch import is_decided
from payments.settlement import queries as settlement
from payments.settlement.models import Payout

# Nothing of them is in the bank yet.
WAITING = ("expected", "in_transit")
STATES = ("expected", "in_transit", "late", "decided", "in_bank", "short", "returned")


def list_payouts(states: Sequence[str], *, today: date) -> QuerySet[Payout]:
    """Return the merchant's payouts in any of `states`, all of them without one. A payout is in the one that its row shows."""
    known = [state for state in states if state in STATES]
    if not known:
        return settlement.list_payouts()
    rows = settlement.list_payouts().annotate(
        is_decided=RawSQL(is_decided("settlement_payout"), [], output_field=BooleanField())  # noqa: S611
    )
    return rows.filter(reduce(or_, [_in(state, today) for state in known]))


def _in(state: str, today: date) -> Q:
    if state == "decided":
        return Q(is_decided=True)
    if state == "late":
        return Q(status__in=WAITING, expected_on__lt=today, is_decided=False)
    if state in WAITING:
        return Q(status=state, expected_on__gte=today, is_decided=False)
    return Q(status=state)


def decided_among(payouts: Iterable[Payout]) -> set[UUID]:
    """Return those about which somebody decided whole. Asks nothing where none waits."""
    waiting = [payout.id for payout in payouts if payout.status in WAITING]
    if not waiting:
        return set()
    decided = RawSQL(is_decided("settlement_payout"), [], output_field=BooleanField())  # noqa: S611
    return set(Payout.objects.filter(decided, id__in=waiting).values_list("id", flat=True))
