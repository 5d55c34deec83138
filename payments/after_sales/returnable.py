"""What a scanned receipt can still bring back, line by line and tender by tender, and why not the rest. Reads only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from merchant.core.money import Money
from merchant.merchants.models import Register
from orders.documents.models import Document
from orders.fulfilment.services import share_of_line
from orders.order.models import Order, OrderLine
from payments.records import queries
from payments.records.models import Payment
from payments.records.states import OPEN_OPERATION
from payments.vouchers import card_returns, standing
from payments.vouchers.card_returns import ReturnableCard

_LINK = re.compile(r"/r/([A-Za-z0-9_-]{16,32})/?")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """One line: how many pieces can come back for how much, or `why` none can."""

    line: OrderLine
    quantity: int
    amount_minor: int
    why: str


@dataclass(frozen=True, slots=True)
class ReturnableTender:
    """One tender: how much of it can go back, or `why` not all of it."""

    payment: Payment
    minor: int
    why: str


@dataclass(frozen=True, slots=True)
class Returnable:
    """What a receipt can bring back. `is_proven` says that its secret was shown, which opens it in every store."""

    order: Order
    document: Document | None
    is_proven: bool
    lines: list[ReturnableLine]
    tenders: list[ReturnableTender]
    cards: list[ReturnableCard]

    @property
    def money(self) -> Money:
        """What its tenders can give back: not what stands on gift cards it sold."""
        minor = min(sum(tender.minor for tender in self.tenders), standing.order_refundable_minor(self.order))
        return Money(minor, self.order.currency)


class PaperNotFound(NotFound):
    """No receipt and no order goes by what was scanned or typed, or it is of a store that the caller does not see."""

    detail = "No receipt or order goes by this number."
    money = ""
    next_step = "Scan the code on the receipt, or type its number with the till's name, as it is printed: Till 2-52."


def find(code: str, *, now: datetime, register_id: UUID | None = None) -> Returnable:
    """
    Return what the order behind `code` can bring back: a receipt's link or its secret, its printed number (`Till 1-42`), or the order's number. At a
    till, by `register_id`, a number alone (`42`) is one of its own papers.

    :raises PaperNotFound: if nothing goes by that code.
    """
    document, is_proven = _document_of(code.strip(), register_id)
    order = document.order if document else _order_of(code.strip())
    if order is None:
        raise PaperNotFound()
    return of_order(order, now=now, document=document, is_proven=is_proven)


def of_order(order: Order, *, now: datetime, document: Document | None = None, is_proven: bool = False) -> Returnable:
    """Return what an order can bring back. Changes nothing."""
    lines = [_line(line) for line in OrderLine.objects.filter(order=order).order_by("position")]
    payments = Payment.objects.filter(order=order, authorised_minor__gt=0).order_by("id")
    has_cards = any(row.line.kind == "gift_card" for row in lines)
    cards = card_returns.list_returnable(order, now) if has_cards else []
    return Returnable(order, document, is_proven, lines, [_tender(payment) for payment in payments], cards)


def opens(order: Order, token: str) -> bool:
    """Say whether `token` is the secret of one of the order's papers, or a link with it."""
    found = _LINK.search(token)
    secret = found[1] if found else token
    return bool(secret) and Document.objects.filter(order=order, access_token=secret).exists()


def _document_of(code: str, register_id: UUID | None) -> tuple[Document | None, bool]:
    papers = _papers()
    link = _LINK.search(code)
    if link or _TOKEN.fullmatch(code):
        document = papers.filter(access_token=link[1] if link else code).first()
        return document, document is not None
    name, dash, number = code.rpartition("-")
    if not number.isdecimal() or len(number) > 18:
        return None, False
    if not dash:
        return _of_register(register_id, int(number)) if register_id else None, False
    registers = Register.objects.filter(name__iexact=name) | Register.objects.filter(code__iexact=name)
    found = (_of_register(register.id, int(number)) for register in registers[:2])
    return next((document for document in found if document is not None), None), False


def _papers() -> QuerySet[Document]:
    return Document.objects.filter(kind__in=["receipt", "invoice"]).select_related("order__store", "order__channel")


def _of_register(register_id: UUID, number: int) -> Document | None:
    series = _papers().filter(series=f"register:{register_id}")
    document: Document | None = series.filter(number=number).first()
    if document is None or document.content.get("printed_number", number) != number:
        # A till that was offline printed this number, and the server gave the paper another one.
        document = series.filter(content__printed_number=number).order_by("-number").first() or document
    return document


def _order_of(code: str) -> Order | None:
    found: Order | None = Order.objects.select_related("store", "channel").filter(number=code.upper()).first()
    return found


def _line(line: OrderLine) -> ReturnableLine:
    left = line.fulfilled_quantity - line.returned_quantity
    why = ""
    if line.kind == "gift_card" and line.fulfilled_quantity:
        # It comes back as the card that it became.
        why, left = "gift_card_is_money", 0
    elif line.quantity == 0:
        why = "taken_off_before"
    elif not line.fulfilled_quantity:
        why = "not_handed_over"
    elif not left:
        why = "all_came_back"
    amount = share_of_line(line.total_minor, line, line.returned_quantity, left) if left else 0
    return ReturnableLine(line, left, amount, why)


def _tender(payment: Payment) -> ReturnableTender:
    minor = standing.refundable_minor(payment)
    why = ""
    if payment.operations.filter(status="unknown").exists():
        why, minor = "outcome_unknown", 0
    elif not payment.captured_minor:
        why = "not_captured_yet"
    elif payment.disputed_minor:
        why = "disputed"
    elif payment.operations.filter(kind="refund", status__in=OPEN_OPERATION).exists():
        why = "refund_under_way"
    elif not minor:
        why = "gift_card_is_money" if queries.refundable_minor(payment) else "all_went_back"
    return ReturnableTender(payment, minor, why)
