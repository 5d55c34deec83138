"""The receipt of an order that was paid online."""

from __future__ import annotations

from datetime import datetime

from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from orders.documents import services as documents
from orders.documents.models import Document
from orders.documents.services import Paper, Tender
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing.lines import lines_of
from payments.records.gift_cards import CardLeft, left_on_cards
from payments.records.models import Payment
from payments.records.tips import tip_secured


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
            lines=lines_of(order),
            tenders=_tenders(order),
            store=documents.find_seller(order),
            register_id=None,
            register_name="",
            business_date=orders.business_day(order, now),
            issued_at=now,
            language=_language_of(order),
        )
    )
    made: Document = Document.objects.get(id=issued.id)
    return made


def _language_of(order: Order) -> str:
    """The language the order was paid in; in the merchant's own language the merchant's own way of writing dates and amounts holds."""
    language = str(order.delivery.get("language", ""))
    own = merchants.get_merchant(current_merchant_id()).locale
    return "" if own.partition("_")[0].partition("-")[0] == language else language


def _tenders(order: Order) -> list[Tender]:
    payments = list(Payment.objects.filter(order=order, authorised_minor__gt=0).order_by("id"))
    left = left_on_cards(payments)
    return [_tender(payment, left.get(payment.id)) for payment in payments]


def _tender(payment: Payment, card: CardLeft | None) -> Tender:
    return Tender(
        method=payment.method,
        amount_minor=payment.authorised_minor - payment.voided_minor,
        card_brand=payment.card_brand,
        card_last4=payment.card_last4,
        auth_code=payment.auth_code,
        tip_minor=tip_secured(payment),
        left_minor=card.left_minor if card else None,
        card_hint=card.hint if card else "",
    )
