"""What REST answers have in common that give money back without goods: at a till there is a slip, and the answer names it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orders.documents.serializers import document_output
from orders.order.models import Order
from payments.after_sales import papers
from payments.records.models import Operation


class SlipMixin:
    """Gives a view the slip of what it gave back."""

    caller: Any

    def slip(self, order: Order, operations: Sequence[Operation], reason: str, now: datetime) -> dict[str, Any]:
        """Number the slip, late in the transaction, and return where it is found; a till alone prints one."""
        slip = papers.issue_for_money(
            order=order, operations=operations, register=self.caller.register, reason=reason, now=now
        )
        return {"receipt": document_output(slip) if slip else None}
