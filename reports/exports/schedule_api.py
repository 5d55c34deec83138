"""Scheduled exports over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView
from reports.exports import schedules
from reports.exports.api import order_of
from reports.exports.models import ExportSchedule
from reports.exports.schedules import Wish
from reports.exports.serializers import ScheduleInput, ScheduleSchema, schedule_row


class SchedulesView(MerchantActView):
    """`GET` and `POST /api/v1/export-schedules/`."""

    right = {"GET": "export.create", "POST": "export.create"}

    @extend_schema(
        operation_id="list_export_schedules",
        responses=inline_serializer(
            "ExportSchedulePage",
            {
                "results": ScheduleSchema(many=True),
                "older": fields.CharField(allow_null=True),
                "newer": fields.CharField(allow_null=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """List schedules, newest first."""
        params = request.query_params
        found = page(ExportSchedule.objects.all(), after=params.get("after"), before=params.get("before"))
        return Response(
            {"results": [schedule_row(row) for row in found.rows], "older": found.older, "newer": found.newer}
        )

    @extend_schema(operation_id="create_export_schedule", request=ScheduleInput, responses={201: ScheduleSchema})
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Have a file made of every day, week or month that has ended, and brought where it is wanted."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Store the schedule."""
        asked = ScheduleInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        order = order_of(self.caller, wanted["kind"], wanted.get("filters", {}), shape=wanted["format"])
        wish = Wish(wanted["name"], order, wanted["period"], wanted["delivery"], wanted["recipient"])
        made = schedules.create_schedule(wish, now=business_now(self.caller.merchant_id))
        return json_answer(201, schedule_row(made))


class StopScheduleView(MerchantActView):
    """`POST /api/v1/export-schedules/{id}/stop/`."""

    right = "export.create"

    @extend_schema(operation_id="stop_export_schedule", request=None, responses=ScheduleSchema)
    def post(self, request: Request, **kwargs: Any) -> Any:
        """Stop a schedule. Its files stay."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Stop it."""
        schedule_id: UUID = kwargs["schedule_id"]
        stopped = schedules.stop_schedule(schedule_id=schedule_id, now=business_now(self.caller.merchant_id))
        return json_answer(200, schedule_row(stopped))
