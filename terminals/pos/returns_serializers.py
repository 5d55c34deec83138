"""What tablets send and get when goods come back."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.money import MINOR_MAX
from orders.documents.serializers import document_output
from payments.after_sales.loose_returns import LooseDone, Quote
from payments.after_sales.models import LooseReturn
from payments.after_sales.prices import Worth
from payments.after_sales.returnable import Returnable
from terminals.pos.exchanges import Exchanged
from terminals.pos.serializers import (
    BasketInput,
    ReturnLineInput,
    money,
    operation_output,
    order_output,
    payment_output,
)


class SettlingInput(serializers.Serializer[Any]):
    """How the customer pays the difference; without a method the new order stays open for it."""

    method = serializers.ChoiceField(choices=["", "cash", "gift_card", "card_present"], default="")
    tendered_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, allow_null=True, default=None)
    code = serializers.CharField(max_length=40, default="", allow_blank=True)
    terminal_id = serializers.UUIDField(allow_null=True, default=None)


class ExchangeInput(serializers.Serializer[Any]):
    """Goods of a receipt back and other goods along."""

    back = serializers.ListField(child=ReturnLineInput(), min_length=1, max_length=LINES_MAX)
    basket = BasketInput()
    settling = SettlingInput(default=dict)
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)
    as_credit = serializers.BooleanField(default=False)
    receipt = serializers.CharField(max_length=200, default="", allow_blank=True)


class LooseLineInput(serializers.Serializer[Any]):
    """Pieces of one article, by variant id, SKU or barcode, that come back without a receipt."""

    article = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX, default=1)
    damaged = serializers.BooleanField(default=False)


class LooseQuoteInput(serializers.Serializer[Any]):
    """What a customer has in hand."""

    lines = serializers.ListField(child=LooseLineInput(), min_length=1, max_length=LINES_MAX)


class LooseReturnInput(LooseQuoteInput):
    """Goods back without a receipt, and what is given for them."""

    payout = serializers.ChoiceField(choices=["store_credit", "cash"], default="store_credit")
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)


class LooseExchangeInput(LooseQuoteInput):
    """Goods back without a receipt as the price of others."""

    basket = BasketInput()
    settling = SettlingInput(default=dict)
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)


def returnable_output(found: Returnable) -> dict[str, Any]:
    """Return what a receipt can bring back, and why not the rest."""
    order = found.order
    return {
        "order": order_output(order),
        "receipt": document_output(found.document) if found.document else None,
        "is_proven": found.is_proven,
        "refundable": money(found.money.minor, order.currency),
        "lines": [
            {
                "line_id": str(row.line.id),
                "kind": row.line.kind,
                "sku": row.line.sku,
                "name": row.line.name,
                "quantity": row.line.quantity,
                "handed_over": row.line.fulfilled_quantity,
                "returned": row.line.returned_quantity,
                "returnable": row.quantity,
                "total": money(row.line.total_minor, order.currency),
                "amount": money(row.amount_minor, order.currency),
                "why_not": row.why,
            }
            for row in found.lines
        ],
        "gift_cards": [
            {
                "voucher_id": str(row.voucher.id),
                "hint": row.voucher.hint,
                "returnable": money(row.minor, order.currency),
                "why_not": row.why,
            }
            for row in found.cards
        ],
        "tenders": [
            {
                "payment_id": str(row.payment.id),
                "method": row.payment.method,
                "card": {"brand": row.payment.card_brand, "last4": row.payment.card_last4},
                "refundable": money(row.minor, order.currency),
                "why_not": row.why,
            }
            for row in found.tenders
        ],
    }


def exchange_output(done: Exchanged) -> dict[str, Any]:
    """Return what became of an exchange."""
    currency = done.order.currency
    return {
        "order": order_output(done.order),
        "back": money(done.back_minor, currency),
        "difference": money(done.difference_minor, currency),
        "refunds": [operation_output(operation) for operation in done.refunds],
        "payment": payment_output(done.payment) if done.payment else None,
        "operation": operation_output(done.operation) if done.operation else None,
        "refund_receipt": document_output(done.refund_paper) if done.refund_paper else None,
    }


def quote_output(found: Quote) -> dict[str, Any]:
    """Return what goods are worth without a receipt, by which rule, and what may be given for them."""
    currency = found.total.currency
    return {
        "lines": [_worth_output(worth, currency) for worth in found.worths],
        "total": money(found.total.minor, currency),
        "may_be_cash": found.may_be_cash,
        "cash_max": money(found.rules.cash_max_minor, currency),
        "left_today": None if found.left_minor is None else money(found.left_minor, currency),
        "needs_approval": found.left_minor is not None and found.total.minor > found.left_minor,
        "price_rule": (
            f"The lowest price of the last {found.rules.price_days} days in this store, or today's if that is lower."
        ),
    }


def loose_output(returned: LooseReturn) -> dict[str, Any]:
    """Return a return without a receipt as it is stored."""
    return {
        "id": str(returned.id),
        "store_id": str(returned.store_id),
        "register_id": str(returned.register_id),
        "lines": returned.lines,
        "total": money(returned.total_minor, returned.currency),
        "rounding": money(returned.rounding_minor, returned.currency),
        "payout": returned.payout,
        "voucher_id": str(returned.voucher_id) if returned.voucher_id else None,
        "reason": returned.reason,
        "by": returned.actor_name,
        "business_date": str(returned.business_date),
        "returned_at": returned.returned_at,
    }


def loose_done_output(done: LooseDone) -> dict[str, Any]:
    """Return a return without a receipt that was just made, with the code of its store credit."""
    return {
        **loose_output(done.returned),
        "voucher_code": done.voucher_code,
        "receipt": document_output(done.paper) if done.paper else None,
    }


def _worth_output(worth: Worth, currency: str) -> dict[str, Any]:
    return {
        "sku": worth.line.sku,
        "name": worth.line.name,
        "quantity": worth.line.quantity,
        "unit_price": money(worth.line.unit_price_minor, currency),
        "amount": money(worth.line.total_minor, currency),
        "price_rule": worth.price_rule,
        "sold_on": str(worth.sold_on) if worth.sold_on else None,
    }
