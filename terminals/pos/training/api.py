"""What was practised, over REST."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.callers import RegisterFacts
from merchant.core.errors import NotFound
from merchant.core.rest import MerchantView
from orders.documents.api import answer as file_answer
from terminals.pos.training import papers, practice, services


class TrainingMixin(MerchantView):
    """Only the tablet at whose register it was practised sees it, also after the training has ended."""

    right = "sale.create"

    @property
    def register(self) -> RegisterFacts:
        """The calling tablet's register. :raises NotFound: for any other caller."""
        if self.caller.register is None:
            raise NotFound()
        return self.caller.register


class TrainingSaleView(TrainingMixin):
    """`GET /api/v1/till/training/{id}/`."""

    @extend_schema(operation_id="get_training_sale", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, sale_id: UUID) -> Response:
        """Show a practised order."""
        return Response(practice.order_document(self.register, services.get(self.register, sale_id)))


class TrainingReceiptView(TrainingMixin):
    """`GET /api/v1/till/training/{id}/receipt.html`, `.pdf` or `.escpos`."""

    @extend_schema(
        responses={
            (200, kind): OpenApiResponse(OpenApiTypes.BINARY)
            for kind in ("text/html", "application/pdf", "application/vnd.escpos")
        },
    )
    def get(self, request: Request, sale_id: UUID, format_: str) -> HttpResponse:
        """Show its paper, marked across as training."""
        return file_answer(papers.render(services.get(self.register, sale_id), self.register, format_=format_))
