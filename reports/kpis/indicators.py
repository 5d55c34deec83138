"""The reports behind the key figures, and which figure of which report a key figure is."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from payments.records.words import METHODS
from reports.kpis import indicator_facts as facts
from reports.kpis.report import Percentile, Ratio, Report, Words

_KINDS: dict[str, Words] = {
    "terminal": _("Terminal"), "gateway": _("Gateway"), "returning": _("Returning"), "new": _("First order"), "paid": _("Paid"),
    "abandoned": _("Abandoned"), "still_open": _("Still open"), "approved": _("Approved"), "declined": _("Declined"), "failed": _("Failed"),
    "unknown": _("Outcome unknown"),
}  # fmt: skip


def _kind_words(kind: str) -> str:
    return str(_KINDS.get(kind) or METHODS.get(kind) or kind.replace("_", " "))


INDICATOR_REPORTS = (
    Report("orders", _("Orders and their value"), _("Orders that are paid or whose money is held, with what was agreed."), "report.read", facts.ORDERS, facts.ORDER_DAYS,
        _("Hour"), {"orders": _("Orders"), "value": _("Order value")}, lambda hour: f"{hour}:00", units={"orders": "count"},
        ratios=(Ratio("average", _("Average order"), "value", "orders", "money"),)),
    Report("customers", _("Returning customers"), _("Paid orders of customers who are known; who has a paid order from before comes back."), "report.read",
        facts.CUSTOMERS, facts.ORDER_DAYS, _("Customer"), {"orders": _("Orders"), "returning": _("Of returning customers")}, _kind_words,
        units={"orders": "count", "returning": "count"}, ratios=(Ratio("retention", _("Share of returning customers"), "returning", "orders"),),
        headline="retention"),
    Report("carts", _("Carts and checkouts"), _("What customers began by themselves online, and how much of it was paid. After an hour without money it counts as abandoned."),
        "report.read", facts.CARTS, facts.CART_DAYS, _("Outcome"), {"begun": _("Begun"), "paid": _("Paid"), "abandoned": _("Abandoned")}, _kind_words,
        units={"begun": "count", "paid": "count", "abandoned": "count"}, ratios=(Ratio("abandonment", _("Abandonment"), "abandoned", "begun"),),
        headline="abandonment"),
    Report("approvals", _("Approvals"), _("What gateways were asked to authorise, and what became of it."), "report.read", facts.APPROVALS, facts.OPERATION_DAYS,
        _("Outcome"), {"asked": _("Asked"), "approved": _("Approved"), "declined": _("Declined"), "errors": _("Errors")}, _kind_words,
        units={"asked": "count", "approved": "count", "declined": "count", "errors": "count"},
        ratios=(Ratio("approval", _("Approval rate"), "approved", "asked"), Ratio("error_rate", _("Error rate"), "errors", "asked")), has_gateways=True, headline="approval"),
    Report("errors", _("Errors"), _("Whatever a gateway was asked for that failed or has no answer yet, by its cause."), "report.read", facts.ERRORS, facts.OPERATION_DAYS,
        _("Cause"), {"errors": _("Errors"), "unanswered": _("Outcome unknown")}, _kind_words, units={"errors": "count", "unanswered": "count"}, has_gateways=True),
    Report("processing", _("Processing time"), _("From sending to the gateway's first answer. What shoppers take on its pages is not counted."), "report.read", facts.PROCESSING, facts.OPERATION_DAYS,
        _("Method"), {"answered": _("Answered"), "waited": _("Waited")}, _kind_words, units={"answered": "count", "waited": "duration"},
        ratios=(Ratio("mean", _("Mean"), "waited", "answered", "duration"),),
        percentiles=(Percentile("p50", _("Half answered within"), "waited", 50), Percentile("p95", _("95 of 100 answered within"), "waited", 95)), has_gateways=True, headline="p95"),
    Report("downtime", _("Downtime"), _("Terminals without a connection, and gateways that left two payments or more in a row without an answer, on the day it began."),
        "report.read", facts.DOWNTIME, facts.DOWNTIME_DAYS, _("What was down"), {"outages": _("Outages"), "lasted": _("Downtime")}, _kind_words,
        units={"outages": "count", "lasted": "duration"}, has_gateways=True, has_channels=False, headline="lasted"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Indicator:
    """One key figure: `figure` is a measure, a ratio or a percentile of its report. `is_less_better` says which change is the good one; None for neither."""

    report: str
    figure: str
    is_less_better: bool | None = False


INDICATORS = (
    Indicator("orders", "value"),
    Indicator("orders", "orders"),
    Indicator("orders", "average"),
    Indicator("customers", "retention"),
    Indicator("carts", "abandonment", True),
    Indicator("approvals", "approval"),
    Indicator("approvals", "error_rate", True),
    Indicator("processing", "p50", True),
    Indicator("processing", "p95", True),
    Indicator("downtime", "lasted", True),
    Indicator("tenders", "refund_rate", True),
    Indicator("fees", "effective_fee", True),
)
