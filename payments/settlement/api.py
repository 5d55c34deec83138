"""The REST edge of settlement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core import uploads
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.jobs.models import Job
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView
from payments.settlement import queries, serializers, services


class ReportsView(MerchantView):
    """A processor's reports: list them, send one. The same bytes twice are one report, so no Idempotency-Key is needed."""

    right = {"GET": "settlement.read", "POST": "settlement.import"}
    parser_classes = [MultiPartParser]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of reports, newest first."""
        found = page(
            queries.list_reports(), after=request.query_params.get("after"), before=request.query_params.get("before")
        )
        rows = [serializers.report_output(report) for report in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})

    @extend_schema(request=serializers.ReportUploadInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Take a report in. It is read by a job: 202, and `GET` shows its progress. 200 if it was here before."""
        wanted = serializers.ReportUploadInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        upload = wanted.validated_data["file"]
        with uploads.on_disk(upload) as path:
            outcome = services.receive_report(
                path=path,
                account_id=wanted.validated_data["gateway_account_id"],
                name=upload.name,
                now=business_now(self.caller.merchant_id),
            )
        document = serializers.report_output(outcome.report)
        duplicate_of = str(outcome.duplicate_of) if outcome.duplicate_of else None
        return Response({**document, "duplicate_of": duplicate_of}, status=200 if duplicate_of else 202)


class ReportView(MerchantView):
    """One report with the progress of its import."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report_id: UUID) -> Response:
        """Return the report."""
        report = queries.get_report(report_id)
        return Response(serializers.report_output(report, job=Job.objects.filter(id=report.job_id).first()))


class ReportLinesView(MerchantView):
    """The lines of one report."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report_id: UUID) -> Response:
        """Return a page of lines, last one first."""
        queries.get_report(report_id)
        found = page(
            queries.list_lines(report_id).order_by(),
            after=request.query_params.get("after"),
            before=request.query_params.get("before"),
        )
        rows = [serializers.line_output(line) for line in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})


class ReportFetchView(MerchantActView):
    """Ask the processor for its reports now instead of at its hour."""

    right = "settlement.import"

    @extend_schema(request=serializers.ReportFetchInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Put the fetching in the queue."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Put the fetching in the queue."""
        wanted = serializers.ReportFetchInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        job = services.request_fetch(account_id=wanted.validated_data["gateway_account_id"])
        return json_answer(202, {"job_id": str(job.id)})


class PayoutsView(MerchantView):
    """What processors say they sent to the bank."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of payouts, newest first."""
        found = page(
            queries.list_payouts(), after=request.query_params.get("after"), before=request.query_params.get("before")
        )
        rows = [serializers.payout_output(payout) for payout in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})


class PayoutView(MerchantView):
    """One payout."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, payout_id: UUID) -> Response:
        """Return the payout."""
        return Response(serializers.payout_output(queries.get_payout(payout_id)))
