"""Reads that put slices side by side: one order with its money, goods and papers; one payment with its history; pages of the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.pagination import PAGE_SIZE, Page, page
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import queries as ledger
from merchant.ledger.queries import JournalFilters, PostingRow
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from orders.order.queries import OrderFilters
from payments.records import queries as payments
from payments.records.models import Evidence, Operation, Payment
from payments.records.queries import PaymentFilters


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after or before an id, and how many rows it has."""

    after: str | None = None
    before: str | None = None
    size: int = PAGE_SIZE


def list_orders(filters: OrderFilters, cursor: Cursor) -> Page[Order]:
    """Return one page of orders, newest first, with one statement."""
    rows = orders.find_orders(filters).select_related("channel", "store")
    return page(rows, after=cursor.after, before=cursor.before, size=cursor.size)


def list_payments(filters: PaymentFilters, cursor: Cursor) -> Page[Payment]:
    """Return one page of payments, newest first, with one statement."""
    rows = payments.find_payments(filters).select_related("order", "store", "gateway_account")
    return page(rows, after=cursor.after, before=cursor.before, size=cursor.size)


def list_journals(filters: JournalFilters, cursor: Cursor) -> tuple[Page[Any], dict[UUID, list[PostingRow]]]:
    """Return one page of journals, newest first, and their legs, with two statements."""
    found = page(ledger.find_journals(filters), after=cursor.after, before=cursor.before, size=cursor.size)
    return found, ledger.postings_of([row.id for row in found.rows])


@dataclass(frozen=True, slots=True)
class OrderStory:
    """An order with everything that happened to it."""

    order: Order
    lines: Sequence[OrderLine]
    payments: Sequence[Payment]
    fulfilments: list[dict[str, Any]] = field(default_factory=list)
    returns: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)


def get_order_story(order_id: UUID) -> OrderStory:
    """
    Return an order with its lines, payments, hand-overs, returns and papers, with four statements.

    :raises NotFound: if the merchant in scope has no such order.
    """
    order = orders.get_order(order_id)
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    tenders = list(Payment.objects.filter(order=order).select_related("store", "gateway_account").order_by("id"))
    story = OrderStory(order, lines, tenders)
    for part, row in db.rows(_GOODS_AND_PAPERS, {"merchant": current_merchant_id(), "order": order.id}):
        getattr(story, part).append(db.json_value(row))
    return story


_GOODS_AND_PAPERS = """
SELECT part, body FROM (
    SELECT 'fulfilments' AS part, id, jsonb_build_object('id', id, 'store_id', store_id, 'lines', lines, 'total_minor', total_minor,
        'business_date', business_date, 'fulfilled_at', fulfilled_at) AS body
    FROM fulfilment_fulfilment WHERE merchant_id = %(merchant)s AND order_id = %(order)s
    UNION ALL
    SELECT 'returns', id, jsonb_build_object('id', id, 'store_id', store_id, 'lines', lines, 'total_minor', total_minor,
        'is_restocked', is_restocked, 'reason', reason, 'business_date', business_date, 'returned_at', returned_at)
    FROM fulfilment_return WHERE merchant_id = %(merchant)s AND order_id = %(order)s
    UNION ALL
    SELECT 'documents', id, jsonb_build_object('id', id, 'kind', kind, 'number', number, 'total_minor', total_minor,
        'business_date', business_date, 'issued_at', issued_at)
    FROM document_document WHERE merchant_id = %(merchant)s AND order_id = %(order)s
) parts ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class PaymentStory:
    """A payment, what was asked of the gateway, and what anybody said about it."""

    payment: Payment
    operations: Sequence[Operation]
    evidence: Sequence[Evidence]


def get_payment_story(payment_id: UUID) -> PaymentStory:
    """
    Return a payment with its operations and their evidence, oldest first, with three statements.

    :raises NotFound: if the merchant in scope has no such payment.
    """
    payment = Payment.objects.select_related("order", "store", "gateway_account").filter(id=payment_id).first()
    if payment is None:
        raise NotFound()
    operations = list(Operation.objects.filter(payment=payment).order_by("id"))
    evidence = list(Evidence.objects.filter(operation__in=[operation.id for operation in operations]).order_by("id"))
    return PaymentStory(payment, operations, evidence)
