"""Goods back and money back, each once, by the way they came or as store credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.queries import approved_minor
from merchant.accounts.approvals.services import Wish
from merchant.core.money import Money
from merchant.core.tenancy import current_actor
from orders.fulfilment import taking_back
from orders.fulfilment.taking_back import CardMoney, ReturnedGoods
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import proposals
from payments.after_sales.proposals import NothingRefundable, RefundPart
from payments.processing import tenders, transfers
from payments.processing.refunds import request_refund
from payments.processing.refusals import demand_currency
from payments.processing.voids import request_void
from payments.records import queries, till
from payments.records.models import Operation, Payment
from payments.vouchers import card_returns

__all__ = ["NothingRefundable", "RefundRules"]

# Why an overpayment goes back.
PAID_TWICE = "paid twice"
# What a marketplace took it gives back itself; its report must show it.
_AT_ONCE = ("cash", "gift_card", "store_credit", "marketplace")


@dataclass(frozen=True, slots=True)
class RefundRules:
    """
    Up to how much somebody refunds alone, and the approval they bring for more. `limit_minor` None is no limit.

    Cash comes out of the drawer of `register_id`.
    """

    limit_minor: int | None
    approval_id: UUID | None = None
    register_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """Pieces per order line that come back: fit for sale, and `damaged`; and the money that was taken off gift cards."""

    sound: Mapping[UUID, int]
    damaged: Mapping[UUID, int] = field(default_factory=dict)
    cards: Sequence[CardMoney] = ()


@dataclass(frozen=True, slots=True)
class ReturnDone:
    """Goods taken back, as one return or, where some are damaged, two, and the refunds they led to."""

    return_ids: list[UUID]
    total_minor: int
    operations: list[Operation]

    @property
    def return_id(self) -> UUID:
        """The first return."""
        return self.return_ids[0]


@transaction.atomic
def refund_payment(
    *, payment_id: UUID, amount: Money, reason: str, now: datetime, rules: RefundRules, as_credit: bool = False
) -> Operation:
    """
    Give `amount` of one payment back by the way it came: cash and vouchers at once, cards through the gateway (the relay sends it); or as store credit.
    Locks the order.

    :raises WrongCurrency: for an amount that is not in the payment's.
    :raises ApprovalNeeded: above the limit without an approval for this payment; it says who may give one.
    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    payment = queries.get_payment(payment_id)
    orders.get_order_for_update(payment.order_id)
    demand_currency(amount, payment.currency)
    require_within(rules, f"payment:{payment.id}", amount, reason=reason, store_id=payment.store_id)
    return refund_part(RefundPart(payment.id, payment.method, amount, as_credit), reason=reason, now=now, rules=rules)


@transaction.atomic
def refund_with_goods(
    *,
    payment_id: UUID,
    amount: Money,
    reason: str,
    quantities: Mapping[UUID, int],
    is_restocked: bool,
    now: datetime,
    rules: RefundRules,
    as_credit: bool = False,
) -> Operation:
    """
    Give `amount` of one payment back and take the pieces that come with it back, together or not at all. Locks the order.

    The amount is the person's: goods may come back for less than their price (worn), or money without goods (goodwill).

    :raises TooMuchReturned: for more pieces than were handed over. And what `refund_payment` raises.
    """
    payment = queries.get_payment(payment_id)
    order = orders.get_order_for_update(payment.order_id)
    if quantities:
        back = taking_back.take_back(
            order_id=order.id, quantities=quantities, store_id=payment.store_id or order.store_id or order.channel.stock_store_id,
            is_restocked=is_restocked, reason=reason, now=now,
        )  # fmt: skip
        _note_return(order, back, rules.register_id or payment.register_id, now)
    return refund_payment(
        payment_id=payment_id, amount=amount, reason=reason, now=now, rules=rules, as_credit=as_credit
    )


