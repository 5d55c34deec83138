"""What the merchant holds about one person, as plain data they can take along (GDPR, articles 15 and 20)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from merchant.core.audit.models import AuditEntry
from merchant.customers import queries as customers
from merchant.customers.models import Customer
from merchant.messages.models import Message
from orders.feedback.models import Feedback
from orders.order.models import Order, OrderLine
from payments.records.models import Payment, StoredCredential

# Asked for by one person about one person: somebody with more orders than this is a company's buying department, and gets an export.
ORDERS_MAX = 5_000


def holdings_of(customer: Customer) -> dict[str, Any]:
    """Return everything about a customer: who they are, what they bought, paid, agreed to, were written and said themselves. Secrets and internal keys are left out."""
    orders = list(
        Order.objects.filter(customer_id=customer.id).select_related("channel", "store").order_by("id")[:ORDERS_MAX]
    )
    ids = [order.id for order in orders]
    return {
        "person": {
            "id": str(customer.id), "name": customer.name, "email": customer.email, "former_emails": customer.former_emails,
            "phone": customer.phone, "language": customer.locale, "since": customer.created_at.isoformat(),
        },
        "consents": [
            {"purpose": row.purpose, "given": row.is_given, "words": row.words, "source": row.source, "at": row.said_at.isoformat()}
            for row in customers.list_consents(customer.id)
        ],
        "orders": [_order(order) for order in orders],
        "order_lines": _lines(ids),
        "payments": _payments(ids),
        "stored_cards": [
            {
                "brand": card.card_brand, "last4": card.card_last4, "consent": card.consent_text, "consented_at": card.consented_at.isoformat(),
                "taken_back_at": card.revoked_at.isoformat() if card.revoked_at else None,
            }
            for card in StoredCredential.objects.filter(customer_id=customer.id).order_by("id")
        ],
        "messages": _mails(ids),
        "feedback": [
            {"order": said.order.number, "rating": said.rating, "text": said.text, "at": said.given_at.isoformat()}
            for said in Feedback.objects.select_related("order").filter(order_id__in=ids).order_by("id")
        ],
        "shown_to": [
            {"at": row.at.isoformat(), "by": row.actor_name, "reason": row.data.get("reason", "")}
            for row in AuditEntry.objects.filter(subject=f"customer:{customer.id}", action="customer.revealed").order_by("id")
        ],
    }  # fmt: skip


def _order(order: Order) -> dict[str, Any]:
    return {
        "number": order.number, "status": order.status, "channel": order.channel.name, "store": order.store.name if order.store else None,
        "placed_at": (order.placed_at or order.created_at).isoformat(), "total_minor": order.total_minor, "currency": order.currency,
        "email": order.email, "delivery": order.delivery, "note": order.note,
    }  # fmt: skip


def _lines(order_ids: list[UUID]) -> list[dict[str, Any]]:
    rows = OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position")
    return list(rows.values("order__number", "sku", "name", "quantity", "total_minor"))


def _payments(order_ids: list[UUID]) -> list[dict[str, Any]]:
    rows = Payment.objects.filter(order_id__in=order_ids).order_by("id")
    names = (
        "order__number",
        "method",
        "status",
        "amount_minor",
        "refunded_minor",
        "currency",
        "card_brand",
        "card_last4",
    )
    return list(rows.values(*names))


def _mails(order_ids: list[UUID]) -> list[dict[str, Any]]:
    about = [f"order:{key}" for key in order_ids]
    rows = Message.objects.filter(about__in=about).order_by("id")
    return [
        {"at": row.created_at.isoformat(), "to": row.recipient, "subject": row.subject, "text": row.body_text}
        for row in rows
    ]
