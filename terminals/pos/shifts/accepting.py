"""What a cashier does not decide alone when a shift ends: a difference above the drawer's limit, and orders left to the next shift."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core.money import Money
from terminals.pos.shifts.models import Count, Drawer, Shift

# Who holds it accepts alone, sees what is expected in a blind drawer, and may be asked by others.
ACCEPTS = "shift.approve"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whether whoever ends a shift may accept all of it alone, and if not, the approval they bring."""

    is_own: bool
    approval_id: UUID | None = None


def require_accepted(shift: Shift, count: Count, *, leaves_orders: bool, reason: str, by: Acceptance) -> str:
    """
    Let a shift end as it was counted, and return who accepted it for whoever ends it; nothing if nobody had to. An approval is used up in the caller's transaction.

    The approval is about this shift, up to this difference, and about leaving orders only if it says so.

    :raises ApprovalNeeded: if somebody has to accept it; it says who may.
    """
    difference = abs(count.counted_minor - count.expected_minor)
    limit = Drawer.objects.get(register_id=shift.register_id).difference_limit_minor
    is_over = limit is not None and difference > limit
    if by.is_own or not (is_over or leaves_orders):
        return ""
    wish = Wish(
        ACCEPTS,
        f"open_orders:{shift.id}" if leaves_orders else f"shift:{shift.id}",
        reason,
        Money(difference, shift.currency) if is_over else None,
        shift.store_id,
    )
    approval = approvals.use_approval(approval_id=by.approval_id, wish=wish)
    return str(approval.decided_by.user) if approval.decided_by else ""
