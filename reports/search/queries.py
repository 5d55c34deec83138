"""Reads that put slices side by side: one order with its money, goods and papers; one payment with its history; pages of the books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.errors import NotFound
from merchant.core.pagination import PAGE_SIZE, Page, page
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import queries as ledger
from merchant.ledger.queries import JournalFilters, PostingRow
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from orders.order.queries import OrderFilters
from payments.disputes import queries as disputes
from payments.disputes.models import Dispute
from payments.records import queries as payments
from payments.records.models import Evidence, Operation, Payment
from payments.records.queries import PaymentFilters
from payments.records.states import OPEN_OPERATION
from payments.routing.models import RoutingDecision


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after or before an id, and how many rows it has."""

    after: str | None = None
    before: str | None = None
    size: int = PAGE_SIZE


def list_orders(filters: OrderFilters, cursor: Cursor) -> Page[Order]:
    """Return one page of orders, newest first, with one statement."""
    rows = orders.find_orders(filters).select_related("channel", "store", "customer")
    return page(rows, after=cursor.after, before=cursor.before, size=cursor.size)


class ListedOrder(NamedTuple):
    """What a list shows of an order."""

    id: UUID
    number: str
    placed_at: datetime | None
    created_at: datetime
    currency: str
    total_minor: int
    secured_minor: int
    captured_minor: int
    refunded_minor: int
    status: str
    fulfilment_status: str
    email: str
    delivery: dict[str, Any]
    store_id: UUID | None
    store_name: str | None
    channel_name: str
    channel_kind: str
    customer_name: str | None
    customer_email: str | None


def list_shown_orders(filters: OrderFilters, cursor: Cursor) -> Page[ListedOrder]:
    """Return one page of orders, newest first, as lists show them, with one statement."""
    return page(shown_orders(orders.find_orders(filters)), after=cursor.after, before=cursor.before, size=cursor.size)


def shown_orders(found: QuerySet[Order]) -> QuerySet[Order, ListedOrder]:
    """Return orders as lists show them, without the models, whose columns are four times as many."""
    joined = {
        "store_name": F("store__name"),
        "channel_name": F("channel__name"),
        "channel_kind": F("channel__kind"),
        "customer_name": F("customer__name"),
        "customer_email": F("customer__email"),
    }
    return found.annotate(**joined).values_list(*ListedOrder._fields, named=True)


def listed_order(order: Order) -> ListedOrder:
    """Return an order at hand, with its channel, store and customer, as lists show it."""
    store, customer = order.store, order.customer
    joined: dict[str, Any] = {
        "store_name": store.name if store else None,
        "channel_name": order.channel.name,
        "channel_kind": order.channel.kind,
        "customer_name": customer.name if customer else None,
        "customer_email": customer.email if customer else None,
    }
    own = {name: getattr(order, name) for name in ListedOrder._fields if name not in joined}
    return ListedOrder(**own, **joined)


class Marks(NamedTuple):
    """What a list shows of an order that stands in other tables: how many pieces it has, and whether nobody knows the outcome of a payment."""

    pieces: int = 0
    is_unknown: bool = False


def get_marks(order_ids: Sequence[UUID]) -> dict[UUID, Marks]:
    """Return the marks of the orders that have any, with one statement."""
    found = db.rows(_MARKS, {"merchant": current_merchant_id(), "orders": list(order_ids)}) if order_ids else []
    return {order_id: Marks(pieces, is_unknown) for order_id, pieces, is_unknown in found}


_MARKS = """
SELECT order_id, sum(pieces)::int, bool_or(is_unknown) FROM (
    SELECT order_id, quantity AS pieces, false AS is_unknown FROM order_line
    WHERE merchant_id = %(merchant)s AND order_id = ANY(%(orders)s) AND kind = 'product'
    UNION ALL
    SELECT order_id, 0, true FROM payment_operation WHERE merchant_id = %(merchant)s AND order_id = ANY(%(orders)s) AND status = 'unknown'
) parts GROUP BY order_id
"""


def list_orders_of(order_ids: Sequence[UUID], *, only_stores: Collection[UUID] | None) -> list[Order]:
    """Return those of the orders that people of `only_stores` (None: all) see, newest first, with one statement."""
    wanted = OrderFilters(ids=tuple(order_ids), only_stores=None if only_stores is None else frozenset(only_stores))
    rows = orders.find_orders(wanted) if order_ids else Order.objects.none()
    return list(rows.select_related("channel", "store", "customer").order_by("-id"))


def list_lines_to_pick(order_ids: Sequence[UUID]) -> list[OrderLine]:
    """Return the lines of goods that are not all handed over, of orders that are not cancelled, with one statement."""
    rows = OrderLine.objects.filter(order_id__in=order_ids, kind="product", fulfilled_quantity__lt=F("quantity"))
    rows = rows.exclude(order__status__in=("cancelled", "draft"))
    return list(rows.select_related("order__store", "source_store").order_by("order_id", "position"))


def list_payments(filters: PaymentFilters, cursor: Cursor) -> Page[Payment]:
    """Return one page of payments, newest first, with one statement."""
    rows = payments.find_payments(filters).select_related("order__channel", "store", "gateway_account")
    return page(rows, after=cursor.after, before=cursor.before, size=cursor.size)


class ListedPayment(NamedTuple):
    """What a list shows of a payment."""

    id: UUID
    order_id: UUID
    created_at: datetime
    amount_minor: int
    currency: str
    status: str
    method: str
    card_brand: str
    card_last4: str
    captured_minor: int
    disputed_minor: int
    money_stage: str
    missing_minor: int
    store_id: UUID | None
    store_name: str | None
    order_number: str
    channel_name: str
    channel_kind: str


