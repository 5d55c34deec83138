"""Reports over REST: the same figures as on screen, and the facts behind them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.filters import FilterReader
from merchant.core.rest import MerchantView, require_store
from reports.kpis import bridge, queries
from reports.kpis.definitions import report_of
from reports.kpis.queries import REPORT_FILTERS, Figure, Wanted
from reports.kpis.reading import require_report, today
from reports.kpis.report import Report

_MEASURES = fields.DictField(
    child=fields.IntegerField(), help_text="By name: minor units, numbers of things, or milliseconds."
)
_RATIOS = fields.DictField(
    child=fields.IntegerField(allow_null=True),
    help_text="Made of the measures: hundredths of a percent, minor units or milliseconds; null where there is nothing to divide by. Percentiles are among them.",
)
_FIGURE = inline_serializer(
    "ReportFigure",
    {
        "group": fields.CharField(help_text="An id, a day or a word, as filters take it."),
        "label": fields.CharField(),
        "currency": fields.CharField(),
        "facts": fields.IntegerField(),
        "measures": _MEASURES,
        "ratios": _RATIOS,
    },
    many=True,
)
_FACT = inline_serializer(
    "ReportFact",
    {
        "day": fields.DateField(),
        "reference": fields.CharField(),
        "store": fields.CharField(),
        "channel": fields.CharField(),
        "kind": fields.CharField(),
        "currency": fields.CharField(),
        "measures": _MEASURES,
    },
    many=True,
)
_REPORT = inline_serializer(
    "Report",
    {
        "report": fields.CharField(),
        "date_from": fields.DateField(),
        "date_to": fields.DateField(),
        "calendar": fields.CharField(),
        "by": fields.CharField(),
        "totals": inline_serializer(
            "ReportTotal",
            {"currency": fields.CharField(), "facts": fields.IntegerField(), "measures": _MEASURES, "ratios": _RATIOS},
            many=True,
        ),
        "figures": _FIGURE,
        "facts": _FACT,
        "after": fields.CharField(help_text="Where the next page of facts begins, empty after the last."),
    },
)
_BRIDGE = inline_serializer(
    "ReportBridge",
    {
        "account": fields.CharField(),
        "currency": fields.CharField(),
        **{f"{name}_minor": fields.IntegerField() for name in bridge.STEPS},
        "ties": fields.BooleanField(),
    },
    many=True,
)
_PERIOD = [OpenApiParameter(name, required=False) for name in ("date_from", "date_to")]


class ReportView(MerchantView):
    """`GET /api/v1/reports/{kind}/`."""

    right = "report.read"

    @extend_schema(
        operation_id="get_report",
        parameters=[OpenApiParameter(name, required=False) for name in (*REPORT_FILTERS, "after")],
        responses=_REPORT,
    )
    def get(self, request: Request, kind: str) -> Response:
        """Show a period's figures: by day, store, channel or kind; `by=fact` gives the facts themselves, a page at a time."""
        report = report_of(kind)
        require_report(self.caller, report)
        params = {key: str(value) for key, value in request.query_params.items()}
        wanted = queries.read_filters(report, params, today=today(), only_stores=self.caller.stores)
        return Response(_document(report, wanted, after=params.get("after", "")))


class BridgeView(MerchantView):
    """`GET /api/v1/reports/bridge/`."""

    right = "settlement.read"

    @extend_schema(operation_id="get_report_bridge", parameters=_PERIOD, responses=_BRIDGE)
    def get(self, request: Request) -> Response:
        """Show for each gateway account how the stores' days of a period become UTC's and the processor's."""
        require_store(self.caller, None)
        params = {key: str(value) for key, value in request.query_params.items()}
        read = FilterReader(params, known=("date_from", "date_to"))
        last = read.day("date_to") or today()
        first = read.day("date_from") or last.replace(day=1)
        found = bridge.list_bridges(date_from=first, date_to=last)
        rows: list[dict[str, Any]] = [
            {
                "account": one.account,
                "currency": one.currency,
                **{f"{name}_minor": getattr(one, name) for name in bridge.STEPS},
                "ties": one.ties,
            }
            for one in found
        ]
        return Response(rows)


def _document(report: Report, wanted: Wanted, *, after: str) -> dict[str, Any]:
    is_facts = wanted.by == "fact"
    figures = queries.list_figures(report, queries.totalled(wanted) if is_facts else wanted)
    facts, following = queries.list_facts(report, wanted, after=after) if is_facts else ([], "")
    return {
        "report": report.name,
        "date_from": wanted.date_from,
        "date_to": wanted.date_to,
        "calendar": wanted.calendar,
        "by": wanted.by,
        "totals": [
            {"currency": total.currency, "facts": total.facts, "measures": total.measures, "ratios": _ratios(total, report)}
            for total in queries.list_totals(report, queries.totalled(wanted) if is_facts else wanted, figures)
        ],
        "figures": []
        if is_facts
        else [
            {"group": one.group, "label": one.label, "currency": one.currency, "facts": one.facts, "measures": one.measures, "ratios": _ratios(one, report)}
            for one in figures
        ],
        "facts": [
            {"day": one.day, "reference": one.reference, "store": one.store, "channel": one.channel, "kind": one.kind, "currency": one.currency,
                "measures": one.measures}
            for one in facts
        ],
        "after": following,
    }  # fmt: skip


def _ratios(figure: Figure, report: Report) -> dict[str, int | None]:
    return {ratio.name: ratio.of(figure.measures) for ratio in report.ratios} | dict(figure.percentiles)
