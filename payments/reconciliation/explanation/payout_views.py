"""Payouts: money to the bank."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_today
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, ListFrame
from merchant.core.pages.status import PAYOUT as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation.explanation import payout_queries
from payments.reconciliation.explanation.payout_pages import PayoutListPage, payout_row


class PayoutListView(StaffPageView):
    """`/payouts/`."""

    right = "settlement.read"

    def today(self) -> date:
        """Return the merchant's business day."""
        return business_today(self.caller.merchant)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of payouts, newest first."""
        here, today = Here.of(request), self.today()
        rows = payout_queries.list_payouts(here.params.get("status", ()), today=today)
        if text := here.one("q"):
            rows = rows.filter(reference__icontains=text)
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        bar = here.bar(
            here.choice("status", _("State"), [(state, LOOKS[state].word) for state in payout_queries.STATES]),
            search_hint=_("payout reference"),
        )
        empty = EmptyState(
            "landmark", _("No payouts yet"), _("The first one appears when a settlement report announces it.")
        )
        decided = payout_queries.decided_among(found.rows)
        page = PayoutListPage(
            ListFrame(bar=bar, pager=here.pager(found), empty=empty, actions=self._actions()),
            tuple(payout_row(payout, today=today, is_decided=payout.id in decided) for payout in found.rows),
        )
        return self.page("payments/reconciliation/payouts.html", page, current="payouts")

    def _actions(self) -> tuple[Action, ...]:
        ways = (Action(_("Due per day"), "/payouts/due/", "hourglass"), Action(_("Fees"), "/fees/", "hand-coins"))
        if not self.caller.has_right("export.create"):
            return ways
        return (*ways, Action(_("Export"), "/exports/new/?subject=payouts", "upload", "dialog", shortcut="e"))
