"""The REST edge of settlement."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers as rest
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core import uploads
from merchant.core.clock import business_now
from merchant.core.idempotency import services as idempotency
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.jobs.models import Job
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView
from payments.settlement import queries, serializers, services
from payments.settlement.models import Payout, ReportFile, SettlementLine


class ReceivedFilesView(MerchantListView):
    """
    Files of a kind: list them, send one. The same bytes twice are one file, so an Idempotency-Key is not needed; with one, the first answer comes again.

    Subclasses name `upload_input` and write `receive`, besides what a list needs.
    """

    right = {"GET": "settlement.read", "POST": "settlement.import"}
    parser_classes = [MultiPartParser]
    upload_input: ClassVar[type[rest.Serializer[Any]]]

    def post(self, request: Request) -> HttpResponse:
        """Take a file in. It is read by a job: 202, and `GET` shows its progress. 200 if it was here before."""
        wanted = self.upload_input(data=request.data)
        wanted.is_valid(raise_exception=True)
        upload = wanted.validated_data["file"]
        with uploads.on_disk(upload) as path:
            answer = self._answer(request, path, wanted.validated_data)
        response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
        if answer.is_replayed:
            response["Idempotency-Replayed"] = "true"
        return response

    def _answer(self, request: Request, path: Path, wanted: dict[str, Any]) -> Answer:
        name = wanted["file"].name

        def act() -> Answer:
            file, duplicate_of = self.receive(path=path, name=name, wanted=wanted)
            document = {
                **self.output(file),
                "duplicate_of": str(duplicate_of) if duplicate_of else None,
                **self.more(),
            }
            return json_answer(200 if duplicate_of else 202, document)

        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return act()
        # The bytes are what was sent, not the name of the file they came in.
        with path.open("rb") as stream:
            sent = {**{field: str(value) for field, value in wanted.items() if field != "file"},
                    "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}  # fmt: skip
        match = request.resolver_match
        return idempotency.answer_once(
            route=match.view_name if match else request.path,
            key=key,
            request_print=idempotency.fingerprint("POST", request.path, sent),
            act=act,
        )

    def more(self) -> dict[str, Any]:
        """What else is said of the file that was just kept. Defaults to nothing."""
        return {}

    def receive(self, *, path: Path, name: str, wanted: dict[str, Any]) -> tuple[Any, UUID | None]:
        """Keep the file; return it and, if it was here before, the id of that import."""
        raise NotImplementedError


class FetchView(MerchantActView):
    """Ask for files now instead of at their hour. Subclasses name `request_fetch`."""

    right = "settlement.import"
    request_fetch: ClassVar[Callable[..., Job]]

    @extend_schema(request=serializers.FetchInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Put the fetching in the queue."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Put the fetching in the queue."""
        wanted = serializers.FetchInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        job = self.request_fetch(account_id=wanted.validated_data["gateway_account_id"])
        return json_answer(202, {"job_id": str(job.id)})


@extend_schema_view(
    post=extend_schema(request=serializers.ReportUploadInput, responses={202: OpenApiTypes.OBJECT}),
)
class ReportsView(ReceivedFilesView):
    """A processor's reports: list them, send one. The same bytes twice are one report, so no Idempotency-Key is needed."""

    upload_input = serializers.ReportUploadInput

    def rows(self) -> QuerySet[ReportFile]:
        """Return every report."""
        return queries.list_reports()

    def output(self, row: ReportFile) -> dict[str, Any]:
        """Return a report as it is shown."""
        return serializers.report_output(row)

    def receive(self, *, path: Path, name: str, wanted: dict[str, Any]) -> tuple[ReportFile, UUID | None]:
        """Keep the report."""
        now = business_now(self.caller.merchant_id)
        outcome = services.receive_report(path=path, account_id=wanted["gateway_account_id"], name=name, now=now)
        return outcome.report, outcome.duplicate_of


class ReportView(MerchantView):
    """One report with the progress of its import."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report_id: UUID) -> Response:
        """Return the report."""
        report = queries.get_report(report_id)
        return Response(serializers.report_output(report, job=Job.objects.filter(id=report.job_id).first()))


class ReportChangesView(MerchantView):
    """The rows a report brought with other amounts than an earlier one, in the order of the file."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report_id: UUID) -> Response:
        """Return what was and what is, row by row; and the reports that later changed rows of this one."""
        report = queries.get_report(report_id)
        changes = [serializers.change_output(row) for row in queries.list_changes(report.id)]
        later = [
            {"report_id": str(row["report_id"]), "rows_changed": row["number"]}
            for row in queries.list_changed_by(report.id)
        ]
        return Response({"data": changes, "changed_by": later, "gone": report.rows_gone.get("rows", [])})


class ReportLinesView(MerchantListView):
    """The lines of one report, last one first."""

    right = "settlement.read"

    def rows(self) -> QuerySet[SettlementLine]:
        """Return the lines."""
        report = queries.get_report(self.kwargs["report_id"])
        return queries.list_lines(report.id).order_by()

    def output(self, row: SettlementLine) -> dict[str, Any]:
        """Return a line as it is shown."""
        return serializers.line_output(row)


class ReportFetchView(FetchView):
    """Ask the processor for its reports now instead of at its hour."""

    request_fetch = staticmethod(services.request_fetch)


class PayoutsView(MerchantListView):
    """What processors say they sent to the bank."""

    right = "settlement.read"

    def rows(self) -> QuerySet[Payout]:
        """Return every payout."""
        return queries.list_payouts()

    def output(self, row: Payout) -> dict[str, Any]:
        """Return a payout as it is shown."""
        return serializers.payout_output(row)


class PayoutView(MerchantView):
    """One payout."""

    right = "settlement.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, payout_id: UUID) -> Response:
        """Return the payout."""
        return Response(serializers.payout_output(queries.get_payout(payout_id)))
