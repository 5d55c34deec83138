"""How orders, payments and journals look over REST. Plain functions from rows to plain values; `schemas.py` documents the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from merchant.core.masking import mask_email
from merchant.core.pagination import Page
from merchant.ledger.queries import PostingRow
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from payments.records import queries as payments
from payments.records.models import Evidence, Operation, Payment
from reports.search.queries import OrderStory, PaymentStory

Document = dict[str, Any]


def money(minor: int | None, currency: str) -> Document | None:
    """Return an amount as REST writes it."""
    return None if minor is None else {"amount_minor": minor, "currency": currency}


def moment(value: datetime | None) -> str | None:
    """Return a moment in ISO 8601, UTC."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def paged(found: Page[Any], results: Sequence[Document]) -> Document:
    """Return one page with the cursors to the next older and newer one."""
    return {"results": list(results), "older": found.older, "newer": found.newer}


def order_row(order: Order) -> Document:
    """Return an order as lists show it."""
    currency = order.currency
    return {
        "id": str(order.id),
        "number": order.number,
        "status": order.status,
        "fulfilment_status": order.fulfilment_status,
        "channel": {"id": str(order.channel_id), "kind": order.channel.kind, "name": order.channel.name},
        "store": _place(order.store),
        "register_id": _text(order.register_id),
        "customer_id": _text(order.customer_id),
        "total": money(order.total_minor, currency),
        "tax": money(order.tax_minor, currency),
        "discount": money(order.discount_minor, currency),
        "secured": money(order.secured_minor, currency),
        "captured": money(order.captured_minor, currency),
        "refunded": money(order.refunded_minor, currency),
        "open": money(orders.open_minor(order), currency),
        "client_reference": order.client_reference,
        "business_date": str(order.business_date),
        "created_at": moment(order.created_at),
        "placed_at": moment(order.placed_at),
        "version": order.version,
    }


def order_detail(story: OrderStory, *, is_masked: bool) -> Document:
    """Return an order with everything that happened to it. `is_masked` leaves names and addresses out."""
    order, currency = story.order, story.order.currency
    return {
        **order_row(order),
        "email": mask_email(order.email) if is_masked else order.email,
        "delivery": {} if is_masked else order.delivery,
        "note": order.note,
        "lines": [_order_line(line, currency) for line in story.lines],
        "payments": [payment_row(payment, order) for payment in story.payments],
        "fulfilments": [_goods(row, currency) for row in story.fulfilments],
        "returns": [_goods(row, currency) for row in story.returns],
        "documents": [_paper(row, currency, is_masked=is_masked) for row in story.documents],
    }


def payment_row(payment: Payment, order: Order | None = None) -> Document:
    """Return a payment as lists show it."""
    order, currency = order or payment.order, payment.currency
    account = payment.gateway_account
    return {
        "id": str(payment.id),
        "order": {"id": str(order.id), "number": order.number},
        "status": payment.status,
        "method": payment.method,
        "store": _place(payment.store),
        "register_id": _text(payment.register_id),
        "gateway_account": account and {"id": str(account.id), "gateway": account.gateway, "name": account.name},
        "amount": money(payment.amount_minor, currency),
        # What cash paid beyond the amount, negative less, because there are no smaller coins.
        "rounding": money(payment.rounding_minor, currency),
        "tendered": money(payment.tendered_minor, currency) if payment.tendered_minor else None,
        "authorised": money(payment.authorised_minor, currency),
        "captured": money(payment.captured_minor, currency),
        "refunded": money(payment.refunded_minor, currency),
        "refundable": money(payments.refundable_minor(payment), currency),
        "settled": money(payment.settled_minor, currency),
        "money_stage": payment.money_stage,
        "missing_in_bank": money(payment.missing_minor, currency),
        "settled_short": money(payment.unsettled_minor, currency),
        "card": {"brand": payment.card_brand, "last4": payment.card_last4} if payment.card_last4 else None,
        "auth_code": payment.auth_code,
        "decline_code": payment.decline_code,
        "gateway_reference": payment.gateway_reference,
        "business_date": str(payment.business_date),
        "created_at": moment(payment.created_at),
    }


def payment_detail(story: PaymentStory) -> Document:
    """Return a payment with its operations, and the timeline of what anybody said about them."""
    references = {operation.id: operation for operation in story.operations}
    return {
        **payment_row(story.payment),
        "operations": [_operation(operation) for operation in story.operations],
        "timeline": [_told(told, references[told.operation_id]) for told in story.evidence],
    }


def journal_row(journal: Any, postings: Sequence[PostingRow]) -> Document:
    """Return one journal with its legs: debit positive, credit negative."""
    return {
        "id": str(journal.id),
        "recipe": journal.recipe,
        "source": journal.source,
        "about": journal.about,
        "text": journal.text,
        "business_date": str(journal.business_date),
        "booked_at": moment(journal.booked_at),
        "reverses": _text(journal.reverses_id),
        "postings": [
            {
                "account": leg.account, "subject": leg.subject, "amount": money(leg.amount_minor, leg.currency), "base_minor": leg.base_minor,
            }
            for leg in postings
        ],
    }  # fmt: skip


def _order_line(line: OrderLine, currency: str) -> Document:
    return {
        "id": str(line.id),
        "position": line.position,
        "kind": line.kind,
        "variant_id": _text(line.variant_id),
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price_minor, currency),
        "discount": money(line.discount_minor, currency),
        "total": money(line.total_minor, currency),
        "tax": money(line.tax_minor, currency),
        "tax_rate_basis_points": line.tax_rate_basis_points,
        "fulfilled_quantity": line.fulfilled_quantity,
        "returned_quantity": line.returned_quantity,
    }


def _operation(operation: Operation) -> Document:
    currency = operation.currency
    return {
        "id": str(operation.id),
        "kind": operation.kind,
        "status": operation.status,
        "reference": operation.reference,
        "gateway_reference": operation.gateway_reference,
        "amount": money(operation.amount_minor, currency),
        "result": money(operation.result_minor, currency),
        "terminal_id": _text(operation.terminal_id),
        "decline_code": operation.decline_code,
        "action_url": operation.action_url,
        "reason": operation.reason,
        "business_date": str(operation.business_date),
        "requested_at": moment(operation.requested_at),
        "submitted_at": moment(operation.submitted_at),
        "finished_at": moment(operation.finished_at),
        "landed_at": moment(operation.landed_at),
    }


def _told(told: Evidence, operation: Operation) -> Document:
    return {
        "at": moment(told.at),
        "operation": operation.reference,
        "kind": operation.kind,
        "source": told.source,
        "outcome": told.outcome,
        "amount": money(told.amount_minor, operation.currency),
        "changed_status": told.changed_status,
    }


def _goods(row: Document, currency: str) -> Document:
    lines = [{"order_line_id": line[0], "quantity": line[1]} for line in row["lines"]]
    return {**_without(row, "lines", "total_minor"), "lines": lines, "total": money(row["total_minor"], currency)}


def _paper(row: Document, currency: str, *, is_masked: bool) -> Document:
    """A paper, with the secret that opens it unless it names a buyer whom the reader sees masked."""
    is_shut = is_masked and row["kind"] in ("invoice", "credit_note")
    return {
        **_without(row, "total_minor"),
        **({"access_token": ""} if is_shut else {}),
        "total": money(row["total_minor"], currency),
        "url": f"/api/v1/receipts/{row['id']}/",
    }


def _without(row: Document, *names: str) -> Document:
    return {name: value for name, value in row.items() if name not in names}


def _place(store: Any) -> Document | None:
    return store and {"id": str(store.id), "code": store.code, "name": store.name}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
