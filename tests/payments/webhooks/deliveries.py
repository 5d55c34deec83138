"""Webhooks as the processor sends them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.test import Client
from standardwebhooks import Webhook

from merchant.core.tenancy import acting_for
from payments.gateways.registry import access
from tests.shops import Shop


def deliver(
    shop: Shop, event_id: str, reference: str, status: str = "captured", *, secret: str = "", **changes: Any
) -> Any:
    """Post one signed event, as the processor does."""
    data = {
        "id": "pay_1",
        "kind": "authorise",
        "reference": reference,
        "payment_id": "pay_1",
        "status": status,
        "amount_minor": 2500,
        "decline_code": "do_not_honour" if status == "declined" else None,
        "landed_at": "2026-11-22T10:00:00+00:00",
    } | changes
    body = json.dumps({"id": event_id, "type": f"payment.{status}", "data": data})
    with acting_for(shop.merchant.id):
        secret = secret or access(shop.account).secrets["webhook_secret"]
    moment = datetime.now(UTC)
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, moment, body),
    }
    return Client().post(
        f"/webhooks/sandbox/{shop.account.id}/", body, content_type="application/json", headers=headers
    )
