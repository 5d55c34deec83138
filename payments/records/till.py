"""The payment of a sale that is paid in cash and handed over in the same breath: two rows each, one statement."""

from __future__ import annotations

from uuid import UUID

from merchant.core import db
from merchant.core.ids import new_id, readable_code
from merchant.core.tenancy import current_actor, current_merchant_id
from orders.placing.services import MadeOrder, Placement


def record_cash(
    *, made: MadeOrder, placement: Placement, tendered_minor: int, rounding_minor: int = 0
) -> tuple[UUID, str]:
    """
    Store a captured cash payment with its operation in the caller's transaction; return the payment's id and the operation's reference.

    The journal is the caller's, in the same transaction. The order was born with this money in its projections.
    """
    payment_id, reference = new_id(), readable_code(16)
    values = {
        "payment": payment_id,
        "operation": new_id(),
        "reference": reference,
        "merchant": current_merchant_id(),
        "order": made.id,
        "store": placement.store_id,
        "register": placement.register_id,
        "currency": placement.currency,
        "minor": made.total_minor,
        "tendered": tendered_minor,
        "rounding": rounding_minor,
        "day": placement.business_date,
        "now": placement.now,
        "actor": current_actor().key,
    }
    db.execute_prepared(_CASH, values)
    return payment_id, reference


_CASH = """
WITH payment AS (
    INSERT INTO payment_payment (id, merchant_id, order_id, store_id, register_id, method, currency, amount_minor, status, authorised_minor,
        captured_minor, capturing_minor, refunded_minor, refunding_minor, voided_minor, tendered_minor, rounding_minor, card_brand, card_last4,
        gateway_reference, auth_code, decline_code, business_date, created_at)
    VALUES (%(payment)s, %(merchant)s, %(order)s, %(store)s, %(register)s, 'cash', %(currency)s, %(minor)s, 'captured', %(minor)s,
        %(minor)s, 0, 0, 0, 0, %(tendered)s, %(rounding)s, '', '', '', '', '', %(day)s, %(now)s)
)
INSERT INTO payment_operation (id, merchant_id, payment_id, order_id, kind, reference, amount_minor, currency, instrument, captures_at_once,
    reason, status, result_minor, gateway_reference, decline_code, action_url, actor_key, business_date, requested_at, submitted_at,
    finished_at, landed_at, looks)
VALUES (%(operation)s, %(merchant)s, %(payment)s, %(order)s, 'authorise', %(reference)s, %(minor)s, %(currency)s, '{}', true,
    '', 'succeeded', %(minor)s, '', '', '', %(actor)s, %(day)s, %(now)s, %(now)s, %(now)s, %(now)s, 0)
"""
