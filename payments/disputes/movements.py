"""Money of disputes: what moves when one changes, each movement booked once, and the projections that follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Sum

from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg, dispute_lost, dispute_withdrawn
from payments.disputes.models import Dispute, DisputeMovement
from payments.records.models import Payment

# Kind of movement -> (name of its journal, sign of what is held, sign of what is lost).
EFFECTS = {
    "withdrawn": ("dispute_opened", 1, 0),
    "returned": ("dispute_won", -1, 0),
    "lost": ("dispute_lost", -1, 1),
    "recovered": ("dispute_recovered", 1, -1),
}


def bring(dispute: Dispute, target: str, *, minor: int, rounds: int, day: date, now: datetime) -> None:
    """
    Move the money of a dispute so that it stands as `target` says, in the caller's transaction. The dispute is locked; a repeat moves nothing.

    `held`: `minor` is at stake. `won`: `minor` came back and what was held besides it is lost. `lost`: nothing is at stake any more. `rounds` is how many
    rounds the processor has had: those we did not hear of were won in between, or there would have been no other.
    """
    made = list(DisputeMovement.objects.filter(dispute=dispute).order_by("id"))
    while _cycles(made) < rounds - 1:
        _hold(dispute, made, dispute.amount_minor, day=day, now=now)
        _book(dispute, made, "returned", _held(made), day=day, now=now)
    if _cycles(made) < rounds and _held(made):
        _book(dispute, made, "returned", _held(made), day=day, now=now)
    if target == "held" or not made or _cycles(made) < rounds:
        _hold(dispute, made, dispute.amount_minor if target != "held" else minor, day=day, now=now)
    if target == "won" and "returned" not in _ends(made):
        _hold(dispute, made, minor, day=day, now=now)
        held = _held(made)
        _book(dispute, made, "returned", min(minor, held), day=day, now=now)
        _book(dispute, made, "lost", held - min(minor, held), day=day, now=now)
    elif target == "lost" and "lost" not in _ends(made):
        _hold(dispute, made, made[-1].amount_minor, day=day, now=now)
        _book(dispute, made, "lost", _held(made), day=day, now=now)
    project(dispute)


def _hold(dispute: Dispute, made: list[DisputeMovement], minor: int, *, day: date, now: datetime) -> None:
    """Put money at stake, unless it is: what was lost altogether is taken up again, otherwise the processor takes it."""
    if _held(made):
        return
    if _ends(made) == {"lost"}:
        _book(dispute, made, "recovered", made[-1].amount_minor, day=day, now=now)
    else:
        _book(dispute, made, "withdrawn", minor, day=day, now=now)


def _book(dispute: Dispute, made: list[DisputeMovement], kind: str, minor: int, *, day: date, now: datetime) -> None:
    if minor <= 0:
        return
    cycle = _cycles(made) + (kind in ("withdrawn", "recovered"))
    movement = DisputeMovement(
        dispute=dispute,
        kind=kind,
        cycle=cycle,
        amount_minor=minor,
        currency=dispute.currency,
        business_date=day,
        at=now,
    )
    movement.save(force_insert=True)
    made.append(movement)
    ledger.post(
        recipe=EFFECTS[kind][0],
        source=f"dispute:{dispute.id}:{cycle}",
        about=f"dispute:{dispute.id}",
        legs=legs_of(dispute, kind, minor),
        business_date=day,
        now=now,
    )


def legs_of(dispute: Dispute, kind: str, minor: int) -> list[Leg]:
    """Return how a movement of `minor` is booked."""
    account = str(dispute.gateway_account_id)
    if kind in ("withdrawn", "returned"):
        signed = minor if kind == "withdrawn" else -minor
        return dispute_withdrawn(gateway_account=account, minor=signed, currency=dispute.currency)
    signed = minor if kind == "lost" else -minor
    return dispute_lost(gateway_account=account, minor=signed, currency=dispute.currency)


def project(dispute: Dispute) -> None:
    """Write what is held and lost of the dispute, and of its payment what is disputed: at stake or gone. Both are locked by the caller."""
    made = list(DisputeMovement.objects.filter(dispute=dispute))
    dispute.held_minor, dispute.lost_minor = _held(made), sum(EFFECTS[row.kind][2] * row.amount_minor for row in made)
    dispute.save(update_fields=["held_minor", "lost_minor"])
    if dispute.payment_id:
        project_payment(dispute.payment_id)


def project_payment(payment_id: object) -> None:
    """Write what of a payment is at stake in disputes or lost in them. The payment is locked by the caller."""
    sums = Dispute.objects.filter(payment_id=payment_id).aggregate(held=Sum("held_minor"), lost=Sum("lost_minor"))
    Payment.objects.filter(id=payment_id).update(disputed_minor=(sums["held"] or 0) + (sums["lost"] or 0))


def _ends(made: Sequence[DisputeMovement]) -> set[str]:
    """Return how the latest cycle ended, nothing while it goes on."""
    return {row.kind for row in made if row.cycle == _cycles(made)} & {"returned", "lost"}


def _held(made: Sequence[DisputeMovement]) -> int:
    return sum(EFFECTS[row.kind][1] * row.amount_minor for row in made)


def _cycles(made: Sequence[DisputeMovement]) -> int:
    return max((row.cycle for row in made), default=0)
