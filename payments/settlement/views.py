"""Payouts: money to the bank."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_date, business_now
from merchant.core.money import Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, Fact, ListFrame, Stat
from merchant.core.pages.status import PAYOUT as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.settlement import queries
from payments.settlement.models import Payout
from payments.settlement.payout_pages import PayoutLineRow, PayoutListPage, PayoutPage, payout_row
from payments.settlement.states import PAYOUT


class PayoutView(StaffPageView):
    """What both pages need."""

    right = "settlement.read"

    def today(self) -> date:
        """Return the merchant's business day."""
        merchant = self.caller.merchant
        return business_date(business_now(merchant.id), zone=merchant.zone, cutoff=merchant.day_cutoff)


class PayoutListView(PayoutView):
    """`/payouts/`."""

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
            ListFrame(bar=bar, pager=here.pager(found), empty=empty),
            tuple(payout_row(payout, today=today) for payout in found.rows),
        )
        return self.page("payments/settlement/payouts.html", page, current="payouts")


class PayoutDetailView(PayoutView):
    """`/payouts/<id>/`."""

    def get(self, request: HttpRequest, payout_id: UUID) -> HttpResponse:
        """Show the steps from gross to net and where the money is."""
        payout = queries.get_payout(payout_id)
        inside = queries.sum_inside(payout)
        page = PayoutPage(
            row=payout_row(payout, today=self.today()),
            stats=_steps(payout, inside),
            facts=_facts(payout),
            lines=tuple(_line(row, payout.currency) for row in inside),
        )
        return self.page("payments/settlement/payout.html", page, current="payouts")


def _steps(payout: Payout, inside: list[dict[str, Any]]) -> tuple[Stat, ...]:
    def money(minor: int) -> Money:
        return Money(minor, payout.currency)

    sales = sum(row["gross_minor"] for row in inside if row["kind"] == "sale")
    refunds = sum(row["gross_minor"] for row in inside if row["kind"] == "refund")
    others = sum(row["gross_minor"] for row in inside if row["kind"] not in ("sale", "refund"))
    fees = sum(row["fee_minor"] for row in inside)
    stats = [Stat(_("Sales"), money(sales)), Stat(_("Refunds"), money(refunds)), Stat(_("Fees"), money(-fees))]
    if others:
        stats.append(Stat(_("Other"), money(others)))
    stats.append(Stat(_("Payout"), money(payout.amount_minor)))
    difference = payout.arrived_minor - payout.amount_minor
    stats.append(
        Stat(_("Arrived"), money(payout.arrived_minor), tone="bad" if payout.arrived_minor and difference else "")
    )
    if payout.arrived_minor and difference:
        words = _("Missing") if difference < 0 else _("Too much")
        stats.append(Stat(words, money(abs(difference)), tone="bad"))
    return tuple(stats)


def _facts(payout: Payout) -> tuple[Fact, ...]:
    facts = [
        Fact(_("Gateway account"), payout.gateway_account.name),
        Fact(_("Announced"), payout.announced_on),
        Fact(_("Expected"), payout.expected_on),
    ]
    if payout.batch:
        facts.append(Fact(_("Batch"), payout.batch, is_identifier=True))
    if payout.report_id:
        facts.append(Fact(_("Report"), _("the file that announced it"), f"/imports/{payout.report_id}/"))
    return (*facts, Fact(_("Reference"), payout.reference, is_identifier=True))


def _line(row: dict[str, int], currency: str) -> PayoutLineRow:
    amounts = (Money(row[name], currency) for name in ("gross_minor", "fee_minor", "net_minor"))
    return PayoutLineRow(str(row["kind"]).replace("_", " ").capitalize(), row["number"], *amounts)
