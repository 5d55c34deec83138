"""What a scanned receipt can still bring back, line by line and tender by tender, and why not the rest. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from merchant.core.errors import AppError, NotFound
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
# Tills of one name: every store may call its own "Till 1".
_OF_A_NAME_MAX = 50
# A tablet keeps 500 sales without a line unless a merchant sets more: so far apart, two papers got one number in different years.
_NUMBERS_APART_MAX = 5_000


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


class SeveralPapers(AppError):
    """More than one order has a receipt with the number that was typed: tills of a name, or a number given twice while a tablet was offline."""

    code = "several_papers"
    detail = "More than one receipt carries this number."
    money = ""
    next_step = "Scan the code on the receipt, or type the number of its order: {orders}."


def find(
    code: str, *, now: datetime, register_id: UUID | None = None, only_stores: frozenset[UUID] | None = None
) -> Returnable:
    """
    Return what the order behind `code` can bring back: a receipt's link or its secret, its printed number (`Till 1-42`), or the order's number. At a
    till, by `register_id`, a number alone (`42`) is one of its own papers, and its own name means itself. Of other tills only those in `only_stores` (None:
    every store) are asked.

    :raises PaperNotFound: if nothing goes by that code.
    :raises SeveralPapers: if the number is on papers of more than one order.
    """
    document, is_proven = _document_of(code.strip(), register_id, only_stores)
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


def _document_of(
    code: str, register_id: UUID | None, only_stores: frozenset[UUID] | None
) -> tuple[Document | None, bool]:
    link = _LINK.search(code)
    if link or _TOKEN.fullmatch(code):
        document = _papers().filter(access_token=link[1] if link else code).first()
        return document, document is not None
    name, dash, number = code.rpartition("-")
    if not number.isdecimal() or len(number) > 18:
        return None, False
    if not dash:
        return _only([register_id] if register_id else [], int(number)), False
    return _only(_registers_called(name, register_id, only_stores), int(number)), False


def _registers_called(name: str, register_id: UUID | None, only_stores: frozenset[UUID] | None) -> list[UUID]:
    called = Register.objects.filter(Q(name__iexact=name) | Q(code__iexact=name))
    if only_stores is not None:
        called = called.filter(store_id__in=only_stores)
    found: list[UUID] = list(called.order_by("id").values_list("id", flat=True)[:_OF_A_NAME_MAX])
    return [register_id] if register_id in found else found


def _only(registers: list[UUID], number: int) -> Document | None:
    papers = {paper.order_id: paper for register_id in registers for paper in _of_register(register_id, number)}
    if len(papers) > 1:
        raise SeveralPapers(orders=", ".join(paper.order.number for paper in papers.values() if paper.order))
    return next(iter(papers.values()), None)


def _papers() -> QuerySet[Document]:
    return Document.objects.filter(kind__in=["receipt", "invoice"]).select_related("order__store", "order__channel")


def _of_register(register_id: UUID, number: int) -> list[Document]:
    """Return the papers that carry `number`: a till that was offline may have printed it on one, and the server given that one another."""
    series = _papers().filter(series=f"register:{register_id}")
    booked = list(series.filter(number=number))
    # `has_key` names the index of those that were printed without a line. They are few and sorted here: asked for in order, PostgreSQL walks the whole series instead.
    printed = series.filter(content__has_key="printed_number", content__printed_number=number)
    if carried := [paper for paper in booked if paper.content.get("printed_number", number) == number]:
        near = (number - _NUMBERS_APART_MAX, number + _NUMBERS_APART_MAX)
        return carried + _newest_first(printed.filter(number__range=near).exclude(number=number))
    return _newest_first(printed) or booked


def _newest_first(papers: Iterable[Document]) -> list[Document]:
    return sorted(papers, key=lambda paper: -paper.number)


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
