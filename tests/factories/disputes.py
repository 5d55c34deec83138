"""Disputes as a processor tells of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.disputes import services
from payments.disputes.models import Dispute, DisputeFile
from payments.gateways.base import DisputeNotice
from payments.records.models import Operation, Payment
from payments.routing import services as routing
from payments.routing.models import RoutingDecision
from tests.factories.numbers import next_number
from tests.factories.papers import a_gateway_account
from tests.factories.settled import an_authorised_payment

TOLD_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def a_notice(operation: Operation, **changes: Any) -> DisputeNotice:
    """A chargeback of the whole payment behind `operation`, to be answered within a week."""
    fields: dict[str, Any] = {
        "external_id": f"dp_{next_number()}",
        "payment_reference": operation.gateway_reference,
        "operation_reference": operation.reference,
        "phase": "chargeback",
        "status": "open",
        "amount_minor": operation.amount_minor,
        "currency": operation.currency,
        "reason": "fraudulent",
        "round": 1,
        "sequence": 1,
        "due_at": TOLD_AT + timedelta(days=7),
        "fee_minor": 1500,
    }
    return DisputeNotice(**fields | changes)


def a_dispute(merchant: Merchant, *, minor: int = 5000, **changes: Any) -> Dispute:
    """A chargeback that waits for an answer."""
    account = changes.pop("account", None) or a_gateway_account(merchant)
    operation = an_authorised_payment(account, minor=minor)
    with acting_for(merchant.id):
        return services.apply_notice(
            gateway_account_id=account.id, notice=a_notice(operation, **changes), source="webhook", now=TOLD_AT
        )


def a_dispute_file(merchant: Merchant) -> DisputeFile:
    """A file of a dispute's evidence."""
    dispute = a_dispute(merchant)
    with acting_for(merchant.id):
        return DisputeFile.objects.create(
            dispute=dispute, name="parcel.pdf", sha256="0" * 64, size_bytes=5, content_type="application/pdf",
            added_by="Mara", added_at=TOLD_AT,
        )  # fmt: skip


def a_routing_decision(merchant: Merchant) -> RoutingDecision:
    """Why a payment went to the merchant's only account."""
    operation = an_authorised_payment(a_gateway_account(merchant), minor=5000)
    with acting_for(merchant.id):
        payment = Payment.objects.select_related("order").get(id=operation.payment_id)
        facts = routing.facts_of(payment.order, method="card", amount_minor=5000, now=TOLD_AT)
        return routing.keep(routing.route(facts), payment_id=payment.id, order_id=payment.order_id, now=TOLD_AT)
