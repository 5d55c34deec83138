"""Exports over REST: ask for a file and fetch it later, or take the rows as a stream at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.callers import Caller
from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.numbers import whole_number
from merchant.core.pagination import PAGE_SIZE
from merchant.core.rest import MerchantActView, MerchantView, RightMissing, require_store
from reports.exports import queries, services
from reports.exports.formats.base import ExportFormat
from reports.exports.formats.books import BookFormat
from reports.exports.formats.registry import format_of, rows_format_of
from reports.exports.models import SHAPES, ExportFile
from reports.exports.serializers import ExportInput, ExportSchema, export_row
from reports.exports.services import ExportOrder

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE = {(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, description="The file.")}


def require_export(caller: Caller, format_: ExportFormat | BookFormat) -> None:
    """
    Refuse a caller who may not read what the file holds.

    :raises RightMissing: without the right to read it.
    :raises NotFound: if the file is the whole merchant's and the caller sees some stores only.
    """
    if not caller.has_right(format_.right):
        raise RightMissing(right=format_.right)
    if format_.needs_all_stores:
        require_store(caller, None)


def order_of(caller: Caller, kind: str, filters: Mapping[str, str], *, shape: str = "csv") -> ExportOrder:
    """Return the order of a file that `caller` may read. See `require_export`. :raises Invalid: for an unknown shape."""
    format_ = format_of(kind)
    require_export(caller, format_)
    if shape not in SHAPES:
        raise Invalid(reason=_("a file is one of {known}").format(known=", ".join(SHAPES)))
    return ExportOrder(kind, filters, None if format_.needs_all_stores else caller.stores, shape)


def require_same_stores(caller: Caller, stores: list[str] | None) -> None:
    """Refuse a file of stores (None: all) that the caller does not all see. :raises NotFound: then."""
    if stores is None:
        require_store(caller, None)
    for store in stores or ():
        require_store(caller, UUID(store))


def _content_type(export: ExportFile, format_: ExportFormat | BookFormat) -> str:
    return XLSX if export.shape == "xlsx" else format_.content_type


def file_answer(caller: Caller, export_id: UUID) -> FileResponse:
    """Return the file of an export as a download, and note who takes it. :raises NotFound: until it is made, or for who may not see what it holds."""
    export = queries.get_export(export_id)
    format_ = format_of(export.kind)
    require_export(caller, format_)
    require_same_stores(caller, export.filters["stores"])
    path = services.record_download(export, now=business_now(caller.merchant_id))
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=export.name, content_type=_content_type(export, format_)
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


class ExportsView(MerchantActView):
    """`GET` and `POST /api/v1/exports/`."""

    right = {"GET": "export.create", "POST": "export.create"}

    @extend_schema(
        operation_id="list_exports",
        responses=inline_serializer(
            "ExportPage",
            {
                "results": ExportSchema(many=True),
                "older": fields.CharField(allow_null=True),
                "newer": fields.CharField(allow_null=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """List the files that were asked for, newest first."""
        params = request.query_params
        size = whole_number(params.get("size") or str(PAGE_SIZE))
        if size is None:
            raise Invalid(reason=_("`size` is a whole number"))
        found = queries.list_exports(after=params.get("after"), before=params.get("before"), size=size)
        return Response(
            {"results": [export_row(row) for row in found.rows], "older": found.older, "newer": found.newer}
        )

    @extend_schema(operation_id="create_export", request=ExportInput, responses={202: ExportSchema})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Ask for a file. It is made by a job: ask for it again until `status` is `done`."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Store the order of the file."""
        asked = ExportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        order = order_of(self.caller, wanted["kind"], wanted.get("filters", {}), shape=wanted["format"])
        export = services.request_export(order, now=business_now(self.caller.merchant_id))
        return json_answer(202, export_row(queries.get_row(export.id)))


class ExportView(MerchantView):
    """`GET /api/v1/exports/{id}/`."""

    right = "export.create"

    @extend_schema(operation_id="get_export", responses=ExportSchema)
    def get(self, request: Request, export_id: UUID) -> Response:
        """Show one file: how far it is, and its control totals when it is made."""
        return Response(export_row(queries.get_row(export_id)))


class ExportDownloadView(MerchantView):
    """`GET /api/v1/exports/{id}/download/`."""

    right = "export.create"

    @extend_schema(operation_id="download_export", responses=_FILE)
    def get(self, request: Request, export_id: UUID) -> FileResponse:
        """Take the file. 404 until it is made."""
        return file_answer(self.caller, export_id)


class ExportStreamView(MerchantView):
    """`GET /api/v1/exports/{kind}.csv?filters`."""

    right = "export.create"

    @extend_schema(operation_id="stream_export", responses=_FILE)
    def get(self, request: Request, kind: str) -> StreamingHttpResponse:
        """Take the rows of a list as a stream at once, with the list's own filters. Nothing is kept; make a file to have control totals."""
        rows_format_of(kind)
        order = order_of(self.caller, kind, {name: str(value) for name, value in request.query_params.items()})
        now = business_now(self.caller.merchant_id)
        stream = services.open_stream(order, with_totals=False)
        services.record_stream(order, now=now)
        answer = StreamingHttpResponse(iter(stream), content_type=CSV)
        answer["Content-Disposition"] = f'attachment; filename="{services.file_name(order, now)}"'
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "no-store"
        return answer
