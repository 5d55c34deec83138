"""Documents over REST: what is on them, and as a page, a PDF or bytes for a printer."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import segno
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.numbers import whole_number
from merchant.core.rest import MerchantActView, MerchantView, require_store
from orders.documents import paper, prints, queries
from orders.documents.models import Document
from orders.documents.render import FORMATS, Rendered, render
from orders.documents.serializers import DocumentSchema, document_detail

_TRUE = ("1", "true", "yes")


class PaperNamesBuyer(AppError):
    """The paper shows a buyer whom the caller sees masked."""

    code = "paper_names_buyer"
    status = 403
    detail = "This paper names its buyer, whom you see masked."
    next_step = "Ask somebody who sees customers in full to send it again."


class ReceiptView(MerchantView):
    """`GET /api/v1/receipts/{id}/`."""

    right = "order.read"

    @extend_schema(operation_id="get_receipt", responses=DocumentSchema)
    def get(self, request: Request, document_id: UUID) -> Response:
        """Show what is on a document, and where it can be read."""
        document = document_of(self, document_id)
        shown = document_detail(document, link=paper.link_of(document))
        if self.caller.is_masked and names_its_buyer(document):
            shown |= {"link": "", "content": {**document.content, "buyer": {}}}
        return Response(shown)


class ReceiptFileView(MerchantView):
    """`GET /api/v1/receipts/{id}/receipt.html`, `.pdf` or `.escpos`."""

    right = "order.read"

    @extend_schema(
        parameters=[
            OpenApiParameter("copy", OpenApiTypes.BOOL, description="Mark the paper as a copy."),
            OpenApiParameter("print", OpenApiTypes.INT, description="The number of a print that was asked for."),
            OpenApiParameter("gift", OpenApiTypes.BOOL, description="A gift receipt, without prices."),
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
        document = document_of(self, document_id)
        if self.caller.is_masked and names_its_buyer(document):
            raise PaperNamesBuyer()
        is_gift = params.get("gift", "").lower() in _TRUE
        rendered = render(
            document,
            format_=format_,
            is_copy=params.get("copy", "").lower() in _TRUE,
            is_a4=params.get("paper", "").lower() == "a4" or document.kind in ("invoice", "credit_note"),
            copy_number=0 if is_gift else _copy_number(document, params.get("print", ""), format_),
            is_gift=is_gift,
        )
        return answer(rendered)


class ReceiptQrView(MerchantView):
    """`GET /api/v1/receipts/{id}/qr.svg`."""

    right = "order.read"

    @extend_schema(responses={(200, "image/svg+xml"): OpenApiResponse(OpenApiTypes.BINARY)})
    def get(self, request: Request, document_id: UUID) -> HttpResponse:
        """Draw the customer's link to a document as a QR code: a phone scans it off the till's screen and keeps the paper."""
        drawn = io.BytesIO()
        link = paper.link_of(document_of(self, document_id))
        segno.make(link, error="m", micro=False).save(drawn, kind="svg", scale=8, border=4)
        response = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
        response["Cache-Control"] = "private, no-store"
        return response


class PrintInput(fields.Serializer[Any]):
    """What is printed: the receipt, or a gift receipt without prices."""

    gift = fields.BooleanField(default=False)


class ReceiptPrintsView(MerchantActView):
    """`POST /api/v1/receipts/{id}/prints/`."""

    right = "order.create"

    @extend_schema(
        request=PrintInput, responses={201: OpenApiResponse(description="Which print it is, and its bytes.")}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Print a document: the first print is the original, every later one says COPY and counts."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Note the print, say where its bytes are."""
        document = document_of(self, kwargs["document_id"])
        given = PrintInput(data=request.data)
        given.is_valid(raise_exception=True)
        is_gift = given.validated_data["gift"]
        made = prints.note_print(document_id=document.id, is_gift=is_gift, now=business_now(self.caller.merchant_id))
        query = "gift=1" if is_gift else f"print={made.number}"
        files = {name: f"/api/v1/receipts/{document.id}/receipt.{name}?{query}" for name in FORMATS}
        copy = 0 if is_gift else made.number - 1
        return json_answer(201, {"number": made.number, "copy": copy, "gift": is_gift, "files": files})


def _copy_number(document: Document, asked: str, format_: str) -> int:
    """Which copy a paper is. Bytes for a printer that nobody asked a print for are no second original."""
    number = whole_number(asked)
    if asked and number is None:
        raise Invalid(reason=_("print is the number of a print"))
    return prints.copy_number(document, print_number=number, is_original_spent=format_ == "escpos")


def answer(rendered: Rendered) -> HttpResponse:
    """Return a file as an answer that nobody stores on the way."""
    response = HttpResponse(rendered.body, content_type=rendered.content_type)
    response["Content-Disposition"] = f'inline; filename="{rendered.name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def names_its_buyer(document: Document) -> bool:
    """Say whether a name and an address stand on a document."""
    return document.kind in ("invoice", "credit_note")


def document_of(view: Any, document_id: UUID) -> Document:
    """Return a paper that the view's caller sees. :raises NotFound: for one of a store it does not see."""
    document = queries.get_document(document_id)
    require_store(view.caller, queries.store_id_of(document))
    return document
