"""X and Z over REST: what is on them, and as a page, a PDF or bytes for a printer."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core.callers import Caller
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid
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
_APPROVAL = OpenApiParameter(
    "approval_id",
    OpenApiTypes.UUID,
    description="Of a drawer that is counted blind: a manager's approval of one look, which a till brings.",
)
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

    @extend_schema(operation_id="get_x_report", parameters=[_APPROVAL], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, shift_id: UUID) -> Response:
        """Add up what happened at the shift's register since the last Z. Changes nothing."""
        shift = open_shift_with_x(self.caller, shift_id, approval_id=approval_of(request))
        found = figures.take_figures(figures.span_of(shift.register_id))
        return Response(serializers.x_output(found, currency=shift.currency))


class XReportFileView(MerchantView):
    """`GET /api/v1/shifts/{id}/x.html`, `.pdf` or `.escpos`."""

    right = "shift.read"

    @extend_schema(parameters=[*_PAPER, _APPROVAL], responses=_FILES)
    def get(self, request: Request, shift_id: UUID, format_: str) -> HttpResponse:
        """Show the X as a page, a PDF or bytes for a receipt printer."""
        shift = open_shift_with_x(self.caller, shift_id, approval_id=approval_of(request))
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


def approval_of(request: Request) -> UUID | None:
    """Return the approval a request brings, None for none. :raises Invalid: for what is no id."""
    written = request.query_params.get("approval_id", "")
    try:
        return UUID(written) if written else None
    except ValueError:
        raise Invalid(reason=_("approval_id is no id")) from None


@transaction.atomic
def open_shift_with_x(caller: Caller, shift_id: UUID, *, approval_id: UUID | None = None) -> Shift:
    """
    Return an open shift whose X the caller may read.

    Of a drawer that is counted blind a till shows it by the approval of somebody who may accept differences; one look uses it up.

    :raises ApprovalNeeded: if a till brings none that fits; it says who may give it.
    :raises CountIsBlind: if the drawer is counted blind and anybody else may not accept differences.
    """
    shift = own_shift(caller, shift_id)
    if shift.status != "open":
        raise drawer.ShiftNotOpen(status=shift.status)
    if queries.drawer_of(shift.register_id).is_blind and not caller.has_right(ACCEPTS):
        if caller.kind != "register":
            raise CountIsBlind()
        wish = Wish(ACCEPTS, f"x_report:{shift.id}", "", None, shift.store_id)
        approvals.use_approval(approval_id=approval_id, wish=wish)
    return shift


def own_closing(caller: Caller, closing_id: UUID) -> Closing:
    """Return a Z of a store the caller may see. :raises NotFound: for others."""
    closing = queries.get_closing(closing_id)
    require_store(caller, closing.store_id)
    return closing
