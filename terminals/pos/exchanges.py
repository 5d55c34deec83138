"""Goods back and other goods along in one call: only the difference is settled, and an even exchange moves no money at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.callers import Caller, RegisterFacts
from merchant.core.errors import Invalid
from merchant.core.money import Money
from orders.documents.services import IssuedDocument
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import loose_returns, papers, proposals
from payments.after_sales import services as after_sales
from payments.after_sales.loose_returns import Loose
from payments.after_sales.proposals import RefundPart
from payments.after_sales.services import Goods, RefundRules
from payments.processing import tenders, transfers
from payments.records import news
from payments.records.models import Operation, Payment
from terminals.card_present import services as card_present
from terminals.pos import completing, services
from terminals.pos.services import Basket


@dataclass(frozen=True, slots=True)
class Settling:
    """How the customer pays the difference. Without a method nothing is taken now: the new order stays open for it."""

    method: str = ""
    tendered_minor: int | None = None
    code: str = ""
    terminal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What became of an exchange. `difference_minor` is what the customer pays, negative what they get back."""

    order: Order
    back_minor: int
    difference_minor: int
    refunds: list[Operation] = field(default_factory=list)
    payment: Payment | None = None
    operation: Operation | None = None
    refund_paper: IssuedDocument | None = None


@transaction.atomic
def exchange(
    *,
    order_id: UUID,
    goods: Goods,
    basket: Basket,
    register: RegisterFacts,
    settling: Settling,
    reason: str,
    rules: RefundRules,
    now: datetime,
    as_credit: bool = False,
) -> Exchanged:
    """
    Take goods of an order back, sell others, and settle the difference, together or not at all.

    What the goods are worth moves to the new order as its first payment. What is missing is taken as `settling` says; what is over goes back by the way it came.
    Goods that were exchanged for can be exchanged again, or returned: then the money goes back where it first came from. Locks the old order, then the new one.

    :raises TooMuchReturned, NothingRefundable, ApprovalNeeded: as for a return; the limit is for what is given back.
    :raises InsufficientStock, UnknownArticle, NoPrice: as for a sale. And what a tender of the difference raises.
    """
    order = orders.get_order_for_update(order_id)
    return_ids, back_minor = after_sales.take_goods(
        order_id=order.id,
        goods=goods,
        reason=reason,
        store_id=register.store_id,
        now=now,
        register_id=register.register_id,
    )
    new = _begin(register, basket, now)
    if new.currency != order.currency:
        raise Invalid(
            reason=_("the receipt is in {currency}, this till sells in {other}").format(
                currency=order.currency, other=new.currency
            )
        )
    moved_minor = min(back_minor, new.total_minor)
    worth = Money(back_minor, order.currency)
    given, moved = _split(proposals.propose(order=order, amount=worth) if back_minor else [], moved_minor)
    for part in moved:
        transfers.move(
            payment_id=part.payment_id, amount=part.amount, order_id=new.id, reason=reason,
            register_id=register.register_id, now=now,
        )  # fmt: skip
    refunds = []
    if given:
        total = Money(back_minor - moved_minor, order.currency)
        after_sales.require_within(rules, f"order:{order.id}", total, reason=reason, store_id=order.store_id)
        parts = [RefundPart(part.payment_id, part.method, part.amount, as_credit) for part in given]
        refunds = [after_sales.refund_part(part, reason=reason, now=now, rules=rules) for part in parts]
    payment, operation = _settle(new, register, settling, now)
    paper = papers.issue_for_order(
        order=order, return_ids=return_ids, operations=refunds, register=register, now=now, exchanged_minor=moved_minor
    )
    completing.complete_if_secured(order_id=new.id, now=now)
    return Exchanged(
        orders.get_order(new.id), back_minor, new.total_minor - back_minor, refunds, payment, operation, paper
    )


@transaction.atomic
def exchange_without_receipt(
    *, loose: Loose, basket: Basket, register: RegisterFacts, caller: Caller, settling: Settling, now: datetime
) -> tuple[Exchanged, loose_returns.LooseDone]:
    """
    Take goods without a receipt back as the price of others, together or not at all. What is over becomes store credit when the new order is refunded, so it is refused here.

    :raises ApprovalNeeded, UnknownArticle: as for a return without a receipt. :raises Invalid: if the new goods cost less.
    """
    back = loose_returns.take_back(register=register, caller=caller, loose=loose, now=now)
    new = _begin(register, basket, now)
    if new.total_minor < back.returned.total_minor:
        raise Invalid(
            reason=_("the new goods cost less than the old ones are worth; give store credit and sell them for it")
        )
    origin = {"from_return": str(back.returned.id)}
    amount = Money(back.returned.total_minor, new.currency)
    tenders.take_exchange(order_id=new.id, amount=amount, instrument=origin, register_id=register.register_id, now=now)
    payment, operation = _settle(new, register, settling, now)
    completing.complete_if_secured(order_id=new.id, now=now)
    done = Exchanged(
        orders.get_order(new.id), amount.minor, new.total_minor - amount.minor, payment=payment, operation=operation
    )
    return done, back


def _begin(register: RegisterFacts, basket: Basket, now: datetime) -> Order:
    made = services.begin_order(register=register, basket=basket, now=now)
    order = services.open_for_payment(order_id=made.id, register=register, now=now)
    if not order.total_minor:
        news.publish_free(order)
    return order


def _split(parts: list[RefundPart], moved_minor: int) -> tuple[list[RefundPart], list[RefundPart]]:
    """Return what goes back and what moves on: the first route's money goes back first."""
    given: list[RefundPart] = []
    moved: list[RefundPart] = []
    left = sum(part.amount.minor for part in parts) - moved_minor
    for part in parts:
        back = min(left, part.amount.minor)
        if back:
            given.append(_part(part, back))
        if part.amount.minor > back:
            moved.append(_part(part, part.amount.minor - back))
        left -= back
    return given, moved


def _part(part: RefundPart, minor: int) -> RefundPart:
    return RefundPart(part.payment_id, part.method, Money(minor, part.amount.currency))


def _settle(
    new: Order, register: RegisterFacts, settling: Settling, now: datetime
) -> tuple[Payment | None, Operation | None]:
    order = orders.get_order_for_update(new.id)
    due = Money(orders.open_minor(order), order.currency)
    if not due.minor or not settling.method:
        return None, None
    facts: dict[str, Any] = {"order_id": order.id, "amount": due, "now": now}
    if settling.method == "card_present":
        operation = card_present.start_payment(
            **facts,
            terminal_id=settling.terminal_id,
            register_id=register.register_id,
            store_id=register.store_id,
        )
        return None, operation
    if settling.method == "cash":
        tendered = settling.tendered_minor
        return tenders.take_cash(**facts, tendered_minor=tendered, register_id=register.register_id), None
    return tenders.take_voucher(**facts, code=settling.code, register_id=register.register_id), None
