"""Accounting over REST: account plan, periods, and which journal files were made. The files themselves are exports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_date, business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantListView, MerchantView, require_store, valid
from merchant.ledger import periods as ledger_periods
from payments.accounting import periods, plans, queries, serializers
from payments.accounting.charts import CHARTS, ChartLine
from payments.accounting.models import JournalExport

_PLAN = OpenApiResponse(OpenApiTypes.OBJECT, description="The account plan in force.")
_LOCK = OpenApiResponse(OpenApiTypes.OBJECT, description="What is closed from now on.")


class PlanView(MerchantActView):
    """`GET` and `POST /api/v1/accounting/plan/`."""

    right = {"GET": "ledger.read", "POST": "accounting.manage"}

    @extend_schema(operation_id="get_account_plan", responses=_PLAN)
    def get(self, request: Request) -> Response:
        """Return the account plan in force; number 0 is the chart of the merchant's country."""
        return Response(serializers.plan_output(plans.plan_in_force()))

    @extend_schema(operation_id="change_account_plan", request=serializers.AccountPlanInput, responses={201: _PLAN})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Add a version. Files of closed periods that were made already stay as they were."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Put the version together from what is given and what is in force."""
        require_store(self.caller, None)
        asked = serializers.AccountPlanInput(data=request.data)
        asked.is_valid(raise_exception=True)
        data, plan = asked.validated_data, plans.plan_in_force()
        lines: Any = plan.lines
        if "lines" in data:
            lines = [ChartLine(**line) for line in data["lines"]]
        elif "chart" in data:
            lines = CHARTS[data["chart"]].lines
        plans.save_plan(
            after=data["after"],
            chart=data.get("chart", plan.chart),
            settings=plans.PlanSettings.of(asdict(plan.settings) | data.get("settings", {})),
            lines=lines,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, serializers.plan_output(plans.plan_in_force()))


class PeriodsView(MerchantActView):
    """`GET` and `POST /api/v1/accounting/periods/`."""

    right = {"GET": "ledger.read", "POST": "accounting.close"}

    @extend_schema(operation_id="list_periods", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """List closings and reopenings, the newest first; the first is in force."""
        return Response({"results": [serializers.lock_output(lock) for lock in ledger_periods.list_locks()]})

    @extend_schema(operation_id="close_period", request=serializers.ClosePeriodInput, responses={201: _LOCK})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Close the books up to and including a day. Later facts of those days are booked on the next open day."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Close."""
        require_store(self.caller, None)
        data = valid(serializers.ClosePeriodInput, request)
        merchant, now = self.caller.merchant, business_now(self.caller.merchant_id)
        today = business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)
        return json_answer(
            201, serializers.lock_output(periods.close_period(until=data["until"], today=today, now=now))
        )


class ReopeningsView(MerchantActView):
    """`POST /api/v1/accounting/reopenings/`."""

    right = "accounting.reopen"

    @extend_schema(operation_id="reopen_period", request=serializers.ReopenPeriodInput, responses={201: _LOCK})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Open a closed day and all later ones again, with another person's approval of right `accounting.reopen` and subject `period:<day>`."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Reopen."""
        require_store(self.caller, None)
        data = valid(serializers.ReopenPeriodInput, request)
        lock = periods.reopen_period(**data, now=business_now(self.caller.merchant_id))
        return json_answer(201, serializers.lock_output(lock))


class JournalFilesView(MerchantListView):
    """`GET /api/v1/accounting/files/`: which journal files were made, by whom, of which days."""

    right = "ledger.read"

    def rows(self) -> QuerySet[JournalExport]:
        """Return the log; it is the whole merchant's."""
        require_store(self.caller, None)
        return queries.find_exports()

    def output(self, row: JournalExport) -> dict[str, Any]:
        """Return one file."""
        return serializers.file_output(row)


class JournalFileView(MerchantView):
    """`GET /api/v1/accounting/files/{id}/`."""

    right = "ledger.read"

    @extend_schema(operation_id="get_journal_file", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, journal_file_id: UUID) -> Response:
        """Return one file, and per day what was booked since it was made."""
        require_store(self.caller, None)
        row = queries.get_journal_export(journal_file_id)
        changes = [serializers.change_output(change) for change in queries.changes_since(row)]
        return Response({**serializers.file_output(row), "changes": changes})
