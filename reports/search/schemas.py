"""What OpenAPI says about the answers of this slice. Documentation only; `serializers.py` makes the answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers as fields

_DAYS = {"date_from", "date_to"}
_IDS = {"store", "channel", "register", "customer", "gateway_account"}


def parameters(filters: Iterable[str]) -> list[OpenApiParameter]:
    """Return the query parameters of a list with these filters, paging included."""
    shown = [OpenApiParameter(name, _type_of(name), description=_DESCRIPTIONS.get(name, "")) for name in filters]
    return [
        *shown,
        OpenApiParameter(
            "after", OpenApiTypes.UUID, description="The `older` cursor of the page before: continue to older rows."
        ),
        OpenApiParameter("before", OpenApiTypes.UUID, description="The `newer` cursor: go back to newer rows."),
        OpenApiParameter("size", OpenApiTypes.INT, description="Rows a page, 1 to 200, 50 unless told."),
    ]


_DESCRIPTIONS = {
    "date_from": "First business day, inclusive.",
    "date_to": "Last business day, inclusive.",
    "status": "One or more, with commas between.",
    "method": "One or more, with commas between.",
    "fulfilment_status": "One or more, with commas between.",
    "q": "What a person typed, told apart by its shape: an order's number, an amount such as 12.50, an id, a card's last four digits.",
    "ids": "One or more, with commas between.",
    "reference": "Our reference or the processor's, whole.",
    "amount_minor": "Exactly this amount in minor units.",
    "last4": "The last four digits of the card.",
    "account": "A kind of account the journal touches, such as `clearing`.",
    "about": "What the journal is about, such as `order:<id>`.",
}


def _type_of(name: str) -> Any:
    if name in _DAYS:
        return OpenApiTypes.DATE
    if name in _IDS:
        return OpenApiTypes.UUID
    return OpenApiTypes.INT64 if name == "amount_minor" else OpenApiTypes.STR


class MoneySchema(fields.Serializer[Any]):
    """An amount in minor units and its ISO 4217 currency."""

    amount_minor = fields.IntegerField(max_value=2**63 - 1, min_value=-(2**63) + 1)
    currency = fields.CharField(min_length=3, max_length=3)


class PlaceSchema(fields.Serializer[Any]):
    """A store."""

    id = fields.UUIDField()
    code = fields.CharField()
    name = fields.CharField()


class OrderRowSchema(fields.Serializer[Any]):
    """An order in a list."""

    id = fields.UUIDField()
    number = fields.CharField()
    status = fields.CharField()
    fulfilment_status = fields.CharField()
    channel = inline_serializer(
        "OrderChannel", {"id": fields.UUIDField(), "kind": fields.CharField(), "name": fields.CharField()}
    )
    store = PlaceSchema(allow_null=True)
    register_id = fields.UUIDField(allow_null=True)
    customer_id = fields.UUIDField(allow_null=True)
    total = MoneySchema()
    tax = MoneySchema()
    discount = MoneySchema()
    secured = MoneySchema()
    captured = MoneySchema()
    refunded = MoneySchema()
    open = MoneySchema()
    client_reference = fields.CharField(allow_null=True)
    business_date = fields.DateField()
    created_at = fields.DateTimeField()
    placed_at = fields.DateTimeField(allow_null=True)
    version = fields.IntegerField()


class OrderLineSchema(fields.Serializer[Any]):
    """A line of an order."""

    id = fields.UUIDField()
    position = fields.IntegerField()
    kind = fields.CharField()
    variant_id = fields.UUIDField(allow_null=True)
    sku = fields.CharField(allow_blank=True)
    name = fields.CharField()
    quantity = fields.IntegerField()
    unit_price = MoneySchema()
    discount = MoneySchema()
    total = MoneySchema()
    tax = MoneySchema()
    tax_rate_basis_points = fields.IntegerField()
    fulfilled_quantity = fields.IntegerField()
    returned_quantity = fields.IntegerField()


class PaymentRowSchema(fields.Serializer[Any]):
    """A payment in a list."""

    id = fields.UUIDField()
    order = inline_serializer("PaymentOrder", {"id": fields.UUIDField(), "number": fields.CharField()})
    status = fields.CharField()
    method = fields.CharField()
    store = PlaceSchema(allow_null=True)
    register_id = fields.UUIDField(allow_null=True)
    gateway_account = inline_serializer(
        "PaymentGatewayAccount",
        {"id": fields.UUIDField(), "gateway": fields.CharField(), "name": fields.CharField()},
        allow_null=True,
    )
    amount = MoneySchema()
    rounding = MoneySchema()
    tendered = MoneySchema(allow_null=True)
    authorised = MoneySchema()
    captured = MoneySchema()
    refunded = MoneySchema()
    refundable = MoneySchema()
    settled = MoneySchema()
    money_stage = fields.CharField(help_text="taken, settled, paid_out, short or reconciled.")
    missing_in_bank = MoneySchema(help_text="What a payout that came short did not bring of it; zero for all others.")
    settled_short = MoneySchema(
        help_text="What reports settled less than was agreed and the processor still owes; it is not in the bank, however far `money_stage` says the rest is."
    )
    card = inline_serializer("PaymentCard", {"brand": fields.CharField(), "last4": fields.CharField()}, allow_null=True)
    auth_code = fields.CharField(allow_blank=True)
    decline_code = fields.CharField(allow_blank=True)
    gateway_reference = fields.CharField(allow_blank=True)
    business_date = fields.DateField()
    created_at = fields.DateTimeField()


class OperationSchema(fields.Serializer[Any]):
    """One thing asked of a gateway."""

    id = fields.UUIDField()
    kind = fields.CharField()
    status = fields.CharField()
    reference = fields.CharField()
    gateway_reference = fields.CharField(allow_blank=True)
    amount = MoneySchema()
    result = MoneySchema(allow_null=True)
    terminal_id = fields.UUIDField(allow_null=True)
    decline_code = fields.CharField(allow_blank=True)
    action_url = fields.CharField(allow_blank=True)
    reason = fields.CharField(allow_blank=True)
    business_date = fields.DateField()
    requested_at = fields.DateTimeField()
    submitted_at = fields.DateTimeField(allow_null=True)
    finished_at = fields.DateTimeField(allow_null=True)
    landed_at = fields.DateTimeField(allow_null=True)


class EvidenceSchema(fields.Serializer[Any]):
    """What somebody told us about an operation."""

    at = fields.DateTimeField()
    operation = fields.CharField()
    kind = fields.CharField()
    source = fields.CharField()  # type: ignore[assignment]
    outcome = fields.CharField()
    amount = MoneySchema(allow_null=True)
    changed_status = fields.BooleanField()


class PaymentDetailSchema(PaymentRowSchema):
    """One payment with its operations and timeline."""

    operations = OperationSchema(many=True)
    timeline = EvidenceSchema(many=True)


class GoodsLineSchema(fields.Serializer[Any]):
    """Pieces of one order line."""

    order_line_id = fields.UUIDField()
    quantity = fields.IntegerField()


class FulfilmentSchema(fields.Serializer[Any]):
    """Goods handed over."""

    id = fields.UUIDField()
    store_id = fields.UUIDField(allow_null=True)
    lines = GoodsLineSchema(many=True)
    total = MoneySchema()
    business_date = fields.DateField()
    fulfilled_at = fields.DateTimeField()


class ReturnSchema(fields.Serializer[Any]):
    """Goods taken back."""

    id = fields.UUIDField()
    store_id = fields.UUIDField(allow_null=True)
    lines = GoodsLineSchema(many=True)
    total = MoneySchema()
    is_restocked = fields.BooleanField()
    reason = fields.CharField(allow_blank=True)
    business_date = fields.DateField()
    returned_at = fields.DateTimeField()


class PaperSchema(fields.Serializer[Any]):
    """A receipt, invoice or credit note, and where to read it."""

    id = fields.UUIDField()
    kind = fields.CharField()
    number = fields.IntegerField()
    total = MoneySchema()
    business_date = fields.DateField()
    issued_at = fields.DateTimeField()
    url = fields.CharField()


class OrderDetailSchema(OrderRowSchema):
    """One order with everything that happened to it."""

    email = fields.CharField(allow_blank=True)
    delivery = fields.DictField()
    note = fields.CharField(allow_blank=True)
    lines = OrderLineSchema(many=True)
    payments = PaymentRowSchema(many=True)
    fulfilments = FulfilmentSchema(many=True)
    returns = ReturnSchema(many=True)
    documents = PaperSchema(many=True)


class PostingSchema(fields.Serializer[Any]):
    """One leg: debit positive, credit negative."""

    account = fields.CharField()
    subject = fields.CharField(allow_blank=True)
    amount = MoneySchema()
    base_minor = fields.IntegerField()


class JournalRowSchema(fields.Serializer[Any]):
    """One journal with its legs."""

    id = fields.UUIDField()
    recipe = fields.CharField()
    source = fields.CharField()  # type: ignore[assignment]
    about = fields.CharField(allow_blank=True)
    text = fields.CharField(allow_blank=True)
    business_date = fields.DateField()
    booked_at = fields.DateTimeField()
    reverses = fields.UUIDField(allow_null=True)
    postings = PostingSchema(many=True)


def page_of(row: type[fields.Serializer[Any]], name: str) -> Any:
    """Return the schema of one page of `row`."""
    cursor = {"older": fields.CharField(allow_null=True), "newer": fields.CharField(allow_null=True)}
    return inline_serializer(name, {"results": row(many=True), **cursor})
