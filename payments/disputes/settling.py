"""Report rows about disputes: each proves a movement that is booked, or is how we learn of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from payments.disputes import queries, services
from payments.disputes.models import Dispute, DisputeMovement
from payments.disputes.states import OPEN_DISPUTE
from payments.gateways.base import DisputeNotice
from payments.records.models import Operation, Payment


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """One chargeback of a settlement report, or one given back (`is_returned`). The amount is positive, in minor units of what was sold."""

    line_id: UUID
    gateway_account_id: UUID
    is_returned: bool
    operation_reference: str
    processor_reference: str
    merchant_reference: str
    amount_minor: int
    currency: str
    fee_minor: int


@transaction.atomic
def take_line(*, line: DisputeLine, now: datetime) -> DisputeMovement | None:
    """
    Bind a report row to the movement it proves, and return that. Without one, the row itself is the news: the dispute is opened, won or taken up again.

    None if nothing can follow from it: the same row again, or money given back twice. It stays on clearing and reconciliation names it. A repeat changes nothing.
    """
    if (known := DisputeMovement.objects.filter(settlement_line_id=line.line_id).first()) is not None:
        return known
    dispute = _dispute_of(line)
    kind = "returned" if line.is_returned else "withdrawn"
    movement = _unproven(dispute, kind) if dispute else None
    if movement is None and _is_news(dispute, line):
        dispute = services.apply_notice(
            gateway_account_id=line.gateway_account_id, notice=_notice(dispute, line), source="report", now=now
        )
        movement = _unproven(dispute, kind)
    if movement is not None:
        DisputeMovement.objects.filter(id=movement.id, settlement_line_id=None).update(settlement_line_id=line.line_id)
        movement.settlement_line_id = line.line_id
    if dispute is not None and line.fee_minor > dispute.fee_minor:
        Dispute.objects.filter(id=dispute.id).update(fee_minor=line.fee_minor)
    return movement


def follow_replaced(replaced: Iterable[tuple[UUID, UUID | None]]) -> None:
    """Let the movement that a report row proved be proved by the row that replaced it, or by none if that says something else."""
    for old_id, new_id in replaced:
        DisputeMovement.objects.filter(settlement_line_id=old_id).update(settlement_line_id=new_id)


def _unproven(dispute: Dispute, kind: str) -> DisputeMovement | None:
    rows = DisputeMovement.objects.filter(dispute=dispute, kind=kind, settlement_line_id=None)
    return rows.order_by("cycle").first()


def _is_news(dispute: Dispute | None, line: DisputeLine) -> bool:
    """Money taken while nothing is at stake, or given back while something is or was lost."""
    if dispute is None:
        return True
    if line.is_returned:
        return dispute.status in OPEN_DISPUTE or dispute.status in ("lost", "accepted")
    return dispute.held_minor == 0 and (dispute.status in OPEN_DISPUTE or dispute.status == "won")


def _notice(dispute: Dispute | None, line: DisputeLine) -> DisputeNotice:
    status = "won" if line.is_returned else "open"
    data = {"settlement_line_id": str(line.line_id)}
    if dispute is None:
        payment = _payment_of(line)
        return DisputeNotice(
            external_id=_dispute_name(line),
            payment_reference=(payment.gateway_reference if payment else "") or line.processor_reference,
            # A payment found by our order's number may be one whose name at the processor we never learned.
            operation_reference=_our_reference(payment) if payment else line.operation_reference,
            phase="chargeback",
            status=status,
            amount_minor=line.amount_minor,
            currency=line.currency,
            reason="other",
            round=1,
            sequence=0,
            fee_minor=line.fee_minor,
            data=data,
        )
    is_again = not line.is_returned and dispute.status == "won"
    return replace(
        services.notice_of(dispute, status=status),
        phase="pre_arbitration" if is_again else dispute.phase.replace("inquiry", "chargeback"),
        round=dispute.round + is_again,
        amount_minor=line.amount_minor,
        returned_minor=line.amount_minor if line.is_returned else None,
        due_at=None,
        data={**data, "dispute_id": str(dispute.id)},
    )


def _dispute_of(line: DisputeLine) -> Dispute | None:
    rows = Dispute.objects.filter(gateway_account_id=line.gateway_account_id)
    names = [name for name in (line.operation_reference, line.processor_reference) if name]
    if (named := rows.filter(external_id__in=names).order_by("id").first()) is not None:
        return named
    payment = _payment_of(line)
    if payment is None:
        return None
    kind = "returned" if line.is_returned else "withdrawn"
    waiting = rows.filter(
        payment=payment,
        movements__kind=kind,
        movements__settlement_line_id=None,
        movements__amount_minor=line.amount_minor,
    )
    if (found := waiting.order_by("id").first()) is not None:
        return found
    same = rows.filter(payment=payment, amount_minor=line.amount_minor).order_by("id")
    return same.filter(status__in=OPEN_DISPUTE).first() or same.first()


def _payment_of(line: DisputeLine) -> Payment | None:
    """Return the payment a row names, by our reference, the processor's, or an order that was paid once there."""
    theirs = [name for name in (line.processor_reference, line.operation_reference) if name]
    notice = DisputeNotice(
        external_id="", payment_reference="", operation_reference=line.operation_reference, phase="chargeback", status="open",
        amount_minor=line.amount_minor, currency=line.currency, reason="", round=1, sequence=0,
    )  # fmt: skip
    for name in theirs:
        payment_id = queries.find_disputed_payment(line.gateway_account_id, replace(notice, payment_reference=name))
        if payment_id is not None:
            payment: Payment | None = Payment.objects.filter(id=payment_id).first()
            return payment
    if not line.merchant_reference:
        return None
    paid = Payment.objects.filter(
        gateway_account_id=line.gateway_account_id, order__number=line.merchant_reference, captured_minor__gt=0
    )
    found = list(paid[:2])
    return found[0] if len(found) == 1 else None


def _our_reference(payment: Payment) -> str:
    references = Operation.objects.filter(payment=payment).order_by("id").values_list("reference", flat=True)
    return str(references[0])


def _dispute_name(line: DisputeLine) -> str:
    """Return the processor's name of the dispute where the row has one that is no name of an operation."""
    name = line.operation_reference
    is_ours = name and Operation.objects.filter(reference=name).exists()
    is_theirs = name and Payment.objects.filter(gateway_reference=name).exists()
    return "" if is_ours or is_theirs else name
