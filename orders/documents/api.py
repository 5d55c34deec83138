"""Documents over REST: what is on them, and as a page, a PDF or bytes for a printer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.rest import MerchantView, require_store
from orders.documents import paper, queries
from orders.documents.models import Document
from orders.documents.render import Rendered, render
from orders.documents.serializers import DocumentSchema, document_detail

_TRUE = ("1", "true", "yes")


class ReceiptView(MerchantView):
    """`GET /api/v1/receipts/{id}/`."""

    right = "order.read"

    @extend_schema(operation_id="get_receipt", responses=DocumentSchema)
    def get(self, request: Request, document_id: UUID) -> Response:
        """Show what is on a document, and where it can be read."""
        document = _document_of(self, document_id)
        return Response(document_detail(document, link=paper.link_of(document)))


class ReceiptFileView(MerchantView):
    """`GET /api/v1/receipts/{id}/receipt.html`, `.pdf` or `.escpos`."""

    right = "order.read"

    @extend_schema(
        parameters=[
            OpenApiParameter("copy", OpenApiTypes.BOOL, description="Mark the paper as a copy."),
            OpenApiParameter("paper", OpenApiTypes.STR, enum=["80mm", "a4"], description="The size of a PDF."),
        ],
        responses={
            (200, kind): OpenApiResponse(OpenApiTypes.BINARY)
            for kind in ("text/html", "application/pdf", "application/vnd.escpos")
        },
    )
    def get(self, request: Request, document_id: UUID, format_: str) -> HttpResponse:
        """Show a document as a page, a PDF or bytes for a receipt printer."""
        params = request.query_params
        document = _document_of(self, document_id)
        rendered = render(
            document,
            format_=format_,
            is_copy=params.get("copy", "").lower() in _TRUE,
            is_a4=params.get("paper", "").lower() == "a4",
        )
        return answer(rendered)


def answer(rendered: Rendered) -> HttpResponse:
    """Return a file as an answer that nobody stores on the way."""
    response = HttpResponse(rendered.body, content_type=rendered.content_type)
    response["Content-Disposition"] = f'inline; filename="{rendered.name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _document_of(view: Any, document_id: UUID) -> Document:
    document = queries.get_document(document_id)
    require_store(view.caller, queries.store_id_of(document))
    return document
