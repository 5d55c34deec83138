"""The receipt of an order that was paid online."""

from __future__ import annotations

from datetime import datetime

from inventory.pricing.services import PricedLine
from orders.documents import services as documents
from orders.documents.models import Document
from orders.documents.services import Paper, Tender
from orders.order import queries as orders
from orders.order.models import Order
from payments.checkout import queries
from payments.records.models import Payment


def issue_once(*, order: Order, now: datetime) -> Document:
    """Return the order's receipt, and issue it if there is none. The order is locked by the caller; numbered last in the transaction."""
    receipt: Document | None = Document.objects.filter(order=order, kind="receipt").first()
    if receipt is not None:
        return receipt
    issued = documents.issue(
        Paper(
            kind="receipt",
            order_id=order.id,
            order_number=order.number,
            currency=order.currency,
            lines=_lines(order),
            tenders=[
                _tender(payment)
                for payment in Payment.objects.filter(order=order, authorised_minor__gt=0).order_by("id")
            ],
            store=order.store,
            register_id=None,
            register_name="",
            business_date=orders.business_day(order, now),
            issued_at=now,
        )
    )
    made: Document = Document.objects.get(id=issued.id)
    return made


def _lines(order: Order) -> list[PricedLine]:
    return [
        PricedLine(
            kind=line.kind,
            variant_id=line.variant_id,
            sku=line.sku,
            name=line.name,
            is_stocked=line.is_stocked,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            discount_minor=line.discount_minor,
            total_minor=line.total_minor,
            tax_rate_basis_points=line.tax_rate_basis_points,
            tax_minor=line.tax_minor,
        )
        for line in queries.list_lines(order)
    ]


def _tender(payment: Payment) -> Tender:
    return Tender(
        method=payment.method,
        amount_minor=payment.authorised_minor - payment.voided_minor,
        card_brand=payment.card_brand,
        card_last4=payment.card_last4,
        auth_code=payment.auth_code,
    )
