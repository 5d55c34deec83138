"""`/accounting/periods/`: what is closed, and closing and reopening it."""

from __future__ import annotations

from datetime import date
from itertools import zip_longest
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded
from merchant.core.clock import business_now, business_today
from merchant.core.errors import AppError
from merchant.core.pages.display import day_text
from merchant.core.pages.forms import FormField, FormPage, answered, error_lines
from merchant.core.pages.parts import Action, EmptyState, FilterBar, Link, ListFrame, Pager
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from merchant.ledger import periods as ledger_periods
from merchant.ledger.periods import Lock
from payments.accounting import periods
from payments.accounting.forms import read_day
from payments.accounting.pages import ACCOUNTING, PeriodListPage, PeriodRow

PERIODS = f"{ACCOUNTING}periods/"


class PeriodListView(StaffPageView):
    """Closings and reopenings."""

    right = "ledger.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them, the newest first."""
        locks = ledger_periods.list_locks()
        actions = []
        if self.caller.has_right("accounting.reopen") and locks:
            actions.append(Action(_("Reopen"), f"{PERIODS}reopen/", "undo-2"))
        if self.caller.has_right("accounting.close"):
            actions.append(Action(_("Close a period"), f"{PERIODS}close/", "lock", tone="primary"))
        empty = EmptyState(
            "lock", _("Nothing is closed yet"), _("Close a month when its books are done; late facts then go to the next open day.")
        )  # fmt: skip
        frame = ListFrame(
            title=_("Periods"), bar=FilterBar(PERIODS), pager=Pager(), empty=empty, actions=tuple(actions)
        )
        rows = tuple(_row(lock, earlier) for lock, earlier in zip_longest(locks, locks[1:]))
        page = PeriodListPage(
            frame, rows, locks[0].locked_until if locks else None, Link(_("Accounting"), ACCOUNTING), tuple(actions)
        )
        return self.page("payments/accounting/periods.html", page, current="accounting")


class CloseView(StaffPageView):
    """Close the books up to a day."""

    right = "accounting.close"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, filled with the last day of the last month."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close, once."""
        try:
            return self.act_once(request, self._close)
        except AppError as error:
            return self._form(error)

    def _close(self) -> str:
        self.require_store(None)
        now = business_now(self.caller.merchant_id)
        until = read_day(self.request.POST.get("until", ""))
        lock = periods.close_period(until=until, today=business_today(self.caller.merchant), now=now)
        messages.success(self.request, _("The books are closed up to {day}.").format(day=_day_words(lock.locked_until)))
        return PERIODS

    def _form(self, error: AppError | None = None) -> HttpResponse:
        last = date.fromordinal(business_today(self.caller.merchant).replace(day=1).toordinal() - 1)
        fields: tuple[FormField, ...] = (
            FormField("until", _("Up to and including"), "date", last.isoformat(), is_required=True),
        )
        notice = _(
            "What arrives later for these days is booked on the next open day. Files of closed days never change."
        )
        return _form_page(self, _("Close a period"), "close/", fields, _("Close the books"), notice, error)


class ReopenView(StaffPageView):
    """Open closed days again, with a second person's word."""

    right = "accounting.reopen"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Reopen, once; without another person's approval that person is asked."""
        try:
            return self.act_once(request, self._reopen)
        except ApprovalNeeded as error:
            approvals.ask_once(wish=periods.reopening_wish(*self._asked()))
            names = ", ".join(one["name"] for one in error.data["approvers"]) or _("nobody here has the right")
            messages.info(
                request, _("A second person must agree: {who}. Say it again once they have.").format(who=names)
            )
            return self.lead_to(PERIODS)
        except AppError as error:
            return self._form(error)

    def _reopen(self) -> str:
        self.require_store(None)
        day, reason = self._asked()
        granted = approvals.find_granted(periods.reopening_wish(day, reason))
        periods.reopen_period(
            day=day,
            reason=reason,
            approval_id=granted.id if granted else None,
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("Open again from {day}.").format(day=_day_words(day)))
        return PERIODS

    def _asked(self) -> tuple[date, str]:
        return read_day(self.request.POST.get("day", "")), self.request.POST.get("reason", "").strip()

    def _form(self, error: AppError | None = None) -> HttpResponse:
        lock = ledger_periods.lock_in_force()
        first = lock.locked_until.replace(day=1).isoformat() if lock else ""
        # An approved request leads here with what was asked for.
        asked = self.request.GET
        fields: tuple[FormField, ...] = (
            FormField("day", _("Open again from"), "date", asked.get("day", first), is_required=True),
            FormField("reason", _("Why"), text=asked.get("reason", ""), is_required=True, length_max=200),
        )
        notice = _("Needs another person with the right, who finds it under Approvals. Every later day opens too.")
        return _form_page(self, _("Reopen a period"), "reopen/", fields, _("Reopen"), notice, error)


def _form_page(
    view: StaffPageView,
    title: str,
    path: str,
    fields: tuple[FormField, ...],
    button: str,
    notice: str,
    error: AppError | None,
) -> HttpResponse:
    fields = answered(fields, view.request.POST, error)
    page = FormPage(
        title=title,
        back=Link(_("Periods"), PERIODS),
        action_url=f"{PERIODS}{path}",
        idempotency_key=str(uuid4()),
        fields=fields,
        button=button,
        notice=notice,
        errors=error_lines(error, fields),
    )
    return view.page("components/form_page.html", page, current="accounting", status=error.status if error else 200)


def _day_words(day: date) -> str:
    return day_text(day, shape="full", locale=current_locale())


def _row(lock: Lock, earlier: Lock | None) -> PeriodRow:
    is_reopening = earlier is not None and lock.locked_until < earlier.locked_until
    return PeriodRow(
        number=lock.number,
        what=_("Reopened") if is_reopening else _("Closed"),
        locked_until=lock.locked_until,
        at=lock.created_at,
        people=", ".join(name for name in (lock.actor_name, lock.approved_by) if name),
        reason=lock.reason,
    )
