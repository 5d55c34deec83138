"""REST: customers over all channels, what they agreed to, and what the law lets them ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.customers import queries as customers
from merchant.customers import services
from merchant.customers.queries import CUSTOMER_FILTERS
from reports.customer_service import queries, serializers
from reports.customer_service.holdings import holdings_of
from reports.customer_service.queries import Standing
from reports.search.api import cursor_of
from reports.search.schemas import parameters
from reports.search.serializers import paged


class CustomersView(MerchantView):
    """`GET /api/v1/customers/`."""

    right = "customer.read"

    @extend_schema(parameters=parameters(CUSTOMER_FILTERS), responses=serializers.CustomerPageOutput)
    def get(self, request: Request) -> Response:
        """List customers, newest first, or with `sort=name` by name. Who sees them masked finds them by whole names, addresses and numbers only."""
        is_masked = self.caller.is_masked
        filters = customers.read_filters(request.query_params, is_exact=is_masked)
        found = queries.list_customers(filters, cursor_of(request))
        known = queries.standings([row.id for row in found.rows], stores=self.caller.stores)
        rows = [
            serializers.customer_output(row, known.get(row.id, Standing()), is_masked=is_masked) for row in found.rows
        ]
        return Response(paged(found, rows))


class CustomerView(MerchantView):
    """`/api/v1/customers/{id}/`."""

    right: ClassVar[Mapping[str, str]] = {"GET": "customer.read", "PATCH": "customer.manage"}

    @extend_schema(responses=serializers.CustomerDetailOutput)
    def get(self, request: Request, customer_id: UUID) -> Response:
        """Show a customer with the latest orders and payments, and what they agreed to."""
        return Response(self._detail(customer_id))

    @extend_schema(request=serializers.ChangeCustomerInput, responses=serializers.CustomerDetailOutput)
    def patch(self, request: Request, customer_id: UUID) -> Response:
        """Change name, address or number. Orders and papers keep what stood on them."""
        given = serializers.ChangeCustomerInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.change_customer(customer_id=customer_id, **given.validated_data, now=machine_now())
        return Response(self._detail(customer_id))

    def _detail(self, customer_id: UUID) -> dict[str, Any]:
        story = queries.get_story(customers.get_customer(customer_id), stores=self.caller.stores)
        return serializers.customer_detail(story, is_masked=self.caller.is_masked)


class RevealView(MerchantView):
    """A customer in full for somebody who sees them masked. Its answer is not kept for replays: every look is written down."""

    right = "customer.reveal"

    @extend_schema(request=serializers.RevealInput, responses={201: serializers.CustomerOutput})
    def post(self, request: Request, customer_id: UUID) -> Response:
        """Show the customer and write down who looked and why."""
        given = serializers.RevealInput(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        customer = services.reveal_customer(customer_id=customer_id, reason=reason, now=machine_now())
        standing = queries.standings([customer.id], stores=self.caller.stores).get(customer.id, Standing())
        return Response(serializers.customer_output(customer, standing, is_masked=False), status=201)


class ConsentsView(MerchantActView):
    """What a customer said to a purpose."""

    right = "customer.manage"

    @extend_schema(request=serializers.PurposeInput, responses={201: serializers.ConsentOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Write down a yes or a no. The newest of a purpose holds."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Store it."""
        given = serializers.PurposeInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.record_consent(customer_id=kwargs["customer_id"], **given.validated_data, now=machine_now())
        return json_answer(201, serializers.consent_output(made))


class MergesView(MerchantActView):
    """Two records of one person become one."""

    right = "customer.manage"

    @extend_schema(request=serializers.MergeInput, responses={201: serializers.CustomerOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give this customer everything of `other_id`. Orders and papers stay as they are; it cannot be undone."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Join them."""
        require_store(self.caller, None)
        given = serializers.MergeInput(data=request.data)
        given.is_valid(raise_exception=True)
        other_id = given.validated_data["other_id"]
        kept = services.merge_customers(keep_id=kwargs["customer_id"], other_id=other_id, now=machine_now())
        standing = queries.standings([kept.id], stores=None).get(kept.id, Standing())
        return json_answer(201, serializers.customer_output(kept, standing, is_masked=False))


class HoldingsView(MerchantView):
    """What is held about a person, for them to take along. Its answer is not kept for replays: it would be held twice."""

    right = "customer.manage"

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, customer_id: UUID) -> Response:
        """Return everything about the customer, and write down that it was handed out."""
        require_store(self.caller, None)
        customer = customers.get_customer(customer_id)
        audit.record("customer.holdings_exported", subject=f"customer:{customer.id}", now=machine_now())
        return Response(holdings_of(customer), status=201)


class ErasuresView(MerchantActView):
    """A person is forgotten, as far as the law lets a merchant forget."""

    right = "customer.manage"

    @extend_schema(request=None, responses={201: serializers.ErasureOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Erase name, addresses and numbers everywhere; receipts, invoices, amounts and the audit log stay. Refused while an order or a dispute is open."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Erase them."""
        require_store(self.caller, None)
        cleaned = services.erase_customer(customer_id=kwargs["customer_id"], now=machine_now())
        return json_answer(201, {"customer_id": str(kwargs["customer_id"]), "cleaned": dict(cleaned)})