@transaction.atomic
def return_goods(
    *,
    order_id: UUID,
    quantities: Mapping[UUID, int],
    is_restocked: bool,
    reason: str,
    now: datetime,
    rules: RefundRules,
    store_id: UUID | None = None,
    as_credit: bool = False,
    damaged: Mapping[UUID, int] | None = None,
    cards: Mapping[UUID, int] | None = None,
) -> ReturnDone:
    """
    Take goods of an order back and refund their price over its tenders, as `proposals.propose` would. Locks the order.

    `damaged` pieces come back beside `quantities` and stay off the shelf. `cards` are gift cards that the order sold, each with what the person was told is
    unspent on it: that is taken off them, then refunded.

    :raises CardNotReturnable, CardHoldsOther: for a card that has nothing to come back, or another amount by now.
    :raises TooMuchReturned: for more pieces than were handed over.
    :raises NothingRefundable: if the payments cannot return that much; nothing is taken back then.
    :raises ApprovalNeeded: above the limit.
    """
    order = orders.get_order_for_update(order_id)
    goods = Goods(quantities, damaged or {}) if is_restocked else Goods({}, _summed(quantities, damaged or {}))
    taken = card_returns.take_back(order=order, asked=cards, now=now) if cards else []
    return_ids, total_minor = take_goods(
        order_id=order.id,
        goods=replace(goods, cards=taken),
        reason=reason,
        store_id=store_id,
        now=now,
        register_id=rules.register_id,
    )
    total = Money(total_minor, order.currency)
    if not total_minor:
        # Goods that cost nothing bring nothing back.
        return ReturnDone(return_ids, 0, [])
    done = refund_order(order_id=order.id, amount=total, reason=reason, now=now, rules=rules, as_credit=as_credit)
    return ReturnDone(return_ids, total_minor, done)


@transaction.atomic
def take_goods(
    *,
    order_id: UUID,
    goods: Goods,
    reason: str,
    store_id: UUID | None,
    now: datetime,
    register_id: UUID | None = None,
) -> tuple[list[UUID], int]:
    """
    Take goods of an order back into `store_id`, or the order's own store, and return the returns with their worth. The money is the caller's. Locks the order.

    `register_id` is the till where they came back, whose Z counts them.

    :raises TooMuchReturned: for more pieces than were handed over.
    """
    order = orders.get_order_for_update(order_id)
    done = [
        taking_back.take_back(
            order_id=order.id,
            quantities=quantities,
            store_id=store_id or order.store_id or order.channel.stock_store_id,
            is_restocked=is_restocked,
            reason=reason,
            now=now,
            cards=cards,
        )
        for quantities, is_restocked, cards in (
            (goods.sound, True, ()),
            (goods.damaged, False, ()),
            ({}, True, goods.cards),
        )
        if quantities or cards
    ]
    for one in done:
        _note_return(order, one, register_id, now)
    return [one.id for one in done], sum(one.total_minor for one in done)


def _summed(*parts: Mapping[UUID, int]) -> dict[UUID, int]:
    return {key: sum(part.get(key, 0) for part in parts) for key in {key for part in parts for key in part}}


@transaction.atomic
def refund_order(
    *,
    order_id: UUID,
    amount: Money,
    reason: str,
    now: datetime,
    rules: RefundRules,
    as_credit: bool = False,
    parts: list[RefundPart] | None = None,
) -> list[Operation]:
    """
    Give `amount` of an order back over its tenders: as `parts` say, else as proposed. All of it or nothing. Locks the order.

    :raises NothingRefundable: if the payments cannot return that much, or the parts are not the amount.
    :raises ApprovalNeeded: above the limit. And what `refund_payment` raises.
    """
    order = orders.get_order_for_update(order_id)
    demand_currency(amount, order.currency)
    require_within(rules, f"order:{order.id}", amount, reason=reason, store_id=order.store_id)
    chosen = parts if parts is not None else proposals.propose(order=order, amount=amount, as_credit=as_credit)
    proposals.require_parts(order, chosen, amount)
    return [refund_part(part, reason=reason, now=now, rules=rules) for part in chosen]


@transaction.atomic
def refund_order_with_goods(
    *,
    order_id: UUID,
    amount: Money,
    reason: str,
    goods: Goods,
    parts: list[RefundPart],
    now: datetime,
    rules: RefundRules,
) -> list[Operation]:
    """
    Give `amount` of an order back as `parts` say and take the pieces that come with it back, together or not at all. Locks the order.

    The amount is the person's, as in `refund_with_goods`.

    :raises TooMuchReturned: for more pieces than were handed over. And what `refund_order` raises.
    """
    take_goods(order_id=order_id, goods=goods, reason=reason, store_id=None, now=now, register_id=rules.register_id)
    return refund_order(order_id=order_id, amount=amount, reason=reason, now=now, rules=rules, parts=parts)


