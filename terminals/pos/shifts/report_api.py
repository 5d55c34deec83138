"""X and Z over REST: what is on them, and as a page, a PDF or bytes for a printer."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.callers import Caller
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.rest import MerchantView, require_store
from orders.documents.api import answer as file_answer
from terminals.pos.shifts import drawer, figures, papers, queries, serializers
from terminals.pos.shifts.accepting import ACCEPTS
from terminals.pos.shifts.api import own_shift, page_of
from terminals.pos.shifts.models import Closing, Shift
from terminals.pos.shifts.serializers import ClosingOutput

_FILES = {
    (200, kind): OpenApiResponse(OpenApiTypes.BINARY)
    for kind in ("text/html", "application/pdf", "application/vnd.escpos")
}
_PAPER = [OpenApiParameter("paper", OpenApiTypes.STR, enum=["80mm", "a4"], description="The size of a PDF.")]


class CountIsBlind(AppError):
    """Who counts this drawer is not told beforehand what should be in it."""

    code = "count_is_blind"
    status = 403
    detail = "This drawer is counted blind; its X is for whoever accepts differences."
    next_step = "Count first: the answer says what was expected. A manager may read the X."


class XReportView(MerchantView):
    """`GET /api/v1/shifts/{id}/x-report/`."""

    right = "shift.read"

    @extend_schema(operation_id="get_x_report", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, shift_id: UUID) -> Response:
        """Add up what happened at the shift's register since the last Z. Changes nothing."""
        shift = open_shift_with_x(self.caller, shift_id)
        found = figures.take_figures(figures.span_of(shift.register_id))
        return Response(serializers.x_output(found, currency=shift.currency))


class XReportFileView(MerchantView):
    """`GET /api/v1/shifts/{id}/x.html`, `.pdf` or `.escpos`."""

    right = "shift.read"

    @extend_schema(parameters=_PAPER, responses=_FILES)
    def get(self, request: Request, shift_id: UUID, format_: str) -> HttpResponse:
        """Show the X as a page, a PDF or bytes for a receipt printer."""
        shift = open_shift_with_x(self.caller, shift_id)
        merchant = self.caller.merchant
        rendered = papers.render_figures(
            figures.take_figures(figures.span_of(shift.register_id)),
            shift,
            merchant=merchant.name,
            locale=merchant.locale,
            now=business_now(merchant.id),
            format_=format_,
            is_a4=request.query_params.get("paper") == "a4",
        )
        return file_answer(rendered)


class ClosingsView(MerchantView):
    """`GET /api/v1/closings/`."""

    right = "shift.read"

    @extend_schema(operation_id="list_closings", responses=serializers.ClosingPage)
    def get(self, request: Request) -> Response:
        """List Zs, newest first, by store, register, number and business days."""
        params = request.query_params.dict()
        rows = queries.find_closings(queries.read_filters(params, only_stores=self.caller.stores))
        return Response(page_of(rows, params, ClosingOutput))


class ClosingView(MerchantView):
    """`GET /api/v1/closings/{id}/`."""

    right = "shift.read"

    @extend_schema(operation_id="get_closing", responses=ClosingOutput)
    def get(self, request: Request, closing_id: UUID) -> Response:
        """Show a Z."""
        return Response(ClosingOutput(own_closing(self.caller, closing_id)).data)


class ClosingFileView(MerchantView):
    """`GET /api/v1/closings/{id}/z.html`, `.pdf` or `.escpos`."""

    right = "shift.read"

    @extend_schema(parameters=_PAPER, responses=_FILES)
    def get(self, request: Request, closing_id: UUID, format_: str) -> HttpResponse:
        """Show a Z as a page, a PDF or bytes for a receipt printer."""
        closing = own_closing(self.caller, closing_id)
        return file_answer(
            papers.render_closing(closing, format_=format_, is_a4=request.query_params.get("paper") == "a4")
        )


def open_shift_with_x(caller: Caller, shift_id: UUID) -> Shift:
    """
    Return an open shift whose X the caller may read.

    :raises CountIsBlind: if the drawer is counted blind and the caller may not accept differences.
    """
    shift = own_shift(caller, shift_id)
    if shift.status != "open":
        raise drawer.ShiftNotOpen(status=shift.status)
    if queries.drawer_of(shift.register_id).is_blind and not caller.has_right(ACCEPTS):
        raise CountIsBlind()
    return shift


def own_closing(caller: Caller, closing_id: UUID) -> Closing:
    """Return a Z of a store the caller may see. :raises NotFound: for others."""
    closing = queries.get_closing(closing_id)
    require_store(caller, closing.store_id)
    return closing
