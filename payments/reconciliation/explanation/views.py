"""`/payouts/<id>/` and `/bank-lines/<id>/`: every cent explained, downwards and upwards."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from merchant.core.clock import business_today
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Pager
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation.explanation import pages as explanation_pages
from payments.reconciliation.explanation import payout_queries
from payments.reconciliation.explanation import queries as explanation
from payments.reconciliation.explanation.pages import BankLinePage, PayoutPage
from payments.reconciliation.explanation.payout_pages import payout_row
from payments.settlement import queries as settlement

LINES_SHOWN = 50


class PayoutView(StaffPageView):
    """One payout."""

    right = "settlement.read"

    def get(self, request: HttpRequest, payout_id: UUID) -> HttpResponse:
        """Show the steps from gross to net, the rows, and the bank line that brought it."""
        payout, here, merchant = settlement.get_payout(payout_id), Here.of(request), self.caller.merchant
        today = business_today(merchant)
        found = explanation.explain_payout(payout_id, after=typed_id(here.one("after")), most=LINES_SHOWN + 1)
        shown = found.lines[:LINES_SHOWN]
        more = here.url(after=str(shown[-1]["line_id"])) if len(found.lines) > LINES_SHOWN else ""
        missing = payout.arrived_minor - payout.amount_minor if payout.arrived_minor else 0
        page = PayoutPage(
            row=payout_row(payout, today=today, is_decided=bool(payout_queries.decided_among([payout]))),
            flow=explanation_pages.flow_of(found),
            facts=explanation_pages.payout_facts(found),
            kinds=explanation_pages.kind_rows(found),
            lines=tuple(explanation_pages.line_row(line) for line in shown),
            bank=tuple(explanation_pages.bank_row(line) for line in found.bank_lines),
            pager=Pager(more, "", len(shown)),
            actions=(explanation_pages.download_action(found),) if self.caller.has_right("export.create") else (),
            unexplained=_unless_nothing(found.unexplained_minor, payout.currency),
            missing=_unless_nothing(missing, payout.currency),
        )
        return self.page("payments/reconciliation/payout.html", page, current="payouts")


class BankLineView(StaffPageView):
    """One bank line."""

    right = "reconciliation.read"

    def get(self, request: HttpRequest, bank_line_id: UUID) -> HttpResponse:
        """Show what it is made of."""
        found = explanation.explain_bank_line(bank_line_id, most=LINES_SHOWN)
        line = found.line
        page = BankLinePage(
            title=line["text"] or line["bank_reference"] or line["bank_account"],
            amount=Money(line["amount_minor"], line["currency"]),
            facts=explanation_pages.bank_line_facts(line),
            parts=explanation_pages.part_rows(found),
            back_url=f"/imports/statements/{line['statement_id']}/",
            unexplained=_unless_nothing(found.unexplained_minor, line["currency"]),
        )
        return self.page("payments/reconciliation/bank_line.html", page, current="reconciliation")


def _unless_nothing(minor: int, currency: str) -> Money | None:
    return Money(minor, currency) if minor else None
