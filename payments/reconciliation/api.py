"""The REST edge of reconciliation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
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
from payments.reconciliation import queries, serializers, services


class BankAccountsView(MerchantView):
    """The merchant's bank accounts."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return them all."""
        return Response(
            {"data": [serializers.bank_account_output(account) for account in queries.list_bank_accounts()]}
        )


class StatementsView(MerchantView):
    """Bank statements: list them, send one. The same bytes twice are one statement, so no Idempotency-Key is needed."""

    right = {"GET": "reconciliation.read", "POST": "settlement.import"}
    parser_classes = [MultiPartParser]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of statement files, newest first."""
        found = page(
            queries.list_statements(),
            after=request.query_params.get("after"),
            before=request.query_params.get("before"),
        )
        rows = [serializers.statement_output(file) for file in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})

    @extend_schema(request=serializers.StatementUploadInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Take a statement in. It is read by a job: 202, and `GET` shows its progress. 200 if it was here before."""
        wanted = serializers.StatementUploadInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        upload = wanted.validated_data["file"]
        with uploads.on_disk(upload) as path:
            outcome = services.receive_statement(
                path=path,
                account_id=wanted.validated_data["bank_account_id"],
                name=upload.name,
                now=business_now(self.caller.merchant_id),
            )
        document = serializers.statement_output(outcome.file)
        duplicate_of = str(outcome.duplicate_of) if outcome.duplicate_of else None
        return Response({**document, "duplicate_of": duplicate_of}, status=200 if duplicate_of else 202)


class StatementView(MerchantView):
    """One statement file."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return the file with the progress of its import."""
        file = queries.get_statement(statement_id)
        return Response(serializers.statement_output(file, job=Job.objects.filter(id=file.job_id).first()))


class StatementFetchView(MerchantActView):
    """Ask the bank behind a gateway account for its statements now instead of at its hour."""

    right = "settlement.import"

    @extend_schema(request=serializers.StatementFetchInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Put the fetching in the queue."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Put the fetching in the queue."""
        wanted = serializers.StatementFetchInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        job = services.request_fetch(account_id=wanted.validated_data["gateway_account_id"])
        return json_answer(202, {"job_id": str(job.id)})


class RunsView(MerchantActView):
    """Reconciliations: list them, ask for one."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.resolve"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of runs, newest first."""
        found = page(
            queries.list_runs(), after=request.query_params.get("after"), before=request.query_params.get("before")
        )
        rows = [serializers.run_output(job) for job in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Put a run in the queue."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Put a run in the queue."""
        return json_answer(202, serializers.run_output(services.request_run()))


class RunView(MerchantView):
    """One run."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the run with its progress or its result."""
        return Response(serializers.run_output(queries.get_run(run_id)))


class ExceptionsView(MerchantView):
    """What does not agree."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of exceptions, newest first; `status` (open unless given, or `any`) and `kind` narrow it."""
        status = request.query_params.get("status", "open")
        rows = queries.list_exceptions(
            status=None if status == "any" else status, kind=request.query_params.get("kind")
        )
        found = page(rows, after=request.query_params.get("after"), before=request.query_params.get("before"))
        data = [serializers.exception_output(row) for row in found.rows]
        return Response({"data": data, "older": found.older, "newer": found.newer})


class ExceptionView(MerchantView):
    """One exception."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, exception_id: UUID) -> Response:
        """Return the exception."""
        return Response(serializers.exception_output(queries.get_exception(exception_id)))


class ExceptionResolveView(MerchantActView):
    """Close an exception by hand."""

    right = "reconciliation.resolve"

    @extend_schema(request=serializers.ResolveInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Close it with a note; `write_off` books its amount as a loss or gain."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Close it."""
        wanted = serializers.ResolveInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        resolved = services.resolve_exception(
            exception_id=kwargs["exception_id"],
            note=wanted.validated_data["note"],
            writes_off=wanted.validated_data["write_off"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, serializers.exception_output(resolved))
