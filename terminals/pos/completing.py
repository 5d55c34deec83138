"""The end of an order at the till: its money comes in, its goods go over the counter, its receipt is printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.callers import RegisterFacts
from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.carry_over.services import CartNotHeld
from orders.documents import services as documents
from orders.documents.models import Document
from orders.fulfilment import collecting
from orders.fulfilment import services as fulfilment
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from orders.placing.services import OrderChanged
from payments.processing import tenders
from payments.processing.refusals import OrderNotPayable
from payments.records import news
from payments.records.models import Payment
from payments.vouchers import services as vouchers
from payments.vouchers.models import Voucher
from terminals.pos import receipts
from terminals.pos.receipts import find_receipt
from terminals.pos.services import open_for_payment


class StillToPay(AppError):
    """Something of the order is left to pay."""

    code = "still_to_pay"
    detail = "{left} of order {number} is still to pay."
    next_step = "Take a payment; the last one completes the order."


@transaction.atomic
def take_cash(
    *, order_id: UUID, register: RegisterFacts, amount: Money, tendered_minor: int | None, now: datetime
) -> Payment:
    """Take cash towards an order and, when it is paid, hand over and print."""
    open_for_payment(order_id=order_id, register=register, now=now)
    payment = tenders.take_cash(
        order_id=order_id, amount=amount, tendered_minor=tendered_minor, register_id=register.register_id, now=now
    )
    complete_if_secured(order_id=order_id, now=now)
    return payment


@transaction.atomic
def take_voucher(*, order_id: UUID, register: RegisterFacts, amount: Money, code: str, now: datetime) -> Payment:
    """Redeem a gift card towards an order and, when it is paid, hand over and print."""
    open_for_payment(order_id=order_id, register=register, now=now)
    payment = tenders.take_voucher(
        order_id=order_id, code=code, amount=amount, register_id=register.register_id, now=now
    )
    complete_if_secured(order_id=order_id, now=now)
    return payment


@transaction.atomic
def complete_free(*, order_id: UUID, register: RegisterFacts, version: int, now: datetime) -> Document:
    """
    Hand over and print an order of which nothing is to pay: discounts or a coupon took all of it off, or exchanged goods pay it. Locks the order.

    No payment is made of it. A repeat returns the same receipt.

    :raises StillToPay: if something is left to pay. :raises OrderChanged: if a draft is not at `version` any more. :raises OrderNotPayable: for a cancelled order.
    :raises CartNotHeld, OrderParked, InsufficientStock, CouponNotUsable: as for a payment; the draft stays a draft.
    """
    order = orders.get_order_for_update(order_id)
    receipt = find_receipt(order_id)
    if receipt is not None:
        return receipt
    if order.status == "draft" and order.version != version:
        raise OrderChanged(number=order.number, version=order.version)
    if order.status == "cancelled" or order.cancel_asked_at is not None:
        raise OrderNotPayable(number=order.number, status=order.status)
    if left_minor := orders.open_minor(order):
        raise StillToPay(number=order.number, left_minor=left_minor, currency=order.currency)
    order = open_for_payment(order_id=order_id, register=register, now=now)
    if order.register_id is None:
        # A webshop's: no till took it over, so none hands it over.
        raise CartNotHeld(number=order.number, holder=_("no till"))
    if not order.secured_minor:
        news.publish_free(order)
    complete_if_secured(order_id=order_id, now=now)
    return Document.objects.get(order_id=order_id, kind="receipt")


def complete_if_secured(*, order_id: UUID, now: datetime) -> Document | None:
    """
    Hand over a till order whose money is secured and issue its receipt, once.

    Locks the order. Returns the receipt, or None while money is missing.
    """
    with transaction.atomic():
        order = orders.get_order_for_update(order_id)
        receipt = find_receipt(order_id)
        if (
            receipt is not None
            or order.register_id is None
            or order.status == "cancelled"
            or order.secured_minor - order.refunded_minor < order.total_minor
        ):
            return receipt
        _hand_over_here(order, now)
        issued = documents.issue(receipts.order_paper(order, now))
        return Document.objects.get(id=issued.id)


def _hand_over_here(order: Order, now: datetime) -> None:
    """Hand over what the customer takes along: not what another store sends, nor what is sent to an address or was brought before."""
    lines = list(OrderLine.objects.filter(order=order))
    is_split = any(line.source_store_id for line in lines)
    if orders.is_sent(order) and not is_split:
        return
    left = {line.id: line.quantity - line.fulfilled_quantity for line in lines if line.source_store_id is None}
    if is_split and orders.is_sent(order):
        # The price of sending goes with what is sent.
        left = {line.id: left[line.id] for line in lines if line.id in left and line.kind != "shipping"}
    if not any(left.values()) or orders.goods_store_id(order) != order.store_id:
        return
    fulfilment.hand_over(order_id=order.id, store_id=order.store_id, now=now, quantities=left)
    vouchers.activate_sold(order_id=order.id, now=now)
    _name_cards(lines)
    collecting.end_pickup(order=order, status="collected", now=now)


def _name_cards(lines: Sequence[OrderLine]) -> None:
    """Write the end of its code to the line of each card that was made, so that the receipt tells one card from another."""
    for line in lines:
        if line.kind == "gift_card" and line.variant_id is None:
            made = Voucher.objects.filter(origin=f"line:{line.id}:0").first()
            if made is not None and line.quantity == 1:
                OrderLine.objects.filter(id=line.id).update(name=f"{line.name} …{made.hint}")
