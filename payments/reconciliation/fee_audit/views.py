"""`/fees/`: what payments cost, what was agreed, and what to claim back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_today
from merchant.core.filters import FilterReader, typed_id
from merchant.core.money import Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, Filter, ListFrame, Pager, Stat
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from merchant.core.telling import count_words
from payments.fees import queries as contracts
from payments.gateways.models import GatewayAccount
from payments.reconciliation.fee_audit import pages as fee_pages
from payments.reconciliation.fee_audit import services as fee_audit
from payments.reconciliation.fee_audit.services import CAUSES, Period

ROWS_SHOWN = 50


class _FeesView(StaffPageView):
    right = "settlement.read"

    def today(self) -> date:
        """Return the merchant's business day."""
        return business_today(self.caller.merchant)

    def period(self, here: Here, *, first: date, last: date) -> Period:
        """Return the days and account of the address; `first` and `last` where it names none. :raises FilterRefused: for what is no day or id."""
        asked = {name: here.one(name) for name in ("date_from", "date_to", "account")}
        read = FilterReader(asked, known=tuple(asked))
        return Period(read.day("date_from") or first, read.day("date_to") or last, read.key("account"))

    def filters(self, here: Here) -> tuple[Filter, ...]:
        """Return the filters all pages of fees share."""
        accounts = GatewayAccount.objects.exclude(gateway="manual").order_by("name", "id").values_list("id", "name")
        return (
            here.days("date", _("Business day")),
            here.choice("account", _("Gateway account"), [(str(key), name) for key, name in accounts]),
        )


class FeeReportView(_FeesView):
    """`/fees/`: since the beginning of last month, unless the address says otherwise."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show effective rates, fees that differ, and monthly fees."""
        here, today = Here.of(request), self.today()
        period = self.period(here, first=month_before(today), last=today)
        query = _query(period)
        page = fee_pages.FeeReportPage(
            bar=here.bar(*self.filters(here)),
            totals=fee_pages.totals_of(fee_audit.sum_judgement(period)),
            rates=fee_pages.rate_tables(fee_audit.list_rates(period), locale=current_locale()),
            over_charges=tuple(
                fee_pages.over_charge_row(row, query=query) for row in fee_audit.list_over_charges(period)
            ),
            months=tuple(fee_pages.month_row(row) for row in fee_audit.list_months(period)),
            rows_url=f"/fees/rows/?{urlencode(query)}",
            claim_url=fee_pages.claim_url(query) if self.caller.has_right("export.create") else "",
        )
        return self.page("payments/reconciliation/fees.html", page, current="payouts")


class FeeRowsView(_FeesView):
    """`/fees/rows/`: the rows whose fee differs, of a period, an account, a cause."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of them, newest first."""
        here, today = Here.of(request), self.today()
        period = self.period(here, first=month_before(today), last=today)
        asked = {name: here.one(name) for name in ("cause", "side")}
        read = FilterReader(asked, known=tuple(asked))
        found = fee_audit.list_differing(
            period,
            cause=read.choice("cause", CAUSES),
            side=read.choice("side", ("over", "under")),
            after=typed_id(here.one("after")),
            most=ROWS_SHOWN + 1,
        )
        shown = found[:ROWS_SHOWN]
        sides = [("over", _("Too much")), ("under", _("Too little"))]
        causes = [(cause, fee_pages.CAUSE_WORDS[cause]) for cause in CAUSES]
        frame = ListFrame(
            title=_("Fees that differ"),
            bar=here.bar(*self.filters(here), here.choice("cause", _("Cause"), causes), here.choice("side", _("Side"), sides)),
            pager=Pager(here.url(after=str(shown[-1]["line_id"])) if len(found) > ROWS_SHOWN else "", "", len(shown)),
            empty=EmptyState("check-check", _("Every fee is as agreed"), _("Or no contract speaks of these days.")),
        )  # fmt: skip
        rows = tuple(fee_pages.fee_row(row) for row in shown)
        page = fee_pages.FeeRowsPage(frame, rows, "/fees/")
        return self.page("payments/reconciliation/fee_rows.html", page, current="payouts")


class DryRunView(_FeesView):
    """`/fees/contracts/<id>/dry-run/`: last month under this version, unless the address names other days."""

    def get(self, request: HttpRequest, contract_id: UUID) -> HttpResponse:
        """Show what the days cost and would have cost."""
        contract, here, today = contracts.get_contract(contract_id), Here.of(request), self.today()
        last = today.replace(day=1) - timedelta(days=1)
        asked = self.period(here, first=last.replace(day=1), last=last)
        period = Period(asked.first, asked.last, contract.gateway_account_id)
        told = fee_audit.dry_run(contract_id=contract.id, period=period)
        page = fee_pages.DryRunPage(
            title=contract.gateway_account.name,
            back_url=f"/fees/contracts/{contract.id}/",
            bar=here.bar(here.days("date", _("Business day"))),
            stats=_dry_stats(told, contracts.settled_in(contract)),
            note=_("{first} to {last}").format(first=period.first, last=period.last),
        )
        return self.page("payments/reconciliation/fee_dry_run.html", page, current="payouts")


def month_before(today: date) -> date:
    """Return the first day of the month before today's."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _query(period: Period) -> dict[str, str]:
    query = {"date_from": period.first.isoformat(), "date_to": period.last.isoformat()}
    return query | {"account": str(period.account_id)} if period.account_id else query


def _dry_stats(told: dict[str, Any], currency: str) -> tuple[Stat, ...]:
    charged, agreed = (Money(told[name], currency) for name in ("charged_minor", "expected_minor"))
    locale = current_locale()
    return (
        Stat(_("Sales"), Money(told["volume_minor"], currency)),
        Stat(_("Charged"), charged),
        Stat(_("Under this version"), agreed),
        Stat(_("Dearer by") if agreed > charged else _("Cheaper by"), agreed - charged if agreed > charged else charged - agreed),
        Stat(_("Effective rate"), fee_pages.rate_words(told["charged_minor"], told["volume_minor"], locale=locale) or "—"),
        Stat(_("Under this version"), fee_pages.rate_words(told["expected_minor"], told["volume_minor"], locale=locale) or "—"),
        Stat(_("Rows"), count_words(told["rows"] - told["unjudged"])),
    )  # fmt: skip
