"""Every report on one screen: what it counts, by which calendars, split by what, and who may read it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from merchant.core.errors import AppError
from merchant.core.pages import display
from merchant.core.pages.shell import current_locale
from payments.records.words import METHODS
from reports.kpis import facts
from reports.kpis.indicators import INDICATOR_REPORTS
from reports.kpis.report import Ratio, Report, Words


def _rate_words(basis_points: str) -> str:
    return display.percent_text(int(basis_points) / 100, locale=current_locale(), decimals="##")


def _method_words(method: str) -> str:
    return str(METHODS.get(method, method.replace("_", " ")))


CALENDARS: Mapping[str, Words] = {
    "store": _("Store day"),
    "utc": _("UTC day"),
    "processor": _("Processor day"),
}
_SOLD = {"sold": _("Net sales"), "returned": _("Net returns"), "tax": _("Tax"), "gross": _("Gross")}

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report("sales", _("Sales"), _("Goods handed over and taken back, with their tax, as the books have it."), "report.read", facts.SALES, facts.SALES_DAYS,
            _("Tax rate"), _SOLD, _rate_words),
        Report("tax", _("Tax per rate"), _("Net and tax for each rate: what a tax return asks for."), "report.read", facts.SALES, facts.SALES_DAYS,
            _("Tax rate"), _SOLD, _rate_words),
        Report("tenders", _("Tenders"), _("Money taken and given back for orders, by method."), "report.read", facts.TENDERS, facts.TENDERS_DAYS,
            _("Method"), {"taken": _("Taken"), "refunded": _("Refunded"), "net": _("Net")}, _method_words,
            ratios=(Ratio("refund_rate", _("Refund rate"), "refunded", "taken"),), has_gateways=True, headline="net"),
        Report("refunds", _("Refunds"), _("Money given back, by the method it went back with."), "report.read", facts.REFUNDS, facts.TENDERS_DAYS,
            _("Method"), {"refunded": _("Refunded")}, _method_words, has_gateways=True),
        Report("fees", _("Fees"), _("What processors charged, on the days they booked it."), "settlement.read", facts.FEES, facts.FEES_DAYS,
            _("Account"), {"sales": _("Sales settled"), "fees": _("Fees")}, needs_all_stores=True,
            ratios=(Ratio("effective_fee", _("Effective fee"), "fees", "sales"),), has_gateways=True, has_channels=False, headline="effective_fee"),
        Report("payouts", _("Payouts"), _("What processors announced, and what of it is in the bank."), "settlement.read", facts.PAYOUTS, facts.PAYOUTS_DAYS,
            _("Account"), {"announced": _("Announced"), "arrived": _("Arrived"), "missing": _("Not there yet")}, needs_all_stores=True, has_gateways=True),
        Report("vouchers", _("Voucher liability"), _("Gift cards and store credit: what we came to owe, and what was used or expired."), "report.read",
            facts.VOUCHERS, facts.SALES_DAYS, _("Fact"),
            {"issued": _("Issued"), "redeemed": _("Redeemed"), "expired": _("Expired"), "change": _("Change of what we owe")}, needs_all_stores=True),
        Report("disputes", _("Disputes"), _("Money withdrawn, returned and lost."), "dispute.read", facts.DISPUTES, facts.DISPUTES_DAYS,
            _("Reason"), {"withdrawn": _("Withdrawn"), "returned": _("Returned"), "lost": _("Lost")}, has_gateways=True),
        *INDICATOR_REPORTS,
    )
}  # fmt: skip


class UnknownReport(AppError):
    """There is no such report."""

    code = "unknown_report"
    status = 404
    detail = "There is no report called {name}; there are: {known}."


def report_of(name: str) -> Report:
    """
    Return the report called `name`.

    :raises UnknownReport: if there is none.
    """
    try:
        return REPORTS[name]
    except KeyError:
        raise UnknownReport(name=name, known=", ".join(REPORTS)) from None
