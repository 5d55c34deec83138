"""The processor's disputes in our words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.gateways.base import DisputeNotice


def notice_of(told: Mapping[str, Any]) -> DisputeNotice:
    """Return the one object in which answers and events show a dispute."""
    return DisputeNotice(
        external_id=str(told["id"]),
        payment_reference=str(told["payment_id"]),
        operation_reference=str(told.get("payment_reference") or ""),
        phase=str(told["phase"]),
        status=str(told["status"]),
        amount_minor=int(told["amount_minor"]),
        currency=str(told["currency"]),
        reason=str(told["reason"]),
        round=int(told["round"]),
        sequence=int(told["sequence"]),
        due_at=datetime.fromisoformat(told["due_at"]) if told.get("due_at") else None,
        fee_minor=int(told["fee_minor"]),
        returned_minor=int(told["returned_minor"]) if told["status"] == "won" else None,
        data=dict(told),
    )