def list_shown_payments(filters: PaymentFilters, cursor: Cursor) -> Page[ListedPayment]:
    """Return one page of payments, newest first, as lists show them, with one statement: without the models, whose columns are five times as many."""
    rows = shown_payments(payments.find_payments(filters))
    return page(rows, after=cursor.after, before=cursor.before, size=cursor.size)


def shown_payments(found: QuerySet[Payment]) -> QuerySet[Payment, ListedPayment]:
    """Return payments (with their stage) as lists show them."""
    joined = {
        "store_name": F("store__name"),
        "order_number": F("order__number"),
        "channel_name": F("order__channel__name"),
        "channel_kind": F("order__channel__kind"),
    }
    return found.annotate(**joined).values_list(*ListedPayment._fields, named=True)


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
    of_order = Payment.objects.filter(order=order).select_related("store", "gateway_account")
    tenders = list(payments.with_stage(of_order).order_by("id"))
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
        'business_date', business_date, 'issued_at', issued_at, 'access_token', access_token, 'is_live_invoice', EXISTS (
            SELECT FROM document_invoice i WHERE i.document_id = document_document.id AND i.kind = 'invoice' AND i.ended_at IS NULL))
    FROM document_document WHERE merchant_id = %(merchant)s AND order_id = %(order)s
) parts ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class PaymentStory:
    """A payment, what was asked of the gateway, and what anybody said about it."""

    payment: Payment
    operations: Sequence[Operation]
    evidence: Sequence[Evidence]
    disputes: Sequence[Dispute] = ()
    routing_reason: str = ""

    @property
    def open_operation(self) -> Operation | None:
        """What nobody has answered yet, the latest of them."""
        return next((operation for operation in reversed(self.operations) if operation.status in OPEN_OPERATION), None)


def get_payment_story(payment_id: UUID) -> PaymentStory:
    """
    Return a payment with its operations and their evidence, oldest first, its disputes and why it went where it went, with four statements.

    :raises NotFound: if the merchant in scope has no such payment.
    """
    places = ("order__channel", "store", "register", "gateway_account")
    reason = RoutingDecision.objects.filter(payment_id=OuterRef("id")).values("reason")
    wanted = Payment.objects.filter(id=payment_id).select_related(*places).annotate(routing_reason=Subquery(reason))
    payment = payments.with_stage(wanted).first()
    if payment is None:
        raise NotFound()
    operations = list(Operation.objects.filter(payment=payment).order_by("id"))
    evidence = list(Evidence.objects.filter(operation__in=[operation.id for operation in operations]).order_by("id"))
    why = payment.routing_reason or ""  # type: ignore[attr-defined]
    return PaymentStory(payment, operations, evidence, disputes.list_of_payment(payment.id), why)


def sum_payments(filters: PaymentFilters) -> list[dict[str, Any]]:
    """Return per currency what the filtered payments come to: count, paid, refunded, settled, settled short and missing in the bank, with one statement."""
    rows = payments.find_payments(filters).order_by().values("currency")
    sums = rows.annotate(
        number=Count("id"), secured=Sum(F("authorised_minor") - F("voided_minor")), captured=Sum("captured_minor"), refunded=Sum("refunded_minor"),
        settled=Sum("settled_minor"), missing=Sum("missing_minor"), unsettled=Sum("unsettled_minor"),
        taken=Sum(F("captured_minor") - F("refunded_minor"), filter=Q(money_stage="taken"), default=0),
        arrived=Sum(F("captured_minor") - F("refunded_minor") - F("unsettled_minor") - F("missing_minor"), filter=Q(money_stage="short"), default=0),
    )  # fmt: skip
    return [dict(row) for row in sums.order_by("currency")]


def sum_orders(filters: OrderFilters) -> list[dict[str, Any]]:
    """Return per currency what the filtered orders come to: count, total and paid, with one statement."""
    rows = orders.find_orders(filters).order_by().values("currency")
    sums = rows.annotate(
        number=Count("id"), total=Sum("total_minor"), captured=Sum("captured_minor"), refunded=Sum("refunded_minor")
    )
    return [dict(row) for row in sums.order_by("currency")]


def list_audit(*subjects: str) -> list[AuditEntry]:
    """Return what was done to `order:<id>` and the like, oldest first."""
    return list(AuditEntry.objects.filter(subject__in=subjects).order_by("id"))


_SETTLED = """
SELECT o.kind, m.amount_minor, m.currency, m.matched_at, l.fee_minor, l.booked_on, r.id AS report_id, r.name AS report_name, p.id AS payout_id, p.reference AS payout_reference,
    p.status AS payout_status, p.announced_on, p.expected_on, s.booked_on AS arrived_on, s.id AS bank_line_id
FROM payment_operation o JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
JOIN settlement_line l ON l.id = m.settlement_line_id JOIN settlement_report r ON r.id = l.report_id
LEFT JOIN settlement_payout p ON p.merchant_id = l.merchant_id AND p.gateway_account_id = l.gateway_account_id AND p.currency = l.currency
    AND CASE WHEN l.payout_reference <> '' THEN p.reference = l.payout_reference ELSE l.batch <> '' AND p.batch = l.batch END
LEFT JOIN recon_match b ON b.payout_id = p.id AND b.statement_line_id IS NOT NULL AND b.undone_at IS NULL
LEFT JOIN bank_statement_line s ON s.id = b.statement_line_id
WHERE o.merchant_id = %s AND o.payment_id = %s ORDER BY o.id
"""


def list_settled(payment_id: UUID) -> list[dict[str, Any]]:
    """Return by which report rows and payouts a payment was settled, oldest first, with one statement."""
    return db.dict_rows(_SETTLED, [current_merchant_id(), payment_id])
