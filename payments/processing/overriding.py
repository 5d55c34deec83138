"""
What people say of an outcome that no gateway could tell, after the schedule of asking has ended.

Two people are needed, and what they say is an expectation: see `records.overrides`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.tenancy import current_actor
from payments.gateways.base import Outcome
from payments.records.models import Operation, PaymentOverride
from payments.records.services import LOOK_AGAIN_SECONDS, apply_result

# After the whole schedule and one daily look nobody is likely to answer by itself any more.
LOOKS_BEFORE_PEOPLE = len(LOOK_AGAIN_SECONDS) + 1
# The outcome was told, and is not what was asked for: nobody but people can settle that, and asking again tells nothing new.
SAID_TO_DIFFER = ("amount_differs",)


class StillBeingAsked(AppError):
    """The gateway is still being asked at short intervals; people decide only after that."""

    code = "still_being_asked"
    detail = "The gateway was asked {looks} of {looks_needed} times. People decide only when it stays silent."
    money = "The money may have moved; nothing was changed."
    next_step = "Ask now, or wait until the schedule of asking has ended."


class OutcomeKnown(AppError):
    """Somebody or something has told the outcome meanwhile."""

    code = "outcome_known"
    detail = "The outcome is known: {status}."
    next_step = "Look at the payment."


def list_unresolved(*, stores: frozenset[UUID] | None, is_for_people: bool = False) -> QuerySet[Operation]:
    """Return operations whose outcome nobody knows, the oldest first; `is_for_people` only those that were asked about in vain, or approved for something else."""
    rows = Operation.objects.filter(status="unknown").select_related(
        "payment__order", "payment__store", "gateway_account"
    )
    if is_for_people:
        rows = rows.filter(Q(looks__gte=LOOKS_BEFORE_PEOPLE) | Q(decline_code__in=SAID_TO_DIFFER))
    if stores is not None:
        rows = rows.filter(Q(payment__store_id__in=stores))
    return rows.order_by("id")


def is_for_people(operation: Operation) -> bool:
    """Say whether asking has ended for an unknown operation: in vain, or with an answer to something else than was asked."""
    return operation.looks >= LOOKS_BEFORE_PEOPLE or operation.decline_code in SAID_TO_DIFFER


@transaction.atomic
def override(
    *, operation_id: UUID, is_paid: bool, reason: str, approval_id: UUID | None, now: datetime
) -> PaymentOverride:
    """
    Treat an unknown outcome as paid or as not paid. Locks the order, the payment and the operation.

    The asker brings the approval of another person, whatever their role. What reality shows later outranks both: a settlement without it, or with it, makes the
    override broken, visible, and the books follow.

    :raises NotFound: if there is no such operation. :raises OutcomeKnown: if it is not unknown any more.
    :raises StillBeingAsked: before the schedule of asking has ended. :raises ApprovalNeeded: without another person's approval.
    """
    operation = Operation.objects.select_related("payment").filter(id=operation_id).first()
    if operation is None:
        raise NotFound()
    if operation.status != "unknown":
        raise OutcomeKnown(status=operation.status)
    if not is_for_people(operation):
        raise StillBeingAsked(looks=operation.looks, looks_needed=LOOKS_BEFORE_PEOPLE)
    wish = Wish(
        "payment.override",
        f"payment:{operation.payment_id}",
        reason,
        Money(operation.amount_minor, operation.currency),
        operation.payment.store_id,
    )
    approval = approvals.use_approval(approval_id=approval_id, wish=wish)
    outcome = (
        # The reports of the day on which it was asked for must contain it, not those of the day on which people decide.
        Outcome(status="succeeded", landed_at=operation.requested_at, data={"reason": reason})
        if is_paid
        else Outcome(status="failed", decline_code="treated_as_not_paid", data={"reason": reason})
    )
    apply_result(operation_id=operation.id, outcome=outcome, source="person", now=now)
    said = PaymentOverride(
        operation=operation,
        is_paid=is_paid,
        reason=reason[:200],
        said_by=current_actor().name[:120],
        approved_by=str(approval.decided_by.user)[:120] if approval.decided_by else "",
        approval_id=approval.id,
        said_at=now,
    )
    said.save(force_insert=True)
    data = {"operation": operation.reference, "is_paid": is_paid, "reason": reason, "approved_by": said.approved_by}
    audit.record("payment.overridden", subject=f"payment:{operation.payment_id}", now=now, data=data)
    return said
