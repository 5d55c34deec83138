"""What staff do with a payment: refund it in a dialog, capture it, let it go, have it asked about."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded, Wish
from merchant.core.clock import business_now, business_today
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.pages.display import field_amount, money_text
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from orders.order import queries as orders
from orders.order.models import OrderLine
from payments.after_sales import forms, services
from payments.after_sales.pages import standing_text
from payments.after_sales.services import RefundRules
from payments.processing import increments
from payments.processing.captures import request_capture
from payments.processing.look_ups import look_up_now
from payments.processing.refusals import PaymentOutcomeUnknown, RefundExceedsCaptured
from payments.processing.voids import request_void
from payments.reconciliation.fee_audit.lost import words_of_fees_lost
from payments.records import queries, words
from payments.records.models import Operation, Payment
from payments.records.pages import AmountDialogPage, RefundDialogPage, RefundLine
from payments.records.states import OPEN_OPERATION
from payments.vouchers import standing
from payments.vouchers.standing import GiftCardIsMoney


class PaymentActView(StaffPageView):
    """One thing done with one payment the caller sees."""

    def payment_of(self, payment_id: UUID) -> Payment:
        """Return the payment. :raises NotFound: if there is none for the caller."""
        payment = queries.get_payment(payment_id)
        self.require_store(payment.store_id)
        return payment


class RefundView(PaymentActView):
    """`/payments/<id>/refund/`: the dialog, and its answer."""

    right = "refund.create"

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Show what can still be refunded."""
        return self._dialog(self.payment_of(payment_id))

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Refund once; goods that come back with it are taken back in the same transaction."""
        payment = self.payment_of(payment_id)
        try:
            form = forms.read_refund(request.POST.dict(), currency=payment.currency)  # type: ignore[arg-type]
            return self.act_once(request, lambda: self._refund(payment, form))
        except NotFound:
            raise
        except ApprovalNeeded as error:
            if not error.data["approvers"]:
                return self._dialog(payment, error)
            return self.lead_to(self._ask_for(payment, form, error))
        except PaymentOutcomeUnknown as error:
            look_up_now(operation_id=error.data["operation_id"])
            return self._dialog(queries.get_payment(payment_id), error)
        except AppError as error:
            return self._dialog(queries.get_payment(payment_id), error)

    def _refund(self, payment: Payment, form: forms.RefundForm) -> str:
        # Under the order's lock, which whoever moves its money takes first: of two forms sent at the same moment one was drawn before the other's refund.
        orders.get_order_for_update(payment.order_id)
        if self.request.POST.get("version") != version_of(queries.get_payment(payment.id)):
            raise forms.DrawnBefore()
        now = business_now(self.caller.merchant_id)
        wish = self._wish(payment, form)
        granted = approvals.find_granted(wish)
        services.refund_with_goods(
            payment_id=payment.id, amount=form.amount, reason=form.reason, quantities=form.quantities, is_restocked=form.is_restocked,
            rules=RefundRules(self.caller.refund_limit_minor, granted.id if granted else None, payment.register_id), now=now,
            as_credit=form.as_credit,
        )  # fmt: skip
        amount = money_text(form.amount, locale=self._locale)
        messages.success(
            self.request, _("Refund of {amount} asked for. Its answer appears below.").format(amount=amount)
        )
        return f"/payments/{payment.id}/"

    def _wish(self, payment: Payment, form: forms.RefundForm) -> Wish:
        return Wish("refund.approve", f"payment:{payment.id}", form.reason, form.amount, payment.store_id)

    def _ask_for(self, payment: Payment, form: forms.RefundForm, error: ApprovalNeeded) -> str:
        """Ask the people who may; the same press again asks once. With their yes the same refund goes through."""
        approvals.ask_once(wish=self._wish(payment, form))
        text = _(
            "This is above your limit. Asked for approval: {who}. Refund again when it is given; nothing was refunded."
        )
        messages.info(self.request, text.format(who=", ".join(one["name"] for one in error.data["approvers"])))
        return f"/payments/{payment.id}/"

    @property
    def _locale(self) -> str:
        return locale_of(self.request.LANGUAGE_CODE)  # type: ignore[attr-defined]

    def _dialog(self, payment: Payment, error: AppError | None = None) -> HttpResponse:
        left = Money(standing.refundable_minor(payment), payment.currency)
        limit, merchant = self.caller.refund_limit_minor, self.caller.merchant
        today = business_today(merchant)
        page = RefundDialogPage(
            action_url=self.request.path,
            payment_title=payment.order.number,
            amount_max=left,
            amount_max_text=field_amount(left.minor, payment.currency),
            goes_to=_goes_to(payment),
            reasons=tuple((value, str(label)) for value, label in forms.REASONS),
            version=version_of(payment),
            idempotency_key=str(uuid4()),
            lines=_lines(payment),
            limit=Money(limit, payment.currency) if limit is not None else None,
            can_credit=payment.method not in ("gift_card", "store_credit"),
            entered_amount=self.request.POST.get("amount", ""),
            entered_reason=self.request.POST.get("reason", ""),
            entered_note=self.request.POST.get("note", ""),
            errors=(self._sentence(error),) if error else (),
            fees_lost=words_of_fees_lost([payment.id], today=today, locale=self._locale),
        )
        status = 200 if error is None else (409 if error.status == 409 else 422)
        if self.is_part:
            return self.fragment("payments/records/refund_dialog.html", page, status=status)
        return self.page("payments/records/refund.html", page, current="payments", status=status)

    def _sentence(self, error: AppError) -> str:
        if isinstance(error, RefundExceedsCaptured):
            left = money_text(Money(error.data["left_minor"], error.data["currency"]), locale=self._locale)
            return _("Only {amount} can still be refunded. Nothing was refunded now.").format(amount=left)
        if isinstance(error, GiftCardIsMoney):
            return standing_text(error, locale=self._locale)
        if isinstance(error, ApprovalNeeded):
            return _("This is above your limit, and nobody here may approve it. Nothing was refunded.")
        return f"{error.message} {error.money}"


class AmountView(PaymentActView):
    """A dialog that asks for one amount, and what is done with it. Subclasses say what."""

    right = "payment.capture"
    title: Any = ""
    button: Any = ""
    has_final = False

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Show the dialog."""
        return self._dialog(self.payment_of(payment_id))

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Ask the gateway, once."""
        payment = self.payment_of(payment_id)
        try:
            return self.act_once(request, lambda: self._ask(payment))
        except NotFound:
            raise
        except PaymentOutcomeUnknown as error:
            look_up_now(operation_id=error.data["operation_id"])
            return self._dialog(queries.get_payment(payment_id), error)
        except AppError as error:
            return self._dialog(queries.get_payment(payment_id), error)

    def most(self, payment: Payment) -> Money:
        """Return the largest amount that makes sense."""
        raise NotImplementedError

    def ask(self, payment: Payment, amount: Money) -> str:
        """Ask for it and return the sentence that says so."""
        raise NotImplementedError

    def _ask(self, payment: Payment) -> str:
        messages.success(
            self.request, self.ask(payment, forms.read_amount(self.request.POST.get("amount", ""), payment.currency))
        )
        return f"/payments/{payment.id}/"

    def _dialog(self, payment: Payment, error: AppError | None = None) -> HttpResponse:
        most = self.most(payment)
        page = AmountDialogPage(
            action_url=self.request.path,
            title=str(self.title),
            button=str(self.button),
            amount_max=most,
            amount_max_text=field_amount(most.minor, payment.currency),
            idempotency_key=str(uuid4()),
            has_final=self.has_final,
            entered_amount=self.request.POST.get("amount", ""),
            errors=(f"{error.message} {error.money}",) if error else (),
        )
        status = 200 if error is None else (409 if error.status == 409 else 422)
        if self.is_part:
            return self.fragment("payments/records/amount_dialog.html", page, status=status)
        return self.page("payments/records/amount.html", page, current="payments", status=status)


class CaptureView(AmountView):
    """`/payments/<id>/capture/`."""

    title = gettext_lazy("Capture")
    button = gettext_lazy("Capture")
    has_final = True

    def most(self, payment: Payment) -> Money:
        """What is authorised and neither captured nor let go."""
        left = payment.authorised_minor - payment.voided_minor - payment.captured_minor - payment.capturing_minor
        return Money(max(0, left), payment.currency)

    def ask(self, payment: Payment, amount: Money) -> str:
        """Ask for the capture."""
        is_final = self.request.POST.get("final") == "on"
        now = business_now(self.caller.merchant_id)
        request_capture(payment_id=payment.id, amount=amount, is_final=is_final, now=now)
        return _("Capture asked for. Its answer appears below.")


class TipView(AmountView):
    """`/payments/<id>/tip/`."""

    title = gettext_lazy("Add a tip")
    button = gettext_lazy("Add")

    def most(self, payment: Payment) -> Money:
        """What the gateway's limit leaves."""
        return Money(max(0, increments.tip_limit_minor(payment) - payment.tip_minor), payment.currency)

    def ask(self, payment: Payment, amount: Money) -> str:
        """Ask for the tip."""
        increments.add_tip(payment_id=payment.id, tip=amount, now=business_now(self.caller.merchant_id))
        return _("Tip asked for. Its answer appears below.")


