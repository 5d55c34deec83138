"""`/approvals/`: what waits for another person's word, and the PIN for giving it at a till."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from merchant.accounts.approvals import queries, services
from merchant.accounts.approvals.models import Approval, StaffPin
from merchant.accounts.approvals.pages import ApprovalRow, ApprovalsPage
from merchant.accounts.approvals.services import ApprovalEnded
from merchant.accounts.approvals.words import reason_words, right_words, subject_words
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.pages.parts import Action
from merchant.core.staff_pages import StaffPageView
from merchant.core.telling import state_words

_SHOWN_MAX = 50
_PAGES = {
    "payment": "/payments/{}/",
    "order": "/orders/{}/",
    "shift": "/day-close/shifts/{}/",
    "open_orders": "/day-close/shifts/{}/",
    "x_report": "/day-close/shifts/{}/",
    "period": "/accounting/periods/",
    "exception": "/reconciliation/exceptions/{}/",
    "exceptions": "/reconciliation/exceptions/",
    "report": "/reconciliation/?batch={}",
    "statement": "/imports/statements/{}/",
    "loose_return": "/day-close/tills/{}/",
    "offline_sale": "/offline/",
}


class ApprovalListView(StaffPageView):
    """`/approvals/`."""

    right = "approval.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what waits and what was decided lately."""
        return show_list(self)


class DecisionView(StaffPageView):
    """A person's word. Subclasses say which."""

    right = "approval.give"
    is_granted = True

    def post(self, request: HttpRequest, approval_id: UUID) -> HttpResponse:
        """Decide, once; what is refused is said on the page of approvals."""
        if not queries.list_seen_by(self.caller).filter(pk=approval_id).exists():
            raise NotFound()
        try:
            return self.act_once(request, lambda: self._decide(approval_id))
        except NotFound:
            raise
        except ApprovalEnded as error:
            messages.error(request, _ended_words(error, queries.get_approval(approval_id)))
        except AppError as error:
            messages.error(request, f"{error.message} {error.next_step}".strip())
        return self.lead_to("/approvals/")

    def _decide(self, approval_id: UUID) -> str:
        approval = services.decide(approval_id=approval_id, member_id=self.caller.id, is_granted=self.is_granted)
        said = _("Approved for {name}.") if self.is_granted else _("Refused for {name}.")
        messages.success(self.request, said.format(name=approval.asked_by_name))
        return "/approvals/"


class GrantView(DecisionView):
    """`/approvals/<id>/grant/`."""


class RefuseView(DecisionView):
    """`/approvals/<id>/refuse/`."""

    is_granted = False


class PinPageView(StaffPageView):
    """`/approvals/pin/`."""

    right = "pin.manage"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set the person's PIN. A repeat sets the same, so it needs no key."""
        try:
            services.set_pin(member_id=self.caller.id, pin=request.POST.get("pin", ""))
        except AppError as error:
            return show_list(self, errors=(error.message,), status=error.status)
        messages.success(request, _("Your PIN for the till is set."))
        return self.lead_to("/approvals/")


def show_list(view: StaffPageView, *, errors: tuple[str, ...] = (), status: int = 200) -> HttpResponse:
    """Return the page of approvals as the caller sees it."""
    pin = StaffPin.objects.filter(member_id=view.caller.id).first()
    page = ApprovalsPage(
        rows=tuple(_row(approval, view) for approval in queries.list_seen_by(view.caller)[:_SHOWN_MAX]),
        can_set_pin=view.caller.has_right("pin.manage"),
        has_pin=pin is not None,
        is_pin_locked=pin is not None and pin.failures >= queries.PIN_TRIES_MAX,
        errors=errors,
    )
    return view.page(
        "merchant/accounts/approvals.html", page, current="staff", live_topics=(services.TOPIC,), status=status
    )


def _row(approval: Approval, view: StaffPageView) -> ApprovalRow:
    kind, _colon, key = approval.subject.partition(":")
    is_waiting = approval.status == "asked" and approval.expires_at > machine_now()
    own = approval.asked_by_member_id == view.caller.id
    caller = view.caller
    is_able = queries.may_decide(approval, rights=caller.rights, limit_minor=caller.refund_limit_minor)
    actions: tuple[Action, ...] = ()
    if is_waiting and is_able and not own:
        actions = (
            Action(
                _("Approve"),
                f"/approvals/{approval.id}/grant/",
                "check-check",
                "post",
                tone="primary",
                key=str(uuid4()),
            ),
            Action(_("Refuse"), f"/approvals/{approval.id}/refuse/", "ban", "post", key=str(uuid4())),
        )
    if own and kind == "period" and approval.status == "granted" and _is_live(approval):
        filled = urlencode({"day": key, "reason": approval.reason})
        actions = (Action(_("Reopen"), f"/accounting/periods/reopen/?{filled}", "undo-2", tone="primary"),)
    return ApprovalRow(
        what=right_words(approval.right, approval.subject),
        about=approval.subject if kind not in _PAGES else subject_words(approval.subject) or pgettext("act", "Open"),
        # What follows the id says what would be done with it.
        url=_PAGES[kind].format(key.partition(":")[0]) if kind in _PAGES else "",
        amount=Money(approval.amount_minor, approval.currency) if approval.amount_minor is not None else None,
        reason=reason_words(approval.right, approval.reason),
        asked_by=approval.asked_by_name,
        asked_at=approval.asked_at,
        status="expired" if approval.status in ("asked", "granted") and not _is_live(approval) else approval.status,
        decided_by=str(approval.decided_by.user) if approval.decided_by else "",
        actions=actions,
    )


def _ended_words(error: ApprovalEnded, approval: Approval) -> str:
    """Return why a word came too late: who gave theirs first, or that the time is over."""
    if approval.decided_by is None:
        return f"{error.message} {error.next_step}".strip()
    said = _("{who} decided about this before you: it is {state}. Your answer changed nothing.")
    return said.format(who=approval.decided_by.user, state=state_words(approval.status))


def _is_live(approval: Approval) -> bool:
    return bool(approval.expires_at > machine_now())
