"""What tablets send after they were offline, and what they get."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.fields import CurrencyField
from merchant.core.idempotency.services import KEY_LENGTH_MAX
from merchant.core.money import MINOR_MAX
from orders.documents.serializers import document_output
from terminals.pos import offline_queries
from terminals.pos.batch import ITEMS_MAX, Result
from terminals.pos.offline import Landed
from terminals.pos.offline_rows import Sold, SoldLine, TakenTender
from terminals.pos.offline_rules import AGE_MINUTES_MAX, SALES_MAX, Limits
from terminals.pos.serializers import money, order_output, payment_output

# A clock that lost its battery begins in 1970 or 2000.
FIRST_YEAR = 2001


class SoldLineInput(serializers.Serializer[Any]):
    """One line as it stood on the customer's paper; `total_minor` includes tax."""

    article = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX, default=1)
    total_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX)


class TakenTenderInput(serializers.Serializer[Any]):
    """Cash, or a gift card by its code, as it was taken. `tendered_minor` that cannot be is noted, not refused: the sale happened."""

    method = serializers.ChoiceField(choices=["cash", "gift_card"])
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    tendered_minor = serializers.IntegerField(min_value=-MINOR_MAX, max_value=MINOR_MAX, allow_null=True, default=None)
    code = serializers.CharField(max_length=40, default="", allow_blank=True)


class OfflineSaleInput(serializers.Serializer[Any]):
    """
    A sale that was made offline. `receipt_number` is what the till printed: the register's next one.

    `replaces_order_id` is the order that its goods stood on while the line was up: if that is paid as well, the books say so beside the sale. A `currency` that is not the
    till's own is refused (`wrong_currency`). A `sold_at` that is still to come is noted, and the sale booked as of its arrival.
    """

    lines = serializers.ListField(child=SoldLineInput(), min_length=1, max_length=LINES_MAX)
    tenders = serializers.ListField(child=TakenTenderInput(), min_length=1, max_length=20)
    sold_at = serializers.DateTimeField()
    receipt_number = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, allow_null=True, default=None)
    approval_id = serializers.UUIDField(allow_null=True, default=None)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    replaces_order_id = serializers.UUIDField(allow_null=True, default=None)
    currency = CurrencyField(allow_null=True, default=None)

    def validate_sold_at(self, moment: datetime) -> datetime:
        """Refuse a tablet's clock that was never set: before any till like this there is no day to add to."""
        if moment.year < FIRST_YEAR:
            raise serializers.ValidationError(_("The till's clock is wrong."))
        return moment

    def sold(self, data: dict[str, Any], key: str) -> Sold:
        """Return validated `data` as the service takes it."""
        return Sold(
            key=key,
            lines=[SoldLine(line["article"], line["quantity"], line["total_minor"]) for line in data["lines"]],
            tenders=[
                TakenTender(tender["method"], tender["amount_minor"], tender["tendered_minor"], tender["code"])
                for tender in data["tenders"]
            ],
            sold_at=data["sold_at"],
            printed_number=data["receipt_number"],
            approval_id=data["approval_id"],
            note=data["note"],
            replaces_order_id=data["replaces_order_id"],
            currency=data["currency"],
        )


class ItemInput(serializers.Serializer[Any]):
    """One queued request: its own key, its path below /api/v1/ and its body. `@<key>` in the path is the order that an earlier item began."""

    key = serializers.CharField(max_length=KEY_LENGTH_MAX)
    path = serializers.CharField(max_length=300)
    body = serializers.DictField()


class BatchInput(serializers.Serializer[Any]):
    """A tablet's queue, oldest first."""

    operations = serializers.ListField(child=ItemInput(), min_length=1, max_length=ITEMS_MAX)


class OfflineRulesInput(serializers.Serializer[Any]):
    """Values to change; null is inherited again. Amounts are minor units."""

    store_id = serializers.UUIDField(required=False, allow_null=True)
    is_allowed = serializers.BooleanField(required=False, allow_null=True)
    sale_cash_max_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, required=False, allow_null=True)
    sale_gift_card_max_minor = serializers.IntegerField(
        min_value=0, max_value=MINOR_MAX, required=False, allow_null=True
    )
    device_cash_max_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, required=False, allow_null=True)
    device_gift_card_max_minor = serializers.IntegerField(
        min_value=0, max_value=MINOR_MAX, required=False, allow_null=True
    )
    device_sales_max = serializers.IntegerField(min_value=0, max_value=SALES_MAX, required=False, allow_null=True)
    age_minutes_max = serializers.IntegerField(min_value=0, max_value=AGE_MINUTES_MAX, required=False, allow_null=True)


def landed_output(landed: Landed) -> dict[str, Any]:
    """Return a sale as it was booked, and what of it somebody should know."""
    currency, odd_minor, odd_sold_at = landed.order.currency, landed.row.odd_tendered_minor, landed.row.odd_sold_at
    twice = offline_queries.find_paid_twice(landed.row)
    return {
        "order": order_output(landed.order),
        "payments": [payment_output(payment) for payment in landed.payments],
        "receipt": {**document_output(landed.document), "printed_number": landed.row.printed_number},
        "business_date": str(landed.order.business_date),
        "oversold": [{"sku": sku, "pieces": pieces} for sku, pieces in sorted(landed.oversold.items())],
        "at_risk": money(landed.at_risk_minor, currency),
        "price_difference": money(landed.row.price_difference_minor, currency),
        "odd_tendered": money(odd_minor, currency) if odd_minor is not None else None,
        "odd_sold_at": odd_sold_at.isoformat() if odd_sold_at is not None else None,
        "paid_twice": {"order_id": str(twice.order_id), "number": twice.number, "amount": money(twice.minor, currency)}
        if twice is not None
        else None,
    }


def result_output(result: Result) -> dict[str, Any]:
    """Return how one item ended."""
    return {
        "key": result.key,
        "status": result.status,
        "replayed": result.is_replayed,
        "body": result.document,
    }


def limits_output(store_id: str | None, limits: Limits) -> dict[str, Any]:
    """Return what holds, and where each value comes from."""
    names = [name for name in limits.__slots__ if name != "sources"]  # type: ignore[attr-defined]
    return {"store_id": store_id, **{name: getattr(limits, name) for name in names}, "from": limits.sources}
