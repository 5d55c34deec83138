"""`/orders/<id>/refund/`: money of an order back over its tenders, proposed by the way it came and changeable."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded, Wish
from merchant.core.clock import business_date, business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.pages.display import field_amount, money_text
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import forms, proposals, returnable, services
from payments.after_sales.pages import OrderRefundPage, TenderField, standing_text
from payments.after_sales.proposals import NothingRefundable, PartsDiffer, RefundPart
from payments.after_sales.returnable import Returnable
from payments.after_sales.services import Goods, RefundRules
from payments.processing.look_ups import look_up_now
from payments.processing.refusals import PaymentOutcomeUnknown, RefundExceedsCaptured
from payments.reconciliation.fee_audit.lost import words_of_fees_lost
from payments.records import words
from payments.records.models import Payment
from payments.records.pages import RefundLine
from payments.vouchers.standing import GiftCardIsMoney

_WHY = {
    "outcome_unknown": gettext_lazy("its outcome is unknown"),
    "not_captured_yet": gettext_lazy("not captured yet"),
    "disputed": gettext_lazy("disputed"),
    "refund_under_way": gettext_lazy("a refund is under way"),
    "all_went_back": gettext_lazy("all of it went back"),
    "gift_card_is_money": gettext_lazy("it stands on a gift card"),
}


class OrderRefundView(StaffPageView):
    """The dialog, and its answer."""

    right = "refund.create"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show what can go back and where; `amount` proposes anew."""
        return self._dialog(orders.get_own_order(self.caller, order_id), request.GET.dict())  # type: ignore[arg-type]

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Refund once, all parts together with the goods that come back, or nothing."""
        order = orders.get_own_order(self.caller, order_id)
        fields: Mapping[str, str] = request.POST.dict()  # type: ignore[assignment]
        try:
            form = forms.read_refund(fields, currency=order.currency)
            return self.act_once(request, lambda: self._refund(order, form, fields))
        except NotFound:
            raise
        except ApprovalNeeded as error:
            if not error.data["approvers"]:
                return self._dialog(order, fields, error)
            return self.lead_to(self._ask_for(order, form, error))
        except PaymentOutcomeUnknown as error:
            look_up_now(operation_id=error.data["operation_id"])
            return self._dialog(order, fields, error)
        except AppError as error:
            return self._dialog(order, fields, error)

    def _refund(self, order: Order, form: forms.RefundForm, fields: Mapping[str, str]) -> str:
        # Under the order's lock, as for one payment: of two forms sent at the same moment one is too old.
        orders.get_order_for_update(order.id)
        if fields.get("version") != version_of(order):
            raise forms.DrawnBefore()
        granted = approvals.find_granted(_wish(order, form))
        services.refund_order_with_goods(
            order_id=order.id,
            amount=form.amount,
            reason=form.reason,
            goods=Goods(form.quantities) if form.is_restocked else Goods({}, form.quantities),
            parts=_parts(order, fields, form.as_credit),
            rules=RefundRules(self.caller.refund_limit_minor, granted.id if granted else None, drawer_of(order)),
            now=business_now(self.caller.merchant_id),
        )
        amount = money_text(form.amount, locale=self._locale)
        messages.success(self.request, _("Refund of {amount} asked for.").format(amount=amount))
        return f"/orders/{order.id}/"

    def _ask_for(self, order: Order, form: forms.RefundForm, error: ApprovalNeeded) -> str:
        approvals.ask_once(wish=_wish(order, form))
        text = _(
            "This is above your limit. Asked for approval: {who}. Refund again when it is given; nothing was refunded."
        )
        messages.info(self.request, text.format(who=", ".join(one["name"] for one in error.data["approvers"])))
        return f"/orders/{order.id}/"

    @property
    def _locale(self) -> str:
        return locale_of(self.request.LANGUAGE_CODE)  # type: ignore[attr-defined]

    def _dialog(self, order: Order, fields: Mapping[str, str], error: AppError | None = None) -> HttpResponse:
        limit, merchant = self.caller.refund_limit_minor, self.caller.merchant
        now = business_now(merchant.id)
        found = returnable.of_order(order, now=now)
        today = business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)
        page = OrderRefundPage(
            action_url=self.request.path,
            order_number=order.number,
            amount_max=found.money,
            amount_max_text=field_amount(found.money.minor, found.money.currency),
            entered_amount=fields.get("amount", ""),
            tenders=_tenders(found, fields, is_typed=error is not None),
            lines=_lines(found),
            reasons=tuple((value, str(label)) for value, label in forms.REASONS),
            version=version_of(order),
            idempotency_key=str(uuid4()),
            limit=Money(limit, order.currency) if limit is not None else None,
            entered_reason=fields.get("reason", ""),
            entered_note=fields.get("note", ""),
            errors=(self._sentence(order, error),) if error else (),
            fees_lost=words_of_fees_lost([row.payment.id for row in found.tenders], today=today, locale=self._locale),
        )
        status = 200 if error is None else (409 if error.status == 409 else 422)
        if self.is_part:
            return self.fragment("payments/after_sales/order_refund_dialog.html", page, status=status)
        return self.page("payments/after_sales/order_refund.html", page, current="orders", status=status)

    def _sentence(self, order: Order, error: AppError) -> str:
        if isinstance(error, PartsDiffer):
            parts, amount = error.data["parts_minor"], error.data["amount_minor"]
            text = _("The parts come to {parts}, the refund to {amount}. Nothing was refunded.")
            return text.format(parts=self._text(order, parts), amount=self._text(order, amount))
        if isinstance(error, RefundExceedsCaptured | NothingRefundable):
            left = self._text(order, error.data["left_minor"])
            return _("Only {amount} of that can still be refunded. Nothing was refunded.").format(amount=left)
        if isinstance(error, GiftCardIsMoney):
            return standing_text(error, locale=self._locale)
        if isinstance(error, ApprovalNeeded):
            return _("This is above your limit, and nobody here may approve it. Nothing was refunded.")
        return f"{error.message} {error.money}"

    def _text(self, order: Order, minor: int) -> str:
        return money_text(Money(minor, order.currency), locale=self._locale)


def version_of(order: Order) -> str:
    """Return what a refund form of an order is drawn from: it differs as soon as any money of the order moved."""
    rows = Payment.objects.filter(order=order).order_by("id")
    return "/".join(
        f"{captured}-{refunded}-{refunding}"
        for captured, refunded, refunding in rows.values_list("captured_minor", "refunded_minor", "refunding_minor")
    )


def _wish(order: Order, form: forms.RefundForm) -> Wish:
    return Wish("refund.approve", f"order:{order.id}", form.reason, form.amount, order.store_id)


def drawer_of(order: Order) -> UUID | None:
    """Cash goes back out of the drawer it came into."""
    return Payment.objects.filter(order=order, method="cash").values_list("register_id", flat=True).first()


def _parts(order: Order, fields: Mapping[str, str], as_credit: bool) -> list[RefundPart]:
    parts = []
    for payment in Payment.objects.filter(order=order).order_by("id"):
        text = fields.get(f"part_{payment.id}", "").strip()
        if text and text.strip("0.,"):
            amount = forms.read_amount(text, order.currency)
            parts.append(RefundPart(payment.id, payment.method, amount, as_credit))
    return parts


def _tenders(found: Returnable, fields: Mapping[str, str], *, is_typed: bool) -> tuple[TenderField, ...]:
    proposed = {} if is_typed else _proposed(found, fields)
    return tuple(
        TenderField(
            payment_id=str(row.payment.id),
            name=_name(row.payment),
            most=Money(row.minor, found.order.currency),
            entered=fields.get(f"part_{row.payment.id}", "") if is_typed else proposed.get(row.payment.id, ""),
            why=str(_WHY.get(row.why, "")),
        )
        for row in found.tenders
    )


def _proposed(found: Returnable, fields: Mapping[str, str]) -> dict[UUID, str]:
    """What the original route would be for the amount that was typed, else for all there is."""
    try:
        typed = fields.get("amount", "")
        amount = forms.read_amount(typed, found.order.currency) if typed else found.money
        parts = proposals.propose(order=found.order, amount=amount)
    except AppError:
        return {}
    return {part.payment_id: field_amount(part.amount.minor, part.amount.currency) for part in parts}


def _lines(found: Returnable) -> tuple[RefundLine, ...]:
    return tuple(
        RefundLine(
            str(row.line.id),
            row.line.name,
            Money(row.line.total_minor // row.line.quantity, found.order.currency),
            row.quantity,
        )
        for row in found.lines
        if row.quantity and row.line.kind == "product"
    )


def _name(payment: Payment) -> str:
    hint = f" •{payment.card_last4}" if payment.card_last4 else ""
    return words.method_words(payment.method, payment.card_brand) + hint
