"""`/payments/unresolved/`: outcomes nobody knows, and what two people say of them after all asking was in vain."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded, Wish
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.money import Money
from merchant.core.staff_pages import StaffPageView
from payments.processing import overriding
from payments.records import words
from payments.records.models import Operation, PaymentOverride
from payments.records.pages import OverrideRow, UnresolvedPage, UnresolvedRow

_SHOWN_MAX = 100


class UnresolvedListView(StaffPageView):
    """`/payments/unresolved/`."""

    right = "payment.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what nobody knows, and what people said lately."""
        said = PaymentOverride.objects.select_related("operation__payment").order_by("-id")
        if self.caller.stores is not None:
            said = said.filter(operation__payment__store_id__in=self.caller.stores)
        page = UnresolvedPage(
            rows=tuple(_row(one) for one in overriding.list_unresolved(stores=self.caller.stores)[:_SHOWN_MAX]),
            overrides=tuple(_said(one) for one in said[:_SHOWN_MAX]),
            can_override=self.caller.has_right("payment.override"),
        )
        return self.page("payments/records/unresolved.html", page, current="payments")


class OverrideView(StaffPageView):
    """`/operations/<id>/override/`."""

    right = "payment.override"

    def post(self, request: HttpRequest, operation_id: UUID) -> HttpResponse:
        """Say how it ended, with another person's approval; without one that person is asked."""
        operation = Operation.objects.select_related("payment").filter(id=operation_id).first()
        if operation is None:
            raise NotFound()
        self.require_store(operation.payment.store_id)
        try:
            return self.act_once(request, lambda: self._override(operation))
        except ApprovalNeeded as error:
            approvals.ask_once(wish=self._wish(operation))
            names = ", ".join(one["name"] for one in error.data["approvers"]) or _("nobody here has the right")
            messages.info(
                request, _("A second person must agree: {who}. Say it again once they have.").format(who=names)
            )
            return self.lead_to("/payments/unresolved/")

    def _override(self, operation: Operation) -> str:
        wish = self._wish(operation)
        granted = approvals.find_granted(wish)
        overriding.override(
            operation_id=operation.id,
            is_paid=self.request.POST.get("treat_as") == "paid",
            reason=wish.reason,
            approval_id=granted.id if granted else None,
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("Booked as you said. The settlement report has to confirm it."))
        return "/payments/unresolved/"

    def _wish(self, operation: Operation) -> Wish:
        reason = self.request.POST.get("reason", "").strip()[:200]
        if not reason or self.request.POST.get("treat_as") not in ("paid", "not_paid"):
            raise Invalid(reason=_("say paid or not paid, and why"))
        amount = Money(operation.amount_minor, operation.currency)
        return Wish("payment.override", f"payment:{operation.payment_id}", reason, amount, operation.payment.store_id)


def _row(operation: Operation) -> UnresolvedRow:
    return UnresolvedRow(
        id=str(operation.id),
        payment_url=f"/payments/{operation.payment_id}/",
        order_number=operation.payment.order.number,
        what=str(words.KINDS.get(operation.kind, operation.kind)),
        amount=Money(operation.amount_minor, operation.currency),
        gateway=operation.gateway_account.name if operation.gateway_account else "",
        asked_at=operation.submitted_at or operation.requested_at,
        looks=operation.looks,
        is_for_people=overriding.is_for_people(operation),
        key=str(uuid4()),
    )


def _said(override: PaymentOverride) -> OverrideRow:
    return OverrideRow(
        payment_url=f"/payments/{override.operation.payment_id}/",
        reference=override.operation.reference,
        said=_("treated as paid") if override.is_paid else _("treated as not paid"),
        reason=override.reason,
        people=f"{override.said_by}, {override.approved_by}",
        said_at=override.said_at,
        status=override.status,
        proof=override.proof,
    )
