"""`/payouts/due/`: what each gateway account owes for each day, and what of it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_today
from merchant.core.money import Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, ListFrame, Pager
from merchant.core.pages.status import PAYOUT
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation import payout_watch, queries
from payments.reconciliation.payout_watch import DuePayout

# Two weeks back and ahead, unless asked otherwise; a quarter at most, which is what a page of days can show.
DAYS = 14
DAYS_MAX = 92


@dataclass(frozen=True, slots=True)
class DueRow:
    """What one account owes for one day. `url` is the payout, "" where there is none or several; `left` is what is announced and not there."""

    day: date
    account: str
    announced: Money
    arrived: Money
    left: Money
    unreported: Money
    status: str
    url: str


@dataclass(frozen=True, slots=True)
class DuePage:
    """The days asked for, the earliest first."""

    list: ListFrame
    rows: tuple[DueRow, ...]


class DuePayoutsView(StaffPageView):
    """The page."""

    right = "settlement.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the days of the span, narrowed by account and state."""
        here, merchant = Here.of(request), self.caller.merchant
        today = business_today(merchant)
        first, last = span_of(here.one("date_from"), here.one("date_to"), today=today)
        due = payout_watch.list_due_payouts(from_day=first, until_day=last, today=today)
        accounts = here.params.get("gateway_account", ())
        states = here.params.get("status", ())
        rows = tuple(
            due_row(one)
            for one in due
            if (not accounts or str(one.gateway_account_id) in accounts) and (not states or one.state in states)
        )
        frame = ListFrame(
            title=_("Payouts due"),
            bar=here.bar(
                here.choice("status", _("State"), [(state, PAYOUT[state].word) for state in payout_watch.STATES]),
                here.choice("gateway_account", _("Gateway account"), _names(due)),
                here.days("date", _("Days")),
                views=[(_("All"), {}), (_("Not there"), {"status": "missing,short,late"})],
            ),
            pager=Pager(shown=len(rows)),
            empty=EmptyState(
                "landmark", _("Nothing is due on these days"), _("What was taken appears here on the day it should reach the bank.")
            ),
            export_url=self._export_url(here, first, last),
        )  # fmt: skip
        return self.page("payments/reconciliation/due_payouts.html", DuePage(frame, rows), current="payouts")

    def _export_url(self, here: Here, first: date, last: date) -> str:
        if not self.caller.has_right("export.create"):
            return ""
        wanted = here.joined(("status", "gateway_account")) | {"date_from": str(first), "date_to": str(last)}
        return f"/exports/new/?{urlencode({'subject': 'due_payouts', **wanted})}"


def span_of(first: str, last: str, *, today: date) -> tuple[date, date]:
    """Return the days asked for, at most `DAYS_MAX` of them; what is no day is as if it was not asked for."""
    until = (_day(last) or today + timedelta(days=DAYS)).toordinal()
    asked = _day(first)
    from_day = asked.toordinal() if asked else max(1, (_day(last) or today).toordinal() - DAYS)
    if not 0 <= until - from_day <= DAYS_MAX:
        until = min(date.max.toordinal(), from_day + DAYS_MAX)
    return date.fromordinal(from_day), date.fromordinal(until)


def due_row(one: DuePayout) -> DueRow:
    """Return what an account owes for a day as the page shows it."""
    announced, arrived, unreported = (
        Money(minor, one.currency) for minor in (one.announced_minor, one.arrived_minor, one.unreported_minor)
    )
    return DueRow(
        day=one.due_on,
        account=one.account_name,
        announced=announced,
        arrived=arrived,
        left=announced - arrived,
        unreported=unreported,
        status=one.state,
        url=f"/payouts/{one.payout_id}/" if one.payout_id else "",
    )


def _names(due: Iterable[DuePayout]) -> list[tuple[str, str]]:
    names: dict[UUID, str] = {account.id: account.name for account in queries.list_report_accounts()}
    names |= {one.gateway_account_id: one.account_name for one in due}
    return [(str(key), name) for key, name in names.items()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
