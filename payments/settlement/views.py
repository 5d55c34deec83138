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
from payments.settlement import queries
from payments.settlement.payout_pages import PayoutListPage, payout_row
from payments.settlement.states import PAYOUT


class PayoutListView(StaffPageView):
    """`/payouts/`."""

    right = "settlement.read"

    def today(self) -> date:
        """Return the merchant's business day."""
        return business_today(self.caller.merchant)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of payouts, newest first."""
        here, today = Here.of(request), self.today()
        rows = queries.list_late_payouts(today) if "late" in here.params.get("status", ()) else queries.list_payouts()
        if statuses := [status for status in here.params.get("status", ()) if status in PAYOUT.states]:
            rows = rows.filter(status__in=statuses)
        if text := here.one("q"):
            rows = rows.filter(reference__icontains=text)
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        states = ("expected", "in_transit", "late", "in_bank", "short", "returned")
        bar = here.bar(
            here.choice("status", _("State"), [(state, LOOKS[state].word) for state in states]),
            search_hint=_("payout reference"),
        )
        empty = EmptyState(
            "landmark", _("No payouts yet"), _("The first one appears when a settlement report announces it.")
        )
        page = PayoutListPage(
            ListFrame(bar=bar, pager=here.pager(found), empty=empty, actions=self._actions()),
            tuple(payout_row(payout, today=today) for payout in found.rows),
        )
        return self.page("payments/settlement/payouts.html", page, current="payouts")

    def _actions(self) -> tuple[Action, ...]:
        ways = (Action(_("Due per day"), "/payouts/due/", "hourglass"), Action(_("Fees"), "/fees/", "hand-coins"))
        if not self.caller.has_right("export.create"):
            return ways
        return (*ways, Action(_("Export"), "/exports/new/?subject=payouts", "upload", "dialog", shortcut="e"))
