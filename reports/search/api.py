"""REST reads: lists with keyset pages and filters, and one order or payment with its whole story."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.errors import Invalid
from merchant.core.numbers import whole_number
from merchant.core.pagination import PAGE_SIZE
from merchant.core.rest import MerchantView, require_store
from merchant.ledger.queries import JOURNAL_FILTERS
from merchant.ledger.queries import read_filters as read_journal_filters
from orders.order.queries import ORDER_FILTERS
from orders.order.queries import read_filters as read_order_filters
from payments.records.queries import PAYMENT_FILTERS
from payments.records.queries import read_filters as read_payment_filters
from reports.search import queries, schemas, serializers
from reports.search.queries import Cursor


def cursor_of(request: Request) -> Cursor:
    """
    Return where the asked page begins.

    :raises Invalid: if the size is no number.
    """
    params = request.query_params
    size = whole_number(params.get("size") or str(PAGE_SIZE))
    if size is None:
        raise Invalid(reason=_("`size` is a whole number"))
    return Cursor(params.get("after"), params.get("before"), size)


class OrderListView(MerchantView):
    """`GET /api/v1/orders/`."""

    right = "order.read"

    @extend_schema(
        operation_id="list_orders",
        parameters=schemas.parameters(ORDER_FILTERS),
        responses=schemas.page_of(schemas.OrderRowSchema, "OrderPage"),
    )
    def get(self, request: Request) -> Response:
        """List orders, newest first. Carts are left out unless `status=draft`."""
        filters = read_order_filters(request.query_params, only_stores=self.caller.stores)
        found = queries.list_orders(filters, cursor_of(request))
        return Response(serializers.paged(found, [serializers.order_row(order) for order in found.rows]))


class OrderDetailView(MerchantView):
    """`GET /api/v1/orders/{id}/`."""

    right = "order.read"

    @extend_schema(operation_id="get_order", responses=schemas.OrderDetailSchema)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Show an order with its lines, payments, hand-overs, returns and documents."""
        story = queries.get_order_story(order_id)
        require_store(self.caller, story.order.store_id)
        return Response(serializers.order_detail(story, is_masked=self.caller.is_masked))


class PaymentListView(MerchantView):
    """`GET /api/v1/payments/`."""

    right = "payment.read"

    @extend_schema(
        operation_id="list_payments",
        parameters=schemas.parameters(PAYMENT_FILTERS),
        responses=schemas.page_of(schemas.PaymentRowSchema, "PaymentPage"),
    )
    def get(self, request: Request) -> Response:
        """List payments, newest first."""
        filters = read_payment_filters(request.query_params, only_stores=self.caller.stores)
        found = queries.list_payments(filters, cursor_of(request))
        return Response(serializers.paged(found, [serializers.payment_row(payment) for payment in found.rows]))


class PaymentDetailView(MerchantView):
    """`GET /api/v1/payments/{id}/`."""

    right = "payment.read"

    @extend_schema(operation_id="get_payment", responses=schemas.PaymentDetailSchema)
    def get(self, request: Request, payment_id: UUID) -> Response:
        """Show a payment with its operations and the timeline of its evidence."""
        story = queries.get_payment_story(payment_id)
        require_store(self.caller, story.payment.store_id)
        return Response(serializers.payment_detail(story))


class JournalListView(MerchantView):
    """`GET /api/v1/journal/`. The books are the whole merchant's, so a person of some stores does not see them."""

    right = "ledger.read"

    @extend_schema(
        operation_id="list_journals",
        parameters=schemas.parameters(JOURNAL_FILTERS),
        responses=schemas.page_of(schemas.JournalRowSchema, "JournalPage"),
    )
    def get(self, request: Request) -> Response:
        """List journals with their legs, newest first: debit positive, credit negative."""
        require_store(self.caller, None)
        found, postings = queries.list_journals(read_journal_filters(request.query_params), cursor_of(request))
        rows: list[dict[str, Any]] = [
            serializers.journal_row(journal, postings.get(journal.id, [])) for journal in found.rows
        ]
        return Response(serializers.paged(found, rows))
