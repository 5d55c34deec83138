"""`/orders/<id>/card-return/`: a sold gift card comes back; what is unspent leaves it, then the money goes back."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import ApprovalNeeded, Wish
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.numbers import whole_number
from merchant.core.pages.display import money_text
from merchant.core.pages.forms import error_lines
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import forms, services
from payments.after_sales.order_views import drawer_of
from payments.after_sales.pages import CardBackRow, CardReturnPage
from payments.after_sales.services import RefundRules
from payments.processing.look_ups import look_up_now
from payments.processing.refusals import PaymentOutcomeUnknown
from payments.vouchers import card_returns
from payments.vouchers.card_returns import ReturnableCard

_WHY = {
    "all_came_back": gettext_lazy("taken back before"),
    "card_spent": gettext_lazy("its money is spent"),
    "card_blocked": gettext_lazy("blocked: open it again first"),
    "card_expired": gettext_lazy("it has expired"),
}


class CardReturnView(StaffPageView):
    """The cards that an order sold, each with one press that takes it back."""

    right = "refund.create"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show what is unspent on each card."""
        return self._dialog(orders.get_own_order(self.caller, order_id))

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Take one card back for exactly the amount that was shown, once."""
        order = orders.get_own_order(self.caller, order_id)
        try:
            card_id, amount, reason = self._asked(order)
            return self.act_once(request, lambda: self._take_back(order, card_id, amount, reason))
        except NotFound:
            raise
        except ApprovalNeeded as error:
            if not error.data["approvers"]:
                return self._dialog(order, error)
            return self.lead_to(self._ask_for(order, amount, reason, error))
        except PaymentOutcomeUnknown as error:
            look_up_now(operation_id=error.data["operation_id"])
            return self._dialog(order, error)
        except AppError as error:
            return self._dialog(order, error)

    def _asked(self, order: Order) -> tuple[UUID, Money, str]:
        """What was pressed: the card and the amount that stood on its button."""
        key, _colon, minor = self.request.POST.get("card", "").partition(":")
        card_id, reason = typed_id(key), self.request.POST.get("reason", "")
        if reason not in dict(forms.REASONS):
            raise forms.RefundFormRefused(reason=_("Choose a reason."))
        if card_id is None:
            raise forms.RefundFormRefused(reason=_("Choose a card."))
        return card_id, Money(whole_number(minor) or 0, order.currency), reason

    def _take_back(self, order: Order, card_id: UUID, amount: Money, reason: str) -> str:
        granted = approvals.find_granted(_wish(order, amount, reason))
        done = services.return_goods(
            order_id=order.id,
            quantities={},
            is_restocked=True,
            reason=reason,
            rules=RefundRules(self.caller.refund_limit_minor, granted.id if granted else None, drawer_of(order)),
            now=business_now(self.caller.merchant_id),
            cards={card_id: amount.minor},
        )
        text = money_text(Money(done.total_minor, order.currency), locale=self._locale)
        messages.success(self.request, _("The card is taken back. Refund of {amount} asked for.").format(amount=text))
        return f"/orders/{order.id}/"

    def _ask_for(self, order: Order, amount: Money, reason: str, error: ApprovalNeeded) -> str:
        approvals.ask_once(wish=_wish(order, amount, reason))
        text = _(
            "This is above your limit. Asked for approval: {who}. Take the card back again when it is given; nothing was refunded."
        )
        messages.info(self.request, text.format(who=", ".join(one["name"] for one in error.data["approvers"])))
        return f"/orders/{order.id}/"

    @property
    def _locale(self) -> str:
        return locale_of(self.request.LANGUAGE_CODE)  # type: ignore[attr-defined]

    def _row(self, card: ReturnableCard, order: Order) -> CardBackRow:
        amount = Money(card.minor, order.currency)
        text = money_text(amount, locale=self._locale)
        return CardBackRow(str(card.voucher.id), card.voucher.hint, amount, text, str(_WHY.get(card.why, "")))

    def _dialog(self, order: Order, error: AppError | None = None) -> HttpResponse:
        cards = card_returns.list_returnable(order, business_now(self.caller.merchant_id))
        page = CardReturnPage(
            action_url=self.request.path,
            back_url=f"/orders/{order.id}/",
            order_number=order.number,
            cards=tuple(self._row(card, order) for card in cards),
            reasons=tuple((value, str(label)) for value, label in forms.REASONS),
            idempotency_key=str(uuid4()),
            entered_reason=self.request.POST.get("reason", "returned"),
            errors=error_lines(error),
        )
        status = 200 if error is None else (409 if error.status == 409 else 422)
        if self.is_part:
            return self.fragment("payments/after_sales/card_return_dialog.html", page, status=status)
        return self.page("payments/after_sales/card_return.html", page, current="orders", status=status)


def _wish(order: Order, amount: Money, reason: str) -> Wish:
    return Wish("refund.approve", f"order:{order.id}", reason, amount, order.store_id)