class IncreaseView(AmountView):
    """`/payments/<id>/increase/`."""

    title = gettext_lazy("Raise the authorisation")
    button = gettext_lazy("Raise")

    def most(self, payment: Payment) -> Money:
        """What is left to pay on the order."""
        return Money(orders.open_minor(payment.order), payment.currency)

    def ask(self, payment: Payment, amount: Money) -> str:
        """Ask for more."""
        increments.request_increment(payment_id=payment.id, amount=amount, now=business_now(self.caller.merchant_id))
        return _("A higher authorisation was asked for. Its answer appears below.")


class VoidView(PaymentActView):
    """`/payments/<id>/void/`."""

    right = "payment.capture"

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Let the authorisation go, or what captures left of it."""
        payment = self.payment_of(payment_id)
        return self.act_once(request, lambda: self._ask(payment))

    def _ask(self, payment: Payment) -> str:
        request_void(payment_id=payment.id, now=business_now(self.caller.merchant_id), reason="staff")
        messages.success(self.request, _("Void asked for. Its answer appears below."))
        return f"/payments/{payment.id}/"


class OverpaymentView(StaffPageView):
    """`/orders/<id>/refund-overpayment/`."""

    right = "refund.create"

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Give back what was taken twice, once."""
        orders.get_own_order(self.caller, order_id)
        return self.act_once(request, lambda: self._give_back(order_id))

    def _give_back(self, order_id: UUID) -> str:
        rules = RefundRules(self.caller.refund_limit_minor)
        services.refund_overpayment(order_id=order_id, now=business_now(self.caller.merchant_id), rules=rules)
        messages.success(self.request, _("What was paid twice is on its way back."))
        return f"/orders/{order_id}/"


