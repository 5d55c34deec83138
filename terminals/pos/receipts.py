"""Receipts of a till: what stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from merchant.core.audit.models import AuditEntry
from merchant.core.callers import RegisterFacts
from merchant.core.tenancy import current_actor
from merchant.merchants import queries as merchants
from orders.documents.models import Document
from orders.documents.services import Paper, Tender
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing.lines import lines_of
from orders.placing.services import MadeOrder
from payments.records.gift_cards import CardLeft, left_on_cards
from payments.records.models import Payment
from payments.records.tips import tip_secured
from terminals.pos.shifts import people

# Whose hand a receipt names: a person's, or that of the tablet they work at.
_AT_THE_TILL = ("staff", "register")


def find_receipt(order_id: UUID) -> Document | None:
    """Return an order's receipt, or None while there is none."""
    return Document.objects.filter(order_id=order_id, kind="receipt").first()


def till_paper(
    *,
    made: MadeOrder,
    register: RegisterFacts,
    tenders: Sequence[Tender],
    rounding_minor: int,
    business_date: date,
    issued_at: datetime,
    printed_number: int | None = None,
    served_by: str | None = None,
) -> Paper:
    """
    Return the receipt of a sale that was made and paid in one call; `printed_number` is what a till without a line gave it.

    It names whose shift is open at the till, or `served_by` where the caller knows who stood there; where nobody did, the till itself.
    """
    person = people.person_at(register.register_id) if served_by is None else served_by
    return Paper(
        kind="receipt",
        order_id=made.id,
        order_number=made.number,
        currency=register.currency,
        lines=made.lines,
        tenders=tenders,
        rounding_minor=rounding_minor,
        store=merchants.get_store(register.store_id),
        register_id=register.register_id,
        register_name=register.register_name,
        register_code=register.register_code,
        business_date=business_date,
        issued_at=issued_at,
        printed_number=printed_number,
        served_by=person or None,
    )


def order_paper(order: Order, now: datetime) -> Paper:
    """Return the receipt of an order as it is paid and handed over now."""
    order = orders.get_order(order.id)
    payments = [row for row in order.payments.order_by("id") if row.authorised_minor > row.voided_minor]
    return Paper(
        kind="receipt",
        order_id=order.id,
        order_number=order.number,
        currency=order.currency,
        lines=lines_of(order),
        tenders=tenders_of(payments),
        rounding_minor=sum(payment.rounding_minor for payment in payments),
        store=order.store,
        register_id=order.register_id,
        register_name=order.register.name if order.register else "",
        register_code=order.register.code if order.register else "",
        business_date=orders.business_day(order, now),
        issued_at=now,
        served_by=_served_by(order),
    )


def tenders_of(payments: Sequence[Payment]) -> list[Tender]:
    """Return an order's payments as a receipt prints them, gift cards with what is left on them."""
    left = left_on_cards(payments)
    return [tender_of(payment, left.get(payment.id)) for payment in payments]


def tender_of(payment: Payment, card: CardLeft | None = None) -> Tender:
    """Return a payment as a receipt prints it."""
    minor = payment.authorised_minor - payment.voided_minor + payment.rounding_minor
    change = (payment.tendered_minor or minor) - minor
    return Tender(
        payment.method,
        minor,
        tendered_minor=payment.tendered_minor,
        change_minor=change,
        card_brand=payment.card_brand,
        card_last4=payment.card_last4,
        auth_code=payment.auth_code,
        tip_minor=tip_secured(payment),
        left_minor=card.left_minor if card else None,
        card_hint=card.hint if card else "",
    )


def _served_by(order: Order) -> str:
    """
    Who made the sale: who acts, or where the bank's answer or the shopper's phone ended it, who acted on the order last.

    A tablet acts for the person whose shift is open at its till; where none is, the till itself is named.
    """
    actor = current_actor()
    if actor.kind in _AT_THE_TILL:
        person = people.person_at(order.register_id) if actor.kind == "register" and order.register_id else ""
        return person or actor.name
    about = [f"order:{order.id}", *(f"payment:{payment.id}" for payment in order.payments.all())]
    acts = AuditEntry.objects.filter(subject__in=about, actor_kind__in=_AT_THE_TILL)
    last = acts.order_by("-id").first()
    if last is None:
        return ""
    if last.actor_kind == "register" and order.register_id:
        return people.person_then(order.register_id, last.at) or str(last.actor_name)
    return str(last.actor_name)
