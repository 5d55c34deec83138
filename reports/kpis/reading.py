"""Who may read a report, and up to which day it goes by itself."""

from __future__ import annotations

from datetime import date

from merchant.core.callers import Caller
from merchant.core.clock import business_today
from merchant.core.rest import RightMissing, require_store
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from reports.kpis.report import Report


def require_report(caller: Caller, report: Report) -> None:
    """
    Refuse a caller who may not read it.

    :raises RightMissing: without its right.
    :raises NotFound: if it is the whole merchant's and the caller sees some stores only.
    """
    if not caller.has_right(report.right):
        raise RightMissing(right=report.right)
    if report.needs_all_stores:
        require_store(caller, None)


def today() -> date:
    """Return the business day it is for the merchant in scope."""
    return business_today(merchants.get_merchant(current_merchant_id()))
