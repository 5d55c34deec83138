"""The REST edge of column mappings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView
from payments.reconciliation.imports import mapping_services
from payments.reconciliation.imports.mapping_serializers import MappingInput, mapping_output
from payments.settlement import mapping_queries
from payments.settlement.models import ColumnMapping


class MappingsView(MerchantListView, MerchantActView):
    """Column mappings: how files in columns nobody has a format for are read. Every version is kept; files keep the one they were read by."""

    right = {"GET": "settlement.read", "POST": "settlement.import"}

    def rows(self) -> QuerySet[ColumnMapping]:
        """Return every version."""
        return mapping_queries.list_mappings()

    def output(self, row: ColumnMapping) -> dict[str, Any]:
        """Return a version as it is shown."""
        return mapping_output(row)

    @extend_schema(request=MappingInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Save a mapping, or a new version of one."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Save it."""
        wanted = MappingInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        told = wanted.validated_data
        mapping = mapping_services.save_mapping(
            name=told["name"], document=told["spec"], header=told["header"], account_id=told["account_id"],
            now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        return json_answer(201, mapping_output(mapping))


class MappingView(MerchantView):
    """One version of a column mapping."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, mapping_id: UUID) -> Response:
        """Return the version."""
        return Response(mapping_output(mapping_queries.get_mapping(mapping_id)))