@transaction.atomic
def refund_overpayment(*, order_id: UUID, now: datetime, rules: RefundRules) -> list[Operation]:
    """
    Give back what was taken beyond what was agreed, the latest payment first; what is only authorised is let go. Locks the order.

    Refunds under way count, so a second press finds nothing.

    :raises NothingOverpaid: if there is nothing to give back. :raises ApprovalNeeded: above the limit.
    """
    order = orders.get_order_for_update(order_id)
    voids, parts = proposals.overpayment(order)
    total = sum(part.amount.minor for part in parts)
    if total:
        amount = Money(total, order.currency)
        require_within(rules, f"order:{order.id}", amount, reason=PAID_TWICE, store_id=order.store_id)
    asked = [request_void(payment_id=payment_id, now=now, reason=PAID_TWICE) for payment_id in voids]
    return asked + [refund_part(part, reason=PAID_TWICE, now=now, rules=rules) for part in parts]


def _note_return(order: Order, back: ReturnedGoods, register_id: UUID | None, now: datetime) -> None:
    if register_id is not None and back.total_minor:
        till.note_return(
            return_id=back.id,
            order_id=order.id,
            register_id=register_id,
            minor=back.total_minor,
            currency=order.currency,
            day=orders.business_day(order, now),
            now=now,
        )


def refund_part(part: RefundPart, *, reason: str, now: datetime, rules: RefundRules) -> Operation:
    """
    Give one part back by the way it came, or as store credit, in the caller's transaction. Limits are the caller's.

    What goods of an exchange were worth comes home first, to the payment it was once paid with; after an exchange without a receipt it becomes store credit.
    """
    if part.method == "exchange":
        home = transfers.bring_home(
            payment_id=part.payment_id, amount=part.amount, reason=reason, register_id=rules.register_id, now=now
        )
        if home is None:
            return tenders.give_credit(payment_id=part.payment_id, amount=part.amount, reason=reason, now=now)
        at_home = RefundPart(home.id, home.method, part.amount, part.as_credit)
        return refund_part(at_home, reason=reason, now=now, rules=rules)
    if part.as_credit and part.method not in ("gift_card", "store_credit"):
        return tenders.give_credit(payment_id=part.payment_id, amount=part.amount, reason=reason, now=now)
    if part.method in _AT_ONCE:
        return tenders.give_back(
            payment_id=part.payment_id, amount=part.amount, reason=reason, register_id=rules.register_id, now=now
        )
    return request_refund(payment_id=part.payment_id, amount=part.amount, reason=reason, now=now)


def require_within(rules: RefundRules, subject: str, amount: Money, *, reason: str, store_id: UUID | None) -> None:
    """
    Let through what somebody refunds alone, or has an approval for, which is used up. The order is locked by the caller.

    The limit is for all that one gives back of an order: it is not evaded in small steps.

    :raises ApprovalNeeded: otherwise.
    """
    limit = rules.limit_minor
    if limit is not None and (amount.minor > limit or _given_alone(subject) + amount.minor > limit):
        wish = Wish("refund.approve", subject, reason, amount, store_id)
        approvals.use_approval(approval_id=rules.approval_id, wish=wish)


def _given_alone(subject: str) -> int:
    """What the actor gave back, or asked to, of the order before, less what another person approved of that. What moved on by exchange was given to nobody."""
    kind, _colon, key = subject.partition(":")
    order_id = queries.get_payment(UUID(key)).order_id if kind == "payment" else UUID(key)
    own = Operation.objects.filter(order_id=order_id, kind="refund", actor_key=current_actor().key)
    given = sum(
        operation.amount_minor
        for operation in own.exclude(status__in=["declined", "failed"])
        if operation.instrument.get("to") != "exchange"
    )
    payments = Payment.objects.filter(order_id=order_id).values_list("id", flat=True)
    subjects = [f"order:{order_id}", *(f"payment:{payment_id}" for payment_id in payments)]
    return max(0, given - approved_minor(right="refund.approve", subjects=subjects))
