"""What a scanned receipt can still bring back, line by line and tender by tender, and why not the rest. Reads only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from merchant.core.errors import NotFound
from merchant.core.money import Money
from merchant.merchants.models import Register
from orders.documents.models import Document
from orders.fulfilment.services import share_of_line
from orders.order.models import Order, OrderLine
from payments.records import queries
from payments.records.models import Payment
from payments.records.states import OPEN_OPERATION

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

    @property
    def money(self) -> Money:
        """What its tenders can give back."""
        return Money(sum(tender.minor for tender in self.tenders), self.order.currency)


def find(code: str) -> Returnable:
    """
    Return what the order behind `code` can bring back: a receipt's link or its secret, its printed number (`Till 1-42`), or the order's number.

    :raises NotFound: if nothing goes by that code.
    """
    document, is_proven = _document_of(code.strip())
    order = document.order if document else _order_of(code.strip())
    if order is None:
        raise NotFound()
    return of_order(order, document=document, is_proven=is_proven)


def of_order(order: Order, *, document: Document | None = None, is_proven: bool = False) -> Returnable:
    """Return what an order can bring back. Changes nothing."""
    lines = [_line(line) for line in OrderLine.objects.filter(order=order).order_by("position")]
    payments = Payment.objects.filter(order=order, authorised_minor__gt=0).order_by("id")
    return Returnable(order, document, is_proven, lines, [_tender(payment) for payment in payments])


def opens(order: Order, token: str) -> bool:
    """Say whether `token` is the secret of one of the order's papers, or a link with it."""
    found = _LINK.search(token)
    secret = found[1] if found else token
    return bool(secret) and Document.objects.filter(order=order, access_token=secret).exists()


def _document_of(code: str) -> tuple[Document | None, bool]:
    papers = Document.objects.filter(kind__in=["receipt", "invoice"]).select_related("order__store", "order__channel")
    link = _LINK.search(code)
    if link or _TOKEN.fullmatch(code):
        document = papers.filter(access_token=link[1] if link else code).first()
        return document, document is not None
    name, dash, number = code.rpartition("-")
    if not dash or not number.isdecimal() or len(number) > 18:
        return None, False
    registers = Register.objects.filter(name__iexact=name) | Register.objects.filter(code__iexact=name)
    for register in registers[:2]:
        series = papers.filter(series=f"register:{register.id}")
        document = series.filter(number=int(number)).first()
        if document is None or document.content.get("printed_number", int(number)) != int(number):
            # A till that was offline printed this number, and the server gave the paper another one.
            document = series.filter(content__printed_number=int(number)).order_by("-number").first() or document
        if document is not None:
            return document, False
    return None, False


def _order_of(code: str) -> Order | None:
    found: Order | None = Order.objects.select_related("store", "channel").filter(number=code.upper()).first()
    return found


def _line(line: OrderLine) -> ReturnableLine:
    left = line.fulfilled_quantity - line.returned_quantity
    why = ""
    if line.kind == "gift_card":
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
    minor = queries.refundable_minor(payment)
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
        why = "all_went_back"
    return ReturnableTender(payment, minor, why)
