"""The REST edge of the fee audit."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.filters import FilterReader, FilterRefused, typed_id
from merchant.core.pagination import PAGE_SIZE
from merchant.core.rest import MerchantView
from payments.fees import queries as contracts
from payments.reconciliation.fee_audit import services as fee_audit
from payments.reconciliation.fee_audit.services import CAUSES, Period

_PERIOD = [
    OpenApiParameter("date_from", OpenApiTypes.DATE, required=True),
    OpenApiParameter("date_to", OpenApiTypes.DATE, required=True),
]
_ACCOUNT = OpenApiParameter("gateway_account", OpenApiTypes.UUID)
_NAMES = ("date_from", "date_to", "gateway_account")


class FeeReportView(MerchantView):
    """What payments cost in a period, beside what was agreed."""

    right = "settlement.read"

    @extend_schema(parameters=[*_PERIOD, _ACCOUNT], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return effective rates per gateway account, method and store, fees that differ per month and cause, and monthly fees."""
        period = _period(FilterReader(request.query_params.dict(), known=_NAMES))
        return Response(
            {
                "date_from": period.first.isoformat(),
                "date_to": period.last.isoformat(),
                "judgement": fee_audit.sum_judgement(period),
                "rates": [_rate(row) for row in fee_audit.list_rates(period)],
                "differences": [_plain(row) for row in fee_audit.list_over_charges(period)],
                "months": [_plain(row) for row in fee_audit.list_months(period)],
            }
        )


class FeeRowsView(MerchantView):
    """The rows whose fee differs."""

    right = "settlement.read"

    @extend_schema(
        parameters=[
            *_PERIOD, _ACCOUNT, OpenApiParameter("cause", enum=CAUSES), OpenApiParameter("side", enum=("over", "under")), OpenApiParameter("after", OpenApiTypes.UUID),
        ],
        responses=OpenApiTypes.OBJECT,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return a page of them, newest first; `after` pages on."""
        read = FilterReader(request.query_params.dict(), known=(*_NAMES, "cause", "side"))
        found = fee_audit.list_differing(
            _period(read),
            cause=read.choice("cause", CAUSES),
            side=read.choice("side", ("over", "under")),
            after=typed_id(request.query_params.get("after", "")),
            most=PAGE_SIZE + 1,
        )
        older = str(found[PAGE_SIZE - 1]["line_id"]) if len(found) > PAGE_SIZE else None
        return Response({"data": [_plain(row) for row in found[:PAGE_SIZE]], "older": older})


class DryRunView(MerchantView):
    """A period under one version of a contract."""

    right = "settlement.read"

    @extend_schema(parameters=_PERIOD, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, contract_id: UUID) -> Response:
        """Return what the period's rows were charged and would have cost, whatever days the version holds on. Nothing is stored."""
        contract = contracts.get_contract(contract_id)
        asked = _period(FilterReader(request.query_params.dict(), known=("date_from", "date_to")))
        period = Period(asked.first, asked.last, contract.gateway_account_id)
        told = fee_audit.dry_run(contract_id=contract.id, period=period)
        return Response({"currency": contracts.settled_in(contract), **told})


def _period(read: FilterReader) -> Period:
    first, last = read.day("date_from"), read.day("date_to")
    for name, day in (("date_from", first), ("date_to", last)):
        if day is None:
            raise FilterRefused(name=name, reason=_("it is needed"))
    assert first is not None
    assert last is not None
    return Period(first, last, read.key("gateway_account"))


def _rate(row: dict[str, Any]) -> dict[str, Any]:
    """Return a rate; `rate_millionths` are fees per million of volume, rounded half up, None without sales."""
    volume = row["volume_minor"]
    rate = (row["charged_minor"] * 2_000_000 + volume) // (2 * volume) if volume > 0 else None
    return {**_plain(row), "rate_millionths": rate}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the audit with its account by our usual name, and days as text."""
    own = {name: str(value) if isinstance(value, UUID | date) else value for name, value in row.items()}
    own["gateway_account"] = own.pop("name", None)
    return own
