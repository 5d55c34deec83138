"""Disputes as facts: whatever a webhook, a report row or a person says goes through `apply_notice`, and money follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.errors import AppError, Invalid
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from orders.order import queries as orders
from payments.disputes import movements, queries
from payments.disputes.models import Dispute, DisputeNote, DisputeReply
from payments.disputes.states import DISPUTE, OPEN_DISPUTE, PHASES, reason_of
from payments.gateways.base import DisputeNotice
from payments.records import queries as records
from payments.records.models import Payment

# What the processor calls it -> what it is to us while we may still answer in time.
_STATUS = {"open": "evidence_due", "under_review": "submitted", "won": "won", "lost": "lost"}


class DisputeExceedsCaptured(AppError):
    """More would be disputed than was captured."""

    code = "dispute_exceeds_captured"
    status = 422
    detail = "At most {captured} of this payment can be disputed."
    next_step = "Look at the processor's letter again; it names the amount."


class DisputeClosed(AppError):
    """The dispute was decided already."""

    code = "dispute_closed"
    detail = "This dispute is {status}."
    next_step = "If the processor decided otherwise since, its own notice changes it."


@transaction.atomic
def apply_notice(*, gateway_account_id: UUID, notice: DisputeNotice, source: str, now: datetime) -> Dispute:
    """
    Record what `source` (webhook, report, person) says about a dispute, and everything that follows from it, in one transaction.

    Locks the order, then the payment, then the dispute. A dispute nobody knew is opened. Monotone by `notice.sequence`: what is not newer than what is known is
    kept as a note and changes nothing, so order and repetition do not matter. Books money, moves projections, writes audit and events.
    """
    db.rows(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"dispute:{gateway_account_id}:{notice.external_id}"]
    )
    known = queries.find_dispute(gateway_account_id, notice)
    payment = _locked_payment(known.payment_id if known else None, gateway_account_id, notice)
    if known is None:
        dispute = _opened(gateway_account_id, payment, notice, source, now)
    else:
        dispute = Dispute.objects.select_for_update(no_key=True).get(id=known.id)
        if _is_stale(dispute, notice, source):
            _note(dispute, source, notice, changed=False, now=now)
            return dispute
        _learn(dispute, payment, notice)
    _become(dispute, notice, source, is_new=known is None, now=now)
    return dispute


def _is_stale(dispute: Dispute, notice: DisputeNotice, source: str) -> bool:
    """A report row and a person carry no number: they are listened to only when they say something new."""
    return source not in ("report", "person") and notice.sequence <= dispute.sequence


def _locked_payment(payment_id: UUID | None, account_id: UUID, notice: DisputeNotice) -> Payment | None:
    found = payment_id or queries.find_disputed_payment(account_id, notice)
    if found is None:
        return None
    orders.get_order_for_update(records.get_payment(found).order_id)
    return records.get_payment_for_update(found)


def _opened(account_id: UUID, payment: Payment | None, notice: DisputeNotice, source: str, now: datetime) -> Dispute:
    zone, day = _place(payment, now)
    dispute = Dispute(
        gateway_account_id=account_id,
        payment=payment,
        external_id=notice.external_id,
        payment_reference=notice.payment_reference[:80],
        origin=source,
        phase=notice.phase,
        round=notice.round,
        sequence=notice.sequence,
        reason=reason_of(notice.reason),
        reason_text=notice.reason[:80],
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        fee_minor=notice.fee_minor or 0,
        due_at=notice.due_at,
        zone=zone,
        store_id=payment.store_id if payment else None,
        opened_at=now,
        business_date=day,
    )
    dispute.save(force_insert=True)
    return dispute


def _learn(dispute: Dispute, payment: Payment | None, notice: DisputeNotice) -> None:
    """Take over what a newer notice says beside the state."""
    if dispute.payment_id is None and payment is not None:
        dispute.payment, dispute.store_id = payment, payment.store_id
        dispute.zone, _day = _place(payment, dispute.opened_at)
    dispute.external_id = dispute.external_id or notice.external_id
    dispute.payment_reference = dispute.payment_reference or notice.payment_reference[:80]
    dispute.sequence = max(dispute.sequence, notice.sequence)
    dispute.phase, dispute.round = notice.phase, max(dispute.round, notice.round)
    if not (dispute.held_minor or dispute.lost_minor):
        dispute.amount_minor = notice.amount_minor
    if notice.reason and dispute.reason == "other":
        dispute.reason, dispute.reason_text = reason_of(notice.reason), notice.reason[:80]
    dispute.due_at = notice.due_at or dispute.due_at
    dispute.fee_minor = max(dispute.fee_minor, notice.fee_minor or 0)
    dispute.save()


def _become(dispute: Dispute, notice: DisputeNotice, source: str, *, is_new: bool, now: datetime) -> None:
    target = status_of(dispute, notice, now=now)
    if notice.phase != "inquiry":
        _move_money(dispute, notice, target, now=now)
    elif dispute.payment_id:
        movements.project_payment(dispute.payment_id)
    changed = target != dispute.status
    if changed:
        at = {"submitted": {"submitted_at": now}, "won": {"closed_at": now}, "lost": {"closed_at": now}}
        at["accepted"] = at["lost"]
        move(dispute, DISPUTE, target, **at.get(target, {"closed_at": None}))
    _note(dispute, source, notice, changed=changed or is_new, now=now)
    audit.record(
        "dispute.opened" if is_new else f"dispute.{target}",
        subject=f"dispute:{dispute.id}",
        now=now,
        data={"source": source, "amount_minor": notice.amount_minor, "phase": notice.phase, "round": notice.round},
    )
    names = (["dispute.opened"] if is_new else []) + ([f"dispute.{target}"] if changed and target != "opened" else [])
    outbox.publish_many([(name, _aggregate(dispute), event_of(dispute)) for name in dict.fromkeys(names)])


def _move_money(dispute: Dispute, notice: DisputeNotice, target: str, *, now: datetime) -> None:
    goal = {"won": "won", "lost": "lost", "accepted": "lost"}.get(target, "held")
    minor = notice.amount_minor
    if target == "won" and notice.returned_minor is not None:
        minor = notice.returned_minor
    _zone, day = _place(dispute.payment, now)
    movements.bring(dispute, goal, minor=minor, rounds=notice.round, day=day, now=now)


def status_of(dispute: Dispute, notice: DisputeNotice, *, now: datetime) -> str:
    """Return what a dispute is once `notice` is known: our own acceptance and a deadline that has passed count too."""
    status = _STATUS[notice.status]
    if status == "lost" and _has_accepted(dispute):
        return "accepted"
    if status != "evidence_due":
        return status
    due_at = notice.due_at or dispute.due_at
    if due_at is None:
        return "opened"
    return "expired" if due_at <= now else "evidence_due"


def _has_accepted(dispute: Dispute) -> bool:
    replies = DisputeReply.objects.filter(dispute=dispute, kind="acceptance", round=dispute.round)
    return bool(replies.exclude(status="refused").exists())


@transaction.atomic
def open_by_hand(
    *,
    payment_id: UUID,
    amount_minor: int,
    reason: str,
    phase: str,
    due_at: datetime | None,
    external_id: str,
    now: datetime,
) -> Dispute:
    """
    Record a dispute that came by letter. Locks the order and the payment. The processor's own notice about the same `external_id` takes it over.

    :raises DisputeExceedsCaptured: for more than was captured. :raises Invalid: for a payment without a gateway, or a dispute that is recorded already.
    """
    payment = records.get_payment(payment_id)
    if payment.gateway_account_id is None or phase not in PHASES:
        raise Invalid(reason=_("only a payment that went through a gateway can be disputed"))
    if not 0 < amount_minor <= payment.captured_minor:
        raise DisputeExceedsCaptured(captured_minor=payment.captured_minor, currency=payment.currency)
    if (
        external_id
        and Dispute.objects.filter(external_id=external_id, gateway_account=payment.gateway_account).exists()
    ):
        raise Invalid(reason=_("the dispute {external_id} is recorded already").format(external_id=external_id))
    operation = payment.operations.filter(kind="authorise").order_by("id").last()
    notice = DisputeNotice(
        external_id=external_id,
        payment_reference=payment.gateway_reference,
        operation_reference=operation.reference if operation else "",
        phase=phase,
        status="open",
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=reason,
        round=1,
        sequence=0,
        due_at=due_at,
    )
    return apply_notice(gateway_account_id=payment.gateway_account_id, notice=notice, source="person", now=now)


@transaction.atomic
def decide_by_hand(
    *, dispute_id: UUID, outcome: str, now: datetime, note: str = "", returned_minor: int | None = None
) -> Dispute:
    """
    Record what a letter says became of a dispute: `won` (with what came back, all of it unless said otherwise) or `lost`. Locks order, payment and dispute.

    :raises DisputeClosed: if it was decided already. :raises Invalid: for an amount beyond the dispute's.
    """
    dispute = queries.get_dispute(dispute_id)
    if dispute.status not in OPEN_DISPUTE:
        raise DisputeClosed(status=dispute.status)
    if returned_minor is not None and not 0 <= returned_minor <= dispute.amount_minor:
        raise Invalid(reason=_("what came back is between nothing and the disputed amount"))
    notice = replace(
        notice_of(dispute, status=outcome),
        returned_minor=returned_minor,
        data={"note": note[:200], "dispute_id": str(dispute.id)},
    )
    return apply_notice(gateway_account_id=dispute.gateway_account_id, notice=notice, source="person", now=now)


@transaction.atomic
def expire(*, dispute_id: UUID, now: datetime) -> bool:
    """Mark a dispute whose time for an answer is over, and say whether it was. Its money stays at stake until the processor says what follows."""
    dispute = Dispute.objects.select_for_update(no_key=True).get(id=dispute_id)
    if dispute.status != "evidence_due" or dispute.due_at is None or dispute.due_at > now:
        return False
    move(dispute, DISPUTE, "expired")
    audit.record("dispute.expired", subject=f"dispute:{dispute.id}", now=now)
    outbox.publish("dispute.expired", _aggregate(dispute), event_of(dispute))
    return True


def lock(dispute_id: UUID) -> None:
    """Lock a dispute after its order and payment until the transaction ends. :raises NotFound: if the merchant has none with that id."""
    dispute = queries.get_dispute(dispute_id)
    if dispute.payment is not None:
        orders.get_order_for_update(dispute.payment.order_id)
        records.get_payment_for_update(dispute.payment.id)
    Dispute.objects.select_for_update(no_key=True).get(id=dispute.id)


def notice_of(dispute: Dispute, *, status: str) -> DisputeNotice:
    """Return a notice that says of a known dispute only that it is `status` now."""
    return DisputeNotice(
        external_id=dispute.external_id,
        payment_reference=dispute.payment_reference,
        operation_reference="",
        phase=dispute.phase,
        status=status,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
        reason=dispute.reason_text,
        round=dispute.round,
        sequence=dispute.sequence,
        due_at=dispute.due_at,
        data={"dispute_id": str(dispute.id)},
    )


def _place(payment: Payment | None, now: datetime) -> tuple[str, date]:
    """Return the zone in which a deadline is shown and the business day of `now`: where it was sold, else the merchant's."""
    if payment is not None:
        place = payment.order.store or payment.order.channel
        return place.zone, orders.business_day(payment.order, now)
    merchant = merchants.get_merchant(current_merchant_id())
    return merchant.zone, business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)


def _note(dispute: Dispute, source: str, notice: DisputeNotice, *, changed: bool, now: datetime) -> None:
    text = str(notice.data.get("note", ""))
    DisputeNote(
        dispute=dispute, source=source, said=notice.status, text=text, data=dict(notice.data), changed=changed, at=now
    ).save(force_insert=True)


def _aggregate(dispute: Dispute) -> str:
    return f"dispute:{dispute.id}"


def event_of(dispute: Dispute) -> dict[str, Any]:
    """Return what events say of a dispute."""
    payment = dispute.payment
    return {
        "dispute_id": str(dispute.id),
        "payment_id": str(payment.id) if payment else None,
        "order_id": str(payment.order_id) if payment else None,
        "status": dispute.status,
        "phase": dispute.phase,
        "round": dispute.round,
        "reason": dispute.reason,
        "amount_minor": dispute.amount_minor,
        "held_minor": dispute.held_minor,
        "lost_minor": dispute.lost_minor,
        "currency": dispute.currency,
        "due_at": dispute.due_at.isoformat() if dispute.due_at else None,
    }
