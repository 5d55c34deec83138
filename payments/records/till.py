"""What moved at a register: cash taken and goods handed over in the same breath, and everything else, entry by entry, until a Z counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from merchant.core import db
from merchant.core.ids import new_id, readable_code
from merchant.core.tenancy import current_actor, current_merchant_id
from orders.order import queries as orders
from orders.placing.services import MadeOrder, Placement
from payments.records.booking import Movement
from payments.records.models import Operation, Payment, TillEntry
from payments.records.tips import share_of


def record_cash(
    *, made: MadeOrder, placement: Placement, tendered_minor: int, rounding_minor: int = 0
) -> tuple[UUID, str]:
    """
    Store a captured cash payment with its operation in the caller's transaction; return the payment's id and the operation's reference.

    The journal is the caller's, in the same transaction. The order was born with this money in its projections.
    """
    payment_id, reference = new_id(), readable_code(16)
    merchant_id, minor, currency = current_merchant_id(), made.total_minor, placement.currency
    day, now = placement.business_date, placement.now
    payment = [payment_id, merchant_id, made.id, placement.store_id, placement.register_id, currency]
    amounts = [minor, minor, minor, tendered_minor, rounding_minor]
    db.insert_prepared(_PAYMENT, [*payment, *amounts, day, now])
    operation = [new_id(), merchant_id, payment_id, made.id, reference, minor, currency, minor, current_actor().key]
    db.insert_prepared(_OPERATION, [*operation, day, now, now, now, now])
    return payment_id, reference


_PAYMENT = """
INSERT INTO payment_payment (id, merchant_id, order_id, store_id, register_id, method, currency, amount_minor, status, authorised_minor,
    captured_minor, capturing_minor, refunded_minor, refunding_minor, voided_minor, tendered_minor, rounding_minor, card_brand, card_last4,
    gateway_reference, auth_code, decline_code, business_date, created_at)
VALUES (%s, %s, %s, %s, %s, 'cash', %s, %s, 'captured', %s, %s, 0, 0, 0, 0, %s, %s, '', '', '', '', '', %s, %s)
"""
_OPERATION = """
INSERT INTO payment_operation (id, merchant_id, payment_id, order_id, kind, reference, amount_minor, currency, instrument, captures_at_once,
    reason, status, result_minor, gateway_reference, decline_code, action_url, actor_key, business_date, requested_at, submitted_at,
    finished_at, landed_at, looks)
VALUES (%s, %s, %s, %s, 'authorise', %s, %s, %s, '{}', true, '', 'succeeded', %s, '', '', '', %s, %s, %s, %s, %s, %s, 0)
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the till holds, or is promised, of a payment: authorised, less what was voided and refunded. `tip_minor` of it is tip."""

    minor: int
    tip_minor: int


def kept_of(payment: Payment) -> Kept:
    """Return what the till holds of a payment now."""
    minor, share = payment.authorised_minor - payment.voided_minor - payment.refunded_minor, share_of(payment)
    return Kept(minor, minor - (share.secured_minor - share.refunded_minor))


def note_money(moved: Movement, *, before: Kept) -> None:
    """
    Note in the caller's transaction how an operation changed what a register holds, which was `before`; of payments without a register nothing is noted.

    Cash given back at another till than it was paid into is that till's, and counts as the coins that moved. What is given back as store credit leaves as that.
    """
    payment, operation = moved.payment, moved.operation
    after = kept_of(payment)
    minor = after.minor - before.minor
    minor += rounded_minor(payment, operation) if minor else 0
    register_id = operation.instrument.get("register_id") or payment.register_id
    if not minor or register_id is None:
        return
    TillEntry(
        register_id=register_id,
        order_id=payment.order_id,
        kind=_kind_of(operation, minor),
        source_id=operation.id,
        method=operation.instrument.get("to") or payment.method,
        currency=payment.currency,
        amount_minor=minor,
        tip_minor=after.tip_minor - before.tip_minor,
        business_date=orders.business_day(moved.order, moved.now),
        at=moved.now,
    ).save(force_insert=True)


def _kind_of(operation: Operation, minor: int) -> str:
    if operation.kind == "reclaim":
        return "reclaim"
    return "tender" if minor > 0 else "refund" if operation.kind == "refund" else "void"


def note_loose_return(
    *,
    return_id: UUID,
    register_id: UUID,
    minor: int,
    given_minor: int,
    currency: str,
    payout: str,
    day: date,
    now: datetime,
) -> None:
    """Note in the caller's transaction that goods worth `minor` came back at a register without a receipt, and that `given_minor` was paid for them and as what."""
    for kind, method, moved_minor in (("return", "", minor), ("refund", payout, given_minor)):
        if not moved_minor:
            # Worth less than half of the smallest coin.
            continue
        TillEntry(
            register_id=register_id,
            kind=kind,
            source_id=return_id,
            method=method,
            currency=currency,
            amount_minor=-moved_minor,
            business_date=day,
            at=now,
        ).save(force_insert=True)


def rounded_minor(payment: Payment, operation: Operation) -> int:
    """Return what a drawer got beyond the amount of an operation for want of coins; negative where it gave more, or got less."""
    if operation.kind == "refund":
        return -int(operation.instrument.get("rounding_minor", 0))
    return int(payment.rounding_minor) if operation.kind == "authorise" else 0


def note_return(
    *, return_id: UUID, order_id: UUID, register_id: UUID, minor: int, currency: str, day: date, now: datetime
) -> None:
    """Note in the caller's transaction that goods worth `minor` came back at a register."""
    TillEntry(
        register_id=register_id,
        order_id=order_id,
        kind="return",
        source_id=return_id,
        currency=currency,
        amount_minor=-minor,
        business_date=day,
        at=now,
    ).save(force_insert=True)


def count_entries(*, register_id: UUID, closing_id: UUID) -> int:
    """Give every entry of a register that no Z counts yet to this one, in the caller's transaction, and return how many there were."""
    return TillEntry.objects.filter(register_id=register_id, closing_id=None).update(closing_id=closing_id)
