"""The paper of goods that came back: numbered in the till's own series like its receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from inventory.pricing.services import PricedLine
from merchant.core.callers import RegisterFacts
from merchant.core.tenancy import current_actor
from merchant.merchants import queries as merchants
from orders.documents import services as documents
from orders.documents.models import Document
from orders.documents.services import IssuedDocument, Paper, Tender
from orders.fulfilment.models import Return
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from payments.after_sales import drawers
from payments.records.models import Operation


def issue_for_order(
    *,
    order: Order,
    return_ids: Sequence[UUID],
    operations: Sequence[Operation],
    register: RegisterFacts,
    now: datetime,
    exchanged_minor: int = 0,
) -> IssuedDocument:
    """Number the paper of returns of an order at a till, in the caller's transaction and late in it: it locks the register's row. See `documents.issue`."""
    tenders = [_tender(operation) for operation in operations]
    if exchanged_minor:
        tenders.append(Tender("exchange", exchanged_minor))
    return _issue(
        order_id=order.id,
        order_number=order.number,
        currency=order.currency,
        lines=_lines(return_ids),
        tenders=tenders,
        rounding_minor=sum(_rounding(operation) for operation in operations),
        register=register,
        day=orders.business_day(order, now),
        now=now,
    )


def issue_for_money(
    *, order: Order, operations: Sequence[Operation], register: RegisterFacts | None, reason: str, now: datetime
) -> IssuedDocument | None:
    """
    Number the slip of money that goes back without goods, late in the caller's transaction; None if nothing does, or no till is asked for it.

    It names the receipt it refers to and no tax: what was sold stays as it was billed.
    """
    refunds = [operation for operation in operations if operation.kind == "refund"]
    if register is None or not refunds:
        return None
    receipt = Document.objects.filter(order=order, kind="receipt").first()
    return _issue(
        order_id=order.id,
        order_number=order.number,
        currency=order.currency,
        lines=[],
        tenders=[_tender(operation) for operation in refunds],
        rounding_minor=sum(_rounding(operation) for operation in refunds),
        register=register,
        day=orders.business_day(order, now),
        now=now,
        details={
            "total_minor": sum(operation.amount_minor for operation in refunds),
            "reason": reason,
            "receipt": documents.number_words(receipt) if receipt else "",
            "notes": ["money_only"],
        },
    )


def issue_loose(
    *,
    lines: Sequence[PricedLine],
    payout: str,
    rounding_minor: int,
    register: RegisterFacts,
    day: date,
    now: datetime,
) -> IssuedDocument:
    """Number the paper of goods that came back without a receipt, late in the caller's transaction."""
    total_minor = sum(line.total_minor for line in lines)
    return _issue(
        order_id=None,
        order_number="",
        currency=register.currency,
        lines=lines,
        tenders=[Tender(payout, total_minor + rounding_minor)],
        rounding_minor=rounding_minor,
        register=register,
        day=day,
        now=now,
    )


def _issue(
    *,
    order_id: UUID | None,
    order_number: str,
    currency: str,
    lines: Sequence[PricedLine],
    tenders: Sequence[Tender],
    rounding_minor: int,
    register: RegisterFacts,
    day: date,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> IssuedDocument:
    return documents.issue(
        Paper(
            kind="refund_receipt",
            order_id=order_id,
            order_number=order_number,
            currency=currency,
            lines=lines,
            tenders=tenders,
            rounding_minor=rounding_minor,
            store=merchants.get_store(register.store_id),
            register_id=register.register_id,
            register_name=register.register_name,
            register_code=register.register_code,
            business_date=day,
            issued_at=now,
            sign=-1,
            details=details or {},
            served_by=_served_by(register),
        )
    )


def _served_by(register: RegisterFacts) -> str | None:
    """A tablet acts for the person whose shift is open at its till; anybody else is named by who acts."""
    if current_actor().kind != "register":
        return None
    return drawers.find_person(register.register_id, store_id=register.store_id) or None


def _lines(return_ids: Sequence[UUID]) -> list[PricedLine]:
    rows = [row for found in Return.objects.filter(id__in=list(return_ids)).order_by("id") for row in found.lines]
    lines = {str(line.id): line for line in OrderLine.objects.filter(id__in=[row[0] for row in rows])}
    return [
        PricedLine(
            kind=lines[line_id].kind,
            variant_id=lines[line_id].variant_id,
            sku=lines[line_id].sku,
            name=lines[line_id].name,
            is_stocked=lines[line_id].is_stocked,
            quantity=quantity,
            unit_price_minor=total_minor // quantity,
            discount_minor=0,
            total_minor=total_minor,
            tax_rate_basis_points=rate,
            tax_minor=tax_minor,
        )
        for line_id, quantity, total_minor, tax_minor, rate in rows
    ]


def _tender(operation: Operation) -> Tender:
    if operation.instrument.get("to") == "store_credit":
        return Tender("store_credit", operation.amount_minor)
    payment = operation.payment
    minor = operation.amount_minor + _rounding(operation)
    return Tender(payment.method, minor, card_brand=payment.card_brand, card_last4=payment.card_last4)


def _rounding(operation: Operation) -> int:
    """What a drawer gave beyond the amount for want of coins."""
    return int(operation.instrument.get("rounding_minor", 0))
