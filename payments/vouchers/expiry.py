"""The relay's round through vouchers whose time is over."""

from __future__ import annotations

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.vouchers import services
from payments.vouchers.models import Voucher

# Once an hour: a card ends at the turn of a year.
ROUND_SECONDS = 3600.0
_BATCH = 500


def expire_due() -> int:
    """Expire the vouchers of every merchant that are due; return how many. Any number of relays may call this."""
    return sum(expire_for(merchant_id) for merchant_id in Merchant.objects.values_list("id", flat=True))


def expire_for(merchant_id: UUID) -> int:
    """Expire the vouchers of one merchant that are due by its own clock; return how many."""
    now = business_now(merchant_id)
    with acting_for(merchant_id):
        due = Voucher.objects.filter(expires_at__lte=now, balance_minor__gt=0).order_by("expires_at")
        due_ids = list(due.values_list("id", flat=True)[:_BATCH])
        return sum(services.expire(voucher_id=voucher_id, now=now) > 0 for voucher_id in due_ids)
