"""The REST edge of reconciliation."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.jobs.models import Job
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView
from payments.reconciliation import queries, serializers, services
from payments.reconciliation.models import Deviation, StatementFile
from payments.settlement.api import FetchView, ReceivedFilesView


class BankAccountsView(MerchantView):
    """The merchant's bank accounts."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return them all."""
        return Response(
            {"data": [serializers.bank_account_output(account) for account in queries.list_bank_accounts()]}
        )


@extend_schema_view(
    post=extend_schema(request=serializers.StatementUploadInput, responses={202: OpenApiTypes.OBJECT}),
)
class StatementsView(ReceivedFilesView):
    """Bank statements: list them, send one. The same bytes twice are one statement, so no Idempotency-Key is needed."""

    right = {"GET": "reconciliation.read", "POST": "settlement.import"}
    upload_input = serializers.StatementUploadInput

    def rows(self) -> QuerySet[StatementFile]:
        """Return every statement file."""
        return queries.list_statements()

    def output(self, row: StatementFile) -> dict[str, Any]:
        """Return a statement file as it is shown."""
        return serializers.statement_output(row)

    def receive(self, *, path: Path, name: str, wanted: dict[str, Any]) -> tuple[StatementFile, UUID | None]:
        """Keep the statement."""
        now = business_now(self.caller.merchant_id)
        outcome = services.receive_statement(path=path, account_id=wanted["bank_account_id"], name=name, now=now)
        return outcome.file, outcome.duplicate_of


class StatementView(MerchantView):
    """One statement file."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return the file with the progress of its import."""
        file = queries.get_statement(statement_id)
        return Response(serializers.statement_output(file, job=Job.objects.filter(id=file.job_id).first()))


class StatementFetchView(FetchView):
    """Ask the bank behind a gateway account for its statements now instead of at its hour."""

    request_fetch = staticmethod(services.request_fetch)


class RunsView(MerchantListView, MerchantActView):
    """Reconciliations: list them, ask for one."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.resolve"}

    def rows(self) -> QuerySet[Job]:
        """Return every run."""
        return queries.list_runs()

    def output(self, row: Job) -> dict[str, Any]:
        """Return a run as it is shown."""
        return serializers.run_output(row)

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


class ExceptionsView(MerchantListView):
    """What does not agree; `status` (open unless given, or `any`) and `kind` narrow it."""

    right = "reconciliation.read"

    def rows(self) -> QuerySet[Deviation]:
        """Return the exceptions asked for."""
        status = self.request.query_params.get("status", "open")
        return queries.list_exceptions(
            status=None if status == "any" else status, kind=self.request.query_params.get("kind")
        )

    def output(self, row: Deviation) -> dict[str, Any]:
        """Return an exception as it is shown."""
        return serializers.exception_output(row)


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
