"""The relay's round through unpaid orders whose link has expired."""

from __future__ import annotations

import logging
from uuid import UUID

from merchant.core import db
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.checkout import services

logger = logging.getLogger(__name__)

# Pieces that come back to sale ten seconds late have cost nobody anything.
ROUND_SECONDS = 10.0
_BATCH = 200

# Only orders that were made for a link end with it; an order that existed before stays.
_EXPIRED = """
SELECT l.id FROM order_order o JOIN checkout_link l ON l.order_id = o.id AND o.client_reference = 'checkout:' || l.id
WHERE o.merchant_id = %s AND o.status = 'open' AND o.secured_minor = 0 AND o.total_minor > 0 AND l.expires_at <= %s
AND NOT EXISTS (SELECT 1 FROM payment_operation p WHERE p.order_id = o.id AND p.kind = 'authorise'
    AND p.status IN ('requested', 'submitted', 'action_required', 'unknown'))
ORDER BY l.expires_at LIMIT %s
"""


def expire_all() -> int:
    """Let every expired, unpaid order of every merchant go, by that merchant's own clock; return how many. Any number of relays may call this."""
    return sum(_expire_for(merchant_id) for merchant_id in Merchant.objects.values_list("id", flat=True))


def _expire_for(merchant_id: UUID) -> int:
    now, ended = business_now(merchant_id), 0
    with acting_for(merchant_id):
        for (link_id,) in db.rows(_EXPIRED, [merchant_id, now, _BATCH]):
            try:
                ended += services.expire(link_id=link_id, now=now)
            except AppError as refusal:
                logger.info("order of link %s stays: %s", link_id, refusal.code)
    return ended
