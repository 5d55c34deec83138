"""The REST edge of reconciliation."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.jobs.models import Job
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView
from payments.reconciliation import queries, serializers, services
from payments.reconciliation.formats.unpacking import LeftOut
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import account_services, completing
from payments.reconciliation.statements import services as statement_services
from payments.reconciliation.statements.problems import problem_words
from payments.reconciliation.statements.raw_files import raw_file
from payments.reconciliation.workbench import comparison
from payments.settlement import queries as settlement
from payments.settlement.api import FetchView, ReceivedFilesView


class BankAccountsView(MerchantActView):
    """The merchant's bank accounts."""

    right = {"GET": "reconciliation.read", "POST": "gateway.manage"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return them all."""
        return Response(
            {"data": [serializers.bank_account_output(account) for account in queries.list_bank_accounts()]}
        )

    @extend_schema(request=serializers.BankAccountInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add a bank account, so that its statements are taken in."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Add it."""
        wanted = serializers.BankAccountInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        account = account_services.open_bank_account(**wanted.validated_data, now=business_now(self.caller.merchant_id))
        return json_answer(201, serializers.bank_account_output(account))


class ReportAccountsView(MerchantActView):
    """Accounts at processors, all whose reports can be taken in."""

    right = {"GET": "settlement.read", "POST": "gateway.manage"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return them all."""
        return Response(
            {"data": [serializers.report_account_output(account) for account in queries.list_report_accounts()]}
        )

    @extend_schema(request=serializers.ReportAccountInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add an account at a processor that is known by its reports; no payment is ever sent there."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Add it."""
        wanted = serializers.ReportAccountInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        account = account_services.open_report_account(
            **wanted.validated_data, now=business_now(self.caller.merchant_id)
        )
        return json_answer(201, serializers.report_account_output(account))


@extend_schema_view(
    post=extend_schema(request=serializers.StatementUploadInput, responses={202: OpenApiTypes.OBJECT}),
)
class StatementsView(ReceivedFilesView):
    """Bank statements: list them, send one. The same bytes twice are one statement, so no Idempotency-Key is needed."""

    right = {"GET": "reconciliation.read", "POST": "settlement.import"}
    upload_input = serializers.StatementUploadInput
    left_out: tuple[LeftOut, ...] = ()

    def rows(self) -> QuerySet[StatementFile]:
        """Return every statement file."""
        return queries.list_statements()

    def output(self, row: StatementFile) -> dict[str, Any]:
        """Return a statement file as it is shown."""
        return serializers.statement_output(row)

    def receive(self, *, path: Path, name: str, wanted: dict[str, Any]) -> tuple[StatementFile, UUID | None]:
        """Keep the statement."""
        now = business_now(self.caller.merchant_id)
        outcome = statement_services.receive_statement(
            path=path, account_id=wanted["bank_account_id"], name=name, now=now
        )
        self.left_out = outcome.left_out
        return outcome.file, outcome.duplicate_of

    def more(self) -> dict[str, Any]:
        """Name the files of a zip that are no statements."""
        return {"left_out": [{"name": one.name, "reason": problem_words(one.reason)} for one in self.left_out]}


class StatementView(MerchantView):
    """One statement file."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return the file with the progress of its import."""
        file = queries.get_statement(statement_id)
        return Response(serializers.statement_output(file, job=queries.find_statement_job(file)))


class StatementCompletionView(MerchantActView):
    """A statement whose missing pages never come."""

    right = "settlement.import"

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take the pages that came as the whole statement: booked if opening balance, entries and closing balance agree, else out of balance. A job reads them."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Ask for it."""
        job = completing.request_completion(statement_id=kwargs["statement_id"])
        return json_answer(202, serializers.statement_output(queries.get_statement(kwargs["statement_id"]), job=job))


class StatementRawView(MerchantView):
    """A statement's file."""

    right = "settlement.import"

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, statement_id: UUID) -> FileResponse:
        """Take the file as it came, card numbers masked; that is written down."""
        return raw_file(queries.get_statement(statement_id), now=business_now(self.caller.merchant_id))


class ReportRawView(MerchantView):
    """A settlement report's file."""

    right = "settlement.import"

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, report_id: UUID) -> FileResponse:
        """Take the file as it came, card numbers masked; that is written down."""
        return raw_file(settlement.get_report(report_id), now=business_now(self.caller.merchant_id))


class ReportFiguresView(MerchantView):
    """What a settlement report comes to beside our books."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, report_id: UUID) -> Response:
        """Return per currency its sales and refunds, matched and not, and sales, refunds, fees, other rows and net on both sides."""
        figures = comparison.batch_figures(settlement.get_report(report_id))
        return Response({"data": [serializers.figures_output(one) for one in figures]})


class StatementFetchView(FetchView):
    """Ask the bank behind a gateway account for its statements now instead of at its hour."""

    request_fetch = staticmethod(statement_services.request_fetch)


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