class AskView(PaymentActView):
    """`/payments/<id>/ask/`: have the gateway asked at once about what it has not answered."""

    right = "payment.capture"

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Put every unanswered operation first in the queue. A repeat is harmless, so it needs no key."""
        payment = self.payment_of(payment_id)
        for operation in Operation.objects.filter(payment=payment, status__in=OPEN_OPERATION):
            look_up_now(operation_id=operation.id)
        messages.info(request, _("The gateway is being asked now."))
        return self.lead_to(f"/payments/{payment.id}/")


def version_of(payment: Payment) -> str:
    """Return what a refund form is drawn from: it differs as soon as any money of the payment moved."""
    return f"{payment.captured_minor}-{payment.refunded_minor}-{payment.refunding_minor}"


def _goes_to(payment: Payment) -> str:
    if payment.method == "cash":
        return _("the customer, in cash from the drawer")
    if payment.method in ("gift_card", "store_credit"):
        return str(words.METHODS[payment.method])
    hint = f" •{payment.card_last4}" if payment.card_last4 else ""
    return _("{card}, in 3 to 5 working days").format(
        card=words.method_words(payment.method, payment.card_brand) + hint
    )


def _lines(payment: Payment) -> tuple[RefundLine, ...]:
    lines = OrderLine.objects.filter(order_id=payment.order_id, kind="product").order_by("position")
    return tuple(
        RefundLine(
            str(line.id),
            line.name,
            Money(line.total_minor // line.quantity, payment.currency),
            line.fulfilled_quantity - line.returned_quantity,
        )
        for line in lines
        if line.fulfilled_quantity > line.returned_quantity
    )
