"""Journal files that were made, what the ledger holds of their days now, and how accounts are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from merchant.core import db
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.models import Register, Store
from payments.accounting.models import JournalExport
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount

# Day -> (journals, debits in minor units of the base currency).
DayTotals = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class DayChange:
    """What came to a day since: journals and debits in minor units. Nothing in the ledger goes away, so neither is negative."""

    day: str
    journals: int
    debit_minor: int


def find_exports() -> QuerySet[JournalExport]:
    """Return the log of journal files, in no order yet."""
    found: QuerySet[JournalExport] = JournalExport.objects.all()
    return found


def get_journal_export(row_id: UUID) -> JournalExport:
    """Return one entry of the log. :raises NotFound: if there is none."""
    row: JournalExport | None = JournalExport.objects.filter(id=row_id).first()
    if row is None:
        raise NotFound()
    return row


def last_like(*, format_: str, date_from: date, date_to: date, **narrowed: Any) -> JournalExport | None:
    """Return the newest file of a format and exactly those days, None if there is none."""
    rows = JournalExport.objects.filter(format=format_, date_from=date_from, date_to=date_to, **narrowed)
    row: JournalExport | None = rows.order_by("-id").first()
    return row


def day_totals(*, date_from: date, date_to: date) -> DayTotals:
    """Return what the ledger holds now, per day on which anything was booked."""
    rows = db.rows(DAY_TOTALS, {"merchant": current_merchant_id(), "from": date_from, "to": date_to})
    return {str(day): (journals, int(debit)) for day, journals, debit in rows}


DAY_TOTALS = """
SELECT j.business_date, count(DISTINCT j.id), coalesce(sum(p.base_minor) FILTER (WHERE p.base_minor > 0), 0)
FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id
WHERE j.merchant_id = %(merchant)s AND j.business_date BETWEEN %(from)s AND %(to)s GROUP BY 1 ORDER BY 1
"""


def changes_between(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[DayChange]:
    """Return the days on which `later` holds more than `earlier`; both map a day to (journals, debits)."""
    changes = []
    for day in sorted({*earlier, *later}):
        was, now = earlier.get(day, (0, 0)), later.get(day, (0, 0))
        if tuple(was) != tuple(now):
            changes.append(DayChange(day, now[0] - was[0], now[1] - was[1]))
    return changes


def changes_since(row: JournalExport) -> list[DayChange]:
    """Return what was booked on the days of a file after it was made."""
    return changes_between(row.days, day_totals(date_from=row.date_from, date_to=row.date_to))


def names_of_subjects() -> dict[str, str]:
    """Return the names of everything an account can be of: processors' accounts, registers, stores, bank accounts."""
    names = {str(row.id): row.name for row in GatewayAccount.objects.all()}
    names |= {str(row.id): row.code for row in Register.objects.all()}
    names |= {str(row.id): row.name for row in Store.objects.all()}
    return names | {str(row.id): row.name for row in BankAccount.objects.all()}
