"""What tablets send and get."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers

from inventory.pricing.prices import PRICE_MINOR_MAX
from inventory.pricing.services import LINES_MAX, QUANTITY_MAX, Wanted
from merchant.core.fields import CurrencyField
from merchant.core.masking import mask_email, mask_name, mask_phone
from merchant.core.money import MINOR_MAX
from orders.documents.serializers import document_output
from orders.order.models import Order, OrderLine
from orders.placing.services import MadeOrder
from payments.processing import tenders
from payments.records.declines import as_document
from payments.records.gift_cards import left_on_cards
from payments.records.models import Operation, Payment
from terminals.pos.sales import CashSale


class MoneyInput(serializers.Serializer[Any]):
    """An amount in minor units of a currency."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    currency = CurrencyField()


class LineInput(serializers.Serializer[Any]):
    """One line: an article by variant id, SKU or barcode."""

    article = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX, default=1)


class GiftCardInput(serializers.Serializer[Any]):
    """
    A gift card to sell for an amount: a new one whose code is made, one with the number printed on it (`card_code`), or one there is, by its code or id.

    Nothing is on it before the order is paid.
    """

    amount_minor = serializers.IntegerField(min_value=1, max_value=PRICE_MINOR_MAX)
    top_up_code = serializers.CharField(max_length=40, default="", allow_blank=True)
    card_code = serializers.CharField(max_length=40, default="", allow_blank=True)
    voucher_id = serializers.UUIDField(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want at most one way to name the card."""
        if sum(bool(attrs[name]) for name in ("top_up_code", "card_code", "voucher_id")) > 1:
            raise serializers.ValidationError(_("give top_up_code, card_code or voucher_id"))
        return attrs


class BasketInput(serializers.Serializer[Any]):
    """Lines and promotion codes."""

    lines = serializers.ListField(child=LineInput(), min_length=1, max_length=LINES_MAX)
    codes = serializers.ListField(child=serializers.CharField(max_length=40), max_length=10, default=list)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    client_reference = serializers.CharField(max_length=80, allow_null=True, default=None)
    # Which mode the tablet shows its cashier; another one than the till's is refused.
    training = serializers.BooleanField(allow_null=True, default=None)
    coupon = serializers.CharField(max_length=40, default="", allow_blank=True)


class SaleInput(BasketInput):
    """
    A cash sale in one call. `total_minor` is what the tablet shows; a different total is refused.

    `tendered_minor` is what the customer handed over: at least the total, and not beyond any change (`tender_too_small`, `tender_too_large`). A `currency` says what both are in;
    one that is not the till's own is refused (`wrong_currency`).
    """

    tendered_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    currency = CurrencyField(allow_null=True, default=None)
    total_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, allow_null=True, default=None)


class OrderInput(BasketInput):
    """Lines of an order; beside goods it may sell gift cards."""

    lines = serializers.ListField(child=LineInput(), max_length=LINES_MAX, default=list)
    gift_cards = serializers.ListField(child=GiftCardInput(), max_length=20, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an order of nothing."""
        if not attrs["lines"] and not attrs["gift_cards"]:
            raise serializers.ValidationError({"lines": _("A line or a gift card is needed.")})
        return attrs


class LinesInput(OrderInput):
    """New lines of a draft, and the version they were drawn from."""

    version = serializers.IntegerField(min_value=1)


class NewCustomerInput(serializers.Serializer[Any]):
    """Somebody who is not known yet: a name, and an e-mail address or a phone number."""

    name = serializers.CharField(max_length=160)
    email = serializers.EmailField(default="", allow_blank=True)
    phone = serializers.CharField(max_length=40, default="", allow_blank=True)


class OrderCustomerInput(serializers.Serializer[Any]):
    """Whose order it is: somebody known, somebody new, or with neither nobody."""

    customer_id = serializers.UUIDField(allow_null=True, default=None)
    new = NewCustomerInput(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want at most one of them."""
        if attrs["customer_id"] and attrs["new"]:
            raise serializers.ValidationError(_("give customer_id or new"))
        return attrs


class TenderInput(serializers.Serializer[Any]):
    """One tender towards an order. `tendered_minor` is the cash that was handed over: at least the amount, and not beyond any change."""

    method = serializers.ChoiceField(choices=["cash", "gift_card", "card_present"])
    amount = MoneyInput()
    tendered_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, allow_null=True, default=None)
    code = serializers.CharField(max_length=40, default="", allow_blank=True)
    # Whose part it is, where the order is split.
    part_id = serializers.UUIDField(allow_null=True, default=None)
    terminal_id = serializers.UUIDField(allow_null=True, default=None)
    # A card whose number is typed in at the terminal while the customer is on the phone.
    moto = serializers.BooleanField(default=False)
    ask_tip = serializers.BooleanField(default=False)
    tip_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, default=0)


class CompletionInput(serializers.Serializer[Any]):
    """The version of the order that the tablet shows as free."""

    version = serializers.IntegerField(min_value=1)


class ReturnLineInput(serializers.Serializer[Any]):
    """Pieces of one order line that come back."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX)
    # Not fit for sale: they stay off the shelf.
    damaged = serializers.BooleanField(default=False)


class ReturnCardInput(serializers.Serializer[Any]):
    """A gift card that comes back, and what whoever takes it back was told is unspent on it."""

    voucher_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)


class ReturnInput(serializers.Serializer[Any]):
    """A return of a receipt. `receipt` is its secret, or its link as scanned: with it goods come back in any store."""

    lines = serializers.ListField(child=ReturnLineInput(), max_length=LINES_MAX, default=list)
    gift_cards = serializers.ListField(child=ReturnCardInput(), max_length=LINES_MAX, default=list)
    restock = serializers.BooleanField(default=True)
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)
    as_credit = serializers.BooleanField(default=False)
    receipt = serializers.CharField(max_length=200, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something has to come back."""
        if not attrs["lines"] and not attrs["gift_cards"]:
            raise serializers.ValidationError({"lines": _("this list may not be empty without gift cards")})
        return attrs


class RefundInput(serializers.Serializer[Any]):
    """Money back on one payment, by the way it came or as store credit."""

    amount = MoneyInput()
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)
    as_credit = serializers.BooleanField(default=False)


def wanted(lines: list[dict[str, Any]]) -> list[Wanted]:
    """Return validated lines as pricing takes them."""
    return [Wanted(line["article"], line["quantity"]) for line in lines]


def summed(lines: list[dict[str, Any]], *, is_damaged: bool = False) -> dict[UUID, int]:
    """Return pieces per order line, sound or damaged; a line that is named twice comes back with both."""
    pieces: dict[UUID, int] = {}
    for line in [line for line in lines if line["damaged"] is is_damaged]:
        pieces[line["line_id"]] = pieces.get(line["line_id"], 0) + line["quantity"]
    return pieces


def money(minor: int, currency: str) -> dict[str, Any]:
    """Return an amount as REST shows it."""
    return {"amount_minor": minor, "currency": currency}


def sale_output(sale: CashSale, currency: str) -> dict[str, Any]:
    """Return a finished sale."""
    return {
        "order": made_output(sale.order, currency, status="completed", version=1),
        "payment_id": str(sale.payment_id),
        "rounding": money(sale.rounding_minor, currency),
        "to_pay": money(sale.order.total_minor + sale.rounding_minor, currency),
        "change": money(sale.change_minor, currency),
        "receipt": document_output(sale.document),
        "opens_drawer": True,
    }


def made_output(made: MadeOrder, currency: str, *, status: str, version: int) -> dict[str, Any]:
    """Return an order that was just made, with live totals."""
    return {
        "id": str(made.id),
        "number": made.number,
        "status": status,
        "version": version,
        "total": money(made.total_minor, currency),
        "tax": money(made.tax_minor, currency),
        "lines": [
            {
                "id": str(line_id),
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "includes_tax": line.includes_tax,
                "discount_minor": line.discount_minor,
                "total_minor": line.total_minor,
                "tax_rate_basis_points": line.tax_rate_basis_points,
                "tax_minor": line.tax_minor,
            }
            for line_id, line in zip(made.line_ids, made.lines, strict=True)
        ],
    }


def stored_lines_output(order: Order) -> list[dict[str, Any]]:
    """Return an order's lines with what was taken off each."""
    return [
        {
            "id": str(line.id),
            "kind": line.kind,
            # The card that money is put on; a card that is made has none before it is paid.
            "voucher_id": str(line.variant_id) if line.kind == "gift_card" and line.variant_id else None,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price_minor,
            "includes_tax": line.includes_tax,
            "discount_minor": line.discount_minor,
            "staff_discount_minor": line.staff_discount_minor,
            "total_minor": line.total_minor,
            "tax_rate_basis_points": line.tax_rate_basis_points,
            "tax_minor": line.tax_minor,
        }
        for line in OrderLine.objects.filter(order=order).order_by("position")
    ]


def customer_output(order: Order, *, is_masked: bool = False) -> dict[str, Any] | None:
    """Return whose order it is, None for nobody's; the order's customer is loaded by the caller."""
    customer = order.customer
    if customer is None:
        return None
    return {
        "id": str(customer.id),
        "name": mask_name(customer.name) if is_masked else customer.name,
        "email": mask_email(customer.email) if is_masked else customer.email,
        "phone": mask_phone(customer.phone) if is_masked else customer.phone,
    }


def order_output(order: Order) -> dict[str, Any]:
    """Return a stored order's totals and what is left to pay."""
    return {
        "id": str(order.id),
        "number": order.number,
        "status": order.status,
        "fulfilment_status": order.fulfilment_status,
        "version": order.version,
        "total": money(order.total_minor, order.currency),
        "tax": money(order.tax_minor, order.currency),
        "discount": money(order.discount_minor, order.currency),
        "secured": money(order.secured_minor, order.currency),
        "open": money(max(0, order.total_minor - order.secured_minor), order.currency),
        "open_in_cash": money(tenders.cash_to_pay(order), order.currency),
    }


def payment_output(payment: Payment) -> dict[str, Any]:
    """Return one payment as the till shows it."""
    minor = payment.authorised_minor - payment.voided_minor
    in_drawer = minor + payment.rounding_minor
    return {
        "id": str(payment.id),
        "order_id": str(payment.order_id),
        "method": payment.method,
        "status": payment.status,
        "amount": money(payment.amount_minor, payment.currency),
        "approved": money(minor, payment.currency),
        "rounding": money(payment.rounding_minor, payment.currency),
        "change": money(max(0, (payment.tendered_minor or in_drawer) - in_drawer), payment.currency),
        "card": {"brand": payment.card_brand, "last4": payment.card_last4},
        "tip": money(payment.tip_minor, payment.currency),
        "initiation": payment.initiation,
        "decline_code": payment.decline_code,
        "decline": as_document(payment.decline_code),
    }


def card_left_output(payment: Payment) -> dict[str, Any] | None:
    """Return what is left on the gift card a payment was made with, None for other tenders."""
    card = left_on_cards([payment]).get(payment.id)
    return {"hint": card.hint, "left": money(card.left_minor, payment.currency)} if card else None


def operation_output(operation: Operation) -> dict[str, Any]:
    """Return an operation that was asked: its result comes by websocket, by asking again, or by webhook."""
    return {
        "id": str(operation.id),
        "payment_id": str(operation.payment_id),
        "order_id": str(operation.order_id),
        "kind": operation.kind,
        "reference": operation.reference,
        "status": operation.status,
        "amount": money(operation.amount_minor, operation.currency),
        "terminal_id": str(operation.terminal_id) if operation.terminal_id else None,
        "decline_code": operation.decline_code,
        "decline": as_document(operation.decline_code),
        "action_url": operation.action_url,
        "status_url": f"/api/v1/operations/{operation.id}/",
    }
