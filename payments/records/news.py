"""What the rest of the product hears of operations."""

from __future__ import annotations

from merchant.core.outbox import services as outbox
from orders.order.models import Order
from orders.order.queries import overpaid_minor
from payments.records.models import Operation, Payment

_EVENTS = {
    ("authorise", "succeeded"): "payment.authorised",
    ("authorise", "declined"): "payment.declined",
    ("authorise", "failed"): "payment.failed",
    ("authorise", "unknown"): "payment.unknown",
    ("capture", "succeeded"): "payment.captured",
    ("capture", "declined"): "payment.capture_failed",
    ("capture", "failed"): "payment.capture_failed",
    ("refund", "succeeded"): "payment.refunded",
    ("refund", "declined"): "payment.refund_failed",
    ("refund", "failed"): "payment.refund_failed",
    ("void", "succeeded"): "payment.voided",
    ("expire", "succeeded"): "payment.expired",
    ("increment", "succeeded"): "payment.increased",
    ("increment", "declined"): "payment.increase_refused",
    ("increment", "failed"): "payment.increase_refused",
}


def publish(order: Order, payment: Payment, operation: Operation) -> None:
    """Write the events of an operation that has changed, in the transaction of the change."""
    payload = {
        "payment_id": str(payment.id),
        "order_id": str(order.id),
        "operation_id": str(operation.id),
        "reference": operation.reference,
        "kind": operation.kind,
        "status": operation.status,
        "payment_status": payment.status,
        "amount_minor": operation.amount_minor,
        "result_minor": operation.result_minor,
        "currency": payment.currency,
        "decline_code": operation.decline_code,
        "action_url": operation.action_url,
        "is_final": operation.is_final,
        "terminal_id": str(operation.terminal_id) if operation.terminal_id else None,
        "store_id": str(payment.store_id) if payment.store_id else None,
        "method": payment.method,
    }
    aggregate = f"order:{order.id}"
    events = [(f"operation.{operation.status}", aggregate, payload)]
    if name := _EVENTS.get((operation.kind, operation.status)):
        events.append((name, aggregate, payload))
    if operation.kind == "authorise" and operation.status == "succeeded" and payment.captured_minor:
        events.append(("payment.captured", aggregate, payload))
    if operation.status == "succeeded" and operation.kind in ("authorise", "capture"):
        summary = _summary(order)
        if operation.kind == "authorise" and order.secured_minor >= order.total_minor:
            events.append(("order.secured", aggregate, summary))
        if order.captured_minor - order.refunded_minor >= order.total_minor and payment.captured_minor:
            events.append(("order.paid", aggregate, summary))
    if operation.kind == "take_back" and operation.parent is not None:
        what = "refund" if operation.parent.kind == "refund" else "capture"
        events.append((f"payment.{what}_taken_back", aggregate, {**payload, "taken_back": operation.parent.reference}))
    over_minor = overpaid_minor(order)
    if operation.status == "succeeded" and operation.kind != "refund" and over_minor:
        events.append(("order.overpaid", aggregate, {**payload, "number": order.number, "over_minor": over_minor}))
    is_exchange = operation.instrument.get("to") == "exchange"
    if operation.kind == "refund" and operation.status == "succeeded" and not is_exchange:
        events.append(("order.refunded", aggregate, {**payload, "number": order.number}))
    outbox.publish_many(events)


def publish_free(order: Order) -> None:
    """Write in the caller's transaction that an order is paid by nothing: what was taken off leaves nothing to pay, and no payment will ever say so."""
    aggregate = f"order:{order.id}"
    outbox.publish_many([(name, aggregate, _summary(order)) for name in ("order.secured", "order.paid")])


def _summary(order: Order) -> dict[str, object]:
    return {
        "order_id": str(order.id),
        "number": order.number,
        "total_minor": order.total_minor,
        "currency": order.currency,
    }
