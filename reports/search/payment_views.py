"""Payments for staff: the list, and one payment explained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import places_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, FilterBar, ListFrame, Pager, Stat, TotalLine
from merchant.core.pages.shell import locale_of
from merchant.core.pages.status import PAYMENT as PAYMENT_LOOKS
from merchant.core.staff_pages import StaffPageView
from merchant.core.telling import count_words
from payments.records import words
from payments.records.models import SETTLED_SHORT
from payments.records.pages import PaymentListPage
from payments.records.queries import PAYMENT_FILTERS, PaymentFilters
from payments.records.queries import read_filters as read_payment_filters
from payments.records.states import PAYMENT
from reports.search import queries
from reports.search.list_parts import cursor_of, export_ticked, export_url, new_rows_topic, one_place
from reports.search.payment_pages import payment_page, payment_row

PAYMENT_VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("All"), {}),
    (gettext_lazy("Needs action"), {"status": "unknown,action_required"}),
    (gettext_lazy("To capture"), {"status": "authorised"}),
    (gettext_lazy("Declined"), {"status": "declined,failed"}),
    (gettext_lazy("Refunds"), {"status": "partly_refunded,refunded"}),
)


class PaymentListView(StaffPageView):
    """`/payments/`: find a payment."""

    right = "payment.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the filtered payments, newest first; with `totals` what they all come to."""
        here, filters = _payment_filters(self, request)
        if here.one("totals"):
            lines = _payment_totals(filters)
            if self.is_part:
                page = PaymentListPage(ListFrame(FilterBar(here.path), Pager(), _no_payments(), totals=lines), ())
                return self.fragment("payments/records/totals.html", page)
        else:
            lines = None
        found = queries.list_shown_payments(filters, cursor_of(here))
        page = PaymentListPage(
            ListFrame(
                bar=self._bar(here),
                pager=here.pager(found),
                empty=_no_payments(),
                export_url=export_url(self, here, "payments", PAYMENT_FILTERS),
                totals_url=here.url(totals="1"),
                totals=lines,
                live_topic=new_rows_topic(here, "payments"),
                bulk=export_ticked(self, "payments"),
                actions=_take_a_payment(self),
            ),
            tuple(payment_row(payment) for payment in found.rows),
        )
        return self.page(
            "payments/records/list.html", page, current="payments", live_topics=(merchant_topic("payments"),)
        )

    def _bar(self, here: Here) -> FilterBar:
        places = places_of(self.caller)
        return here.bar(
            here.days("date", _("Business day")),
            here.choice(
                "status",
                _("Status"),
                [(state, PAYMENT_LOOKS[state].word) for state in PAYMENT.states if state in PAYMENT_LOOKS],
            ),
            here.choice("method", _("Method"), words.METHODS.items()),
            here.choice("money_stage", _("Money"), _stages()),
            *one_place(here, "store", _("Location"), places.stores),
            *one_place(here, "channel", _("Channel"), places.channels),
            search_hint=_("order, •4242, 12.50, reference"),
            views=PAYMENT_VIEWS,
        )


class PaymentDetailView(StaffPageView):
    """`/payments/<id>/`: explain one payment; in the drawer when htmx asks."""

    right = "payment.read"

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Show the payment with its trail, timeline, operations and what can be done with it."""
        story = queries.get_payment_story(payment_id)
        self.require_store(story.payment.store_id)
        settled = queries.list_settled(payment_id)
        audit = queries.list_audit(f"payment:{payment_id}")
        page = payment_page(story, settled, audit, caller=self.caller, locale=locale_of(request.LANGUAGE_CODE))  # type: ignore[attr-defined]
        # The page asks for itself again when the payment changes; everything else that asks is the drawer of the list.
        if self.is_part and request.headers.get("HX-Target") != "payment-live":
            return self.fragment("payments/records/drawer.html", page)
        return self.page(
            "payments/records/detail.html", page, current="payments", live_topics=(f"payment:{payment_id}",)
        )


def _payment_filters(view: StaffPageView, request: HttpRequest) -> tuple[Here, PaymentFilters]:
    here = Here.of(request)
    return here, read_payment_filters(here.joined(PAYMENT_FILTERS), only_stores=view.caller.stores)


def _payment_totals(filters: PaymentFilters) -> tuple[TotalLine, ...]:
    lines = []
    for row in queries.sum_payments(filters):
        currency = row["currency"]
        captured, refunded = row["captured"], row["refunded"]
        figures = (
            Stat(_("Payments"), count_words(row["number"])),
            Stat(_("Taken"), Money(row["secured"], currency)),
            Stat(_("Captured"), Money(captured, currency)),
            Stat(_("Refunded"), Money(-refunded, currency)),
            Stat(_("Net taken"), Money(row["secured"] - refunded, currency)),
            Stat(_("Settled"), Money(row["settled"], currency)),
            *_parts_of_short(row, filters),
        )
        lines.append(TotalLine(currency, figures))
    return tuple(lines)


def _parts_of_short(row: dict[str, Any], filters: PaymentFilters) -> tuple[Stat, ...]:
    """
    What of these payments was settled short, what a short payout did not bring, and what is in the bank of them: what Home shows of each, when its figure opened
    this list.
    """
    net, missing, unsettled = row["captured"] - row["refunded"], row["missing"], row["unsettled"]
    stages = set(filters.money_stage)
    parts: list[tuple[str, int]] = [(_("Settled short"), unsettled)] if unsettled else []
    if stages == {"taken", SETTLED_SHORT}:
        parts.append((_("With the processor"), row["taken"] + unsettled))
    elif stages == {"settled"} and unsettled:
        parts.append((_("Not paid out"), net - unsettled))
    elif stages == {"short", "reconciled"}:
        parts += [(_("Missing of short payouts"), missing), (_("In the bank"), net - unsettled - missing)]
    elif stages == {"paid_out", "short"}:
        parts += [(_("In the bank"), row["arrived"]), (_("Not in the bank"), net - unsettled - row["arrived"])]
    elif missing:
        parts.append((_("Missing of short payouts"), missing))
    return tuple(Stat(words, Money(minor, row["currency"])) for words, minor in parts)


def _stages() -> list[tuple[str, str]]:
    return [
        ("taken", _("Captured")),
        (SETTLED_SHORT, _("Settled short")),
        ("settled", _("Settled")),
        ("paid_out", _("Paid out")),
        ("short", _("Paid out short")),
        ("reconciled", _("Reconciled")),
    ]


def _take_a_payment(view: StaffPageView) -> tuple[Action, ...]:
    return (
        (Action(_("Take a payment"), "/payment-links/new/", "plus", "dialog", "primary"),)
        if view.caller.has_right("link.create")
        else ()
    )


def _no_payments() -> EmptyState:
    return EmptyState("credit-card", _("No payments yet"), _("The first one appears here by itself."))
