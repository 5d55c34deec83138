"""The account plan: which number each account of the ledger has in the accountant's books. Changing it adds a version."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.merchants import queries as merchants
from merchant.merchants.models import Store
from payments.accounting.charts import CHARTS, MAPPED_KINDS, ChartLine, chart_of_country
from payments.accounting.models import AccountNumber, AccountPlan

# A merchant with 300 registers and 20 processors has fewer; a plan of more is a mistake.
LINES_MAX = 2_000
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:_-]{0,39}")


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """
    What files say of the merchant, and what single formats need.

    `fiscal_month` is the first month of the financial year. `csv_columns` are lines "Heading = field" of the merchant's own CSV.
    """

    company: str = ""
    organisation_number: str = ""
    fiscal_month: int = 1
    voucher_series: str = "T"
    datev_consultant: int = 1001
    datev_client: int = 1
    csv_columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> PlanSettings:
        """Return settings as they were stored; what an older version did not know has its default."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        return cls(**values | {"csv_columns": tuple(values.get("csv_columns", ()))})


@dataclass(frozen=True, slots=True)
class Plan:
    """One version. `number` 0 is the chart of the merchant's country, before anybody saved anything."""

    number: int
    chart: str
    settings: PlanSettings
    lines: tuple[ChartLine, ...]


class Finder:
    """
    Finds the line of an account: its own, else that of its detail (a kind of fee at any processor, written `:interchange`), else that of its kind.

    >>> Finder([ChartLine("fees", "", "6570", "Fees")]).find("fees", "a1b2:interchange").number
    '6570'
    """

    def __init__(self, lines: Sequence[ChartLine]) -> None:
        self._lines = {(line.kind, line.subject): line for line in lines}

    def find(self, kind: str, subject: str) -> ChartLine | None:
        """Return the line, None if the plan has none for the account."""
        _identity, colon, detail = subject.partition(":")
        candidates = (subject, f":{detail}" if colon else "", "")
        return next((self._lines[(kind, name)] for name in candidates if (kind, name) in self._lines), None)


def plan_in_force() -> Plan:
    """Return the newest version, or the chart of the merchant's country."""
    plan = AccountPlan.objects.order_by("-number").first()
    if plan is None:
        chart = chart_of_country(merchants.get_merchant(current_merchant_id()).country)
        return Plan(0, chart.key, _first_settings(), chart.lines)
    rows = AccountNumber.objects.filter(plan=plan).order_by("id")
    lines = tuple(ChartLine(row.kind, row.subject, row.number, row.name, row.is_automatic) for row in rows)
    return Plan(plan.number, plan.chart, PlanSettings.of(plan.settings), lines)


class PlanJustChanged(AppError):
    """Somebody else saved another version in the same moment."""

    code = "account_plan_just_changed"
    detail = "Somebody else changed the account plan since you opened it."
    next_step = "Open it again and repeat your change."


@transaction.atomic
def save_plan(
    *, after: int, chart: str, settings: PlanSettings, lines: Sequence[ChartLine], now: datetime
) -> AccountPlan:
    """
    Add a version behind the one numbered `after` and return it. Files of closed periods that were made already keep the version they were made with.

    :raises Invalid: for a line or setting that cannot be. :raises PlanJustChanged: if `after` is not the newest version any more.
    """
    _require_sane(chart, settings, lines)
    newest = AccountPlan.objects.order_by("-number").values_list("number", flat=True).first() or 0
    if newest != after:
        raise PlanJustChanged()
    plan = AccountPlan(number=after + 1, chart=chart, settings=asdict(settings), created_at=now)
    plan.actor_name = current_actor().name[:120]
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError:
        raise PlanJustChanged() from None
    AccountNumber.objects.bulk_create(AccountNumber(plan=plan, **asdict(line)) for line in lines)
    data = {"number": plan.number, "chart": chart, "lines": len(lines), "settings": asdict(settings)}
    audit.record("account_plan.changed", subject=f"account_plan:{plan.id}", now=now, data=data)
    return plan


class AccountsUnmapped(AppError):
    """Accounts that were booked on have no number in the plan, so a file would be missing them."""

    code = "accounts_unmapped"
    status = 422
    detail = "These accounts have no number yet: {accounts}."
    next_step = "Give them a number under Accounting, Account numbers, then ask again."


def list_ledger_accounts() -> list[tuple[str, str]]:
    """Return (kind, subject) of every account of the merchant's ledger, in a fixed order."""
    return [(kind, subject) for kind, subject in db.rows(_ACCOUNTS, [current_merchant_id()])]


_ACCOUNTS = "SELECT DISTINCT kind, subject FROM ledger_account WHERE merchant_id = %s ORDER BY 1, 2"


def _first_settings() -> PlanSettings:
    merchant = merchants.get_merchant(current_merchant_id())
    number = Store.objects.exclude(organisation_number="").order_by("id").values_list("organisation_number", flat=True)
    return PlanSettings(company=merchant.name, organisation_number=number.first() or "")


def _require_sane(chart: str, settings: PlanSettings, lines: Sequence[ChartLine]) -> None:
    if chart not in CHARTS:
        raise Invalid(reason=_("a chart is one of {known}").format(known=", ".join(CHARTS)))
    if not 1 <= settings.fiscal_month <= 12:
        raise Invalid(reason=_("the financial year begins in a month from 1 to 12"))
    if not 1001 <= settings.datev_consultant <= 9_999_999 or not 1 <= settings.datev_client <= 99_999:
        raise Invalid(reason=_("DATEV's consultant number is 1001 to 9999999 and its client number 1 to 99999"))
    if not re.fullmatch(r"[0-9A-Za-z]{1,4}", settings.voucher_series):
        raise Invalid(reason=_("a voucher series is one to four letters or digits"))
    if len(lines) > LINES_MAX or len({(line.kind, line.subject) for line in lines}) != len(lines):
        raise Invalid(reason=_("each account stands once, and there are at most {number}").format(number=LINES_MAX))
    for line in lines:
        if line.kind not in MAPPED_KINDS:
            raise Invalid(reason=_("the ledger has no accounts called '{kind}'").format(kind=line.kind))
        if line.is_automatic and (line.kind not in ("sales", "sales_returns") or not line.subject.isdigit()):
            raise Invalid(reason=_("only an account of sales at one rate can be an automatic one"))
        if not _NUMBER.fullmatch(line.number) or not 1 <= len(line.name) <= 80:
            raise Invalid(
                reason=_("the account '{kind} {subject}' needs a number of letters and digits and a name").format(
                    kind=line.kind, subject=line.subject
                )
            )
