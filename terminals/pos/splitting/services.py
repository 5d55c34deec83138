"""Share an order, and say whose part a payment is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.cash_rounding import cash_step
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from orders.carry_over import services as carry_over
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from payments.processing.refusals import demand_currency
from payments.records.models import Payment
from payments.records.tips import share_of
from terminals.pos import services as pos
from terminals.pos.splitting import shares
from terminals.pos.splitting.models import PartPayment, Split, SplitPart
from terminals.pos.splitting.shares import LineValue, Paid, PartOfNothing

# A long table at a wedding; more pay by amount.
PARTS_MAX = 30


class NothingToSplit(AppError):
    """The order is paid."""

    code = "nothing_to_split"
    detail = "Nothing of order {number} is left to pay."


class PartNeeded(AppError):
    """The order is split; a payment must say whose part it is."""

    code = "part_needed"
    status = 422
    detail = "Order {number} is split; say whose part is paid."
    next_step = "Send `part_id` with the payment, or split what is open anew."


class PartExceeded(AppError):
    """More is paid than the part still owes."""

    code = "part_exceeded"
    detail = "The part of {name} lacks {due}, not {amount}."
    next_step = "Take that much, or split what is open anew."


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody is to pay: a name, and by amount their amount (None: the rest), by item their pieces of lines."""

    name: str
    amount_minor: int | None = None
    items: Mapping[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartState:
    """One part as it stands."""

    part: SplitPart
    paid_minor: int
    due_minor: int


@transaction.atomic
def split_order(*, order_id: UUID, register: RegisterFacts, mode: str, wanted: Sequence[Share], now: datetime) -> Split:
    """
    Share what is open of an order. The order is placed by that: its lines are fixed. Locks the order; an earlier split ends, its payments stay.

    :raises NothingToSplit: if it is paid. :raises CartBeingPaid: while a payment is under way. And what `shares` and `pos.open_for_payment` raise.
    """
    pos.open_for_payment(order_id=order_id, register=register, now=now)
    order = orders.get_order_for_update(order_id)
    carry_over.require_unpaid(order)
    base = orders.open_minor(order)
    if not base:
        raise NothingToSplit(number=order.number)
    if not 0 < len(wanted) <= PARTS_MAX:
        raise Invalid(reason=_("an order is shared by 1 to {number}").format(number=PARTS_MAX))
    amounts = _shares(order, mode, wanted, base)
    Split.objects.filter(order=order, ended_at=None).update(ended_at=now)
    split: Split = Split.objects.create(order=order, mode=mode, base_minor=base, created_at=now)
    for position, (share, minor) in enumerate(zip(wanted, amounts, strict=True), start=1):
        name = share.name.strip()[:60] or str(position)
        if minor <= 0:
            raise PartOfNothing(name=name)
        items = [[str(line_id), quantity] for line_id, quantity in share.items.items()]
        SplitPart.objects.create(split=split, position=position, name=name, share_minor=minor, items=items)
    audit.record("order.split", subject=f"order:{order.id}", now=now, data={"mode": mode, "parts": amounts})
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return split


def end_split(*, order_id: UUID, now: datetime) -> None:
    """End the split of an order whose price changes, in the caller's transaction; without one nothing happens."""
    Split.objects.filter(order_id=order_id, ended_at=None).update(ended_at=now)


def find_split(order_id: UUID) -> Split | None:
    """Return the split of an order that holds, None if it is not shared."""
    found: Split | None = Split.objects.filter(order_id=order_id, ended_at=None).first()
    return found


def list_parts(split: Split, order: Order) -> list[PartState]:
    """Return the parts with what came for each and what it still owes, derived from the payments as they stand."""
    parts = list(SplitPart.objects.filter(split=split).order_by("position"))
    bound = PartPayment.objects.filter(part__split=split).values_list("part_id", "payment_id")
    payments = {row.id: row for row in Payment.objects.filter(id__in=[payment for _part, payment in bound])}
    paid = {part.id: 0 for part in parts}
    for part_id, payment_id in bound:
        share = share_of(payments[payment_id])
        paid[part_id] += share.secured_minor - share.refunded_minor
    due = shares.dues(
        [Paid(part.share_minor, paid[part.id]) for part in parts],
        open_minor=orders.open_minor(order),
        slack_minor=_slack(order),
    )
    return [PartState(part, paid[part.id], minor) for part, minor in zip(parts, due, strict=True)]


def require_part(*, order_id: UUID, part_id: UUID | None, amount: Money, is_cash: bool) -> SplitPart | None:
    """
    Return the part a payment is for, None where the order is not shared. Locks the order.

    Cash may be more than a part owes by what coins cannot make.

    :raises WrongCurrency: for an amount that is not in the order's. :raises PartNeeded: if the order is shared and no part is named. :raises PartExceeded: beyond what the part still owes. :raises NotFound: for another's part.
    """
    order = orders.get_order_for_update(order_id)
    demand_currency(amount, order.currency)
    split = find_split(order.id)
    if split is None:
        if part_id is not None:
            raise NotFound()
        return None
    if part_id is None:
        raise PartNeeded(number=order.number)
    state = next((state for state in list_parts(split, order) if state.part.id == part_id), None)
    if state is None:
        raise NotFound()
    if amount.minor > state.due_minor + (_slack(order) if is_cash else 0):
        raise PartExceeded(
            name=state.part.name, due_minor=state.due_minor, amount_minor=amount.minor, currency=amount.currency
        )
    return state.part


def bind(part: SplitPart | None, payment_id: UUID) -> None:
    """Note in the caller's transaction that a payment is for a part."""
    if part is not None:
        PartPayment(part=part, payment_id=payment_id).save(force_insert=True)


def _shares(order: Order, mode: str, wanted: Sequence[Share], base_minor: int) -> list[int]:
    if mode == "person":
        return shares.by_person(base_minor, len(wanted))
    if mode == "amount":
        return shares.by_amount(base_minor, [share.amount_minor for share in wanted])
    lines = [
        LineValue(line.id, line.quantity, line.total_minor)
        for line in OrderLine.objects.filter(order=order).order_by("position")
    ]
    known = {line.line_id for line in lines}
    if any(line_id not in known for share in wanted for line_id in share.items):
        raise Invalid(reason=_("the order has no such line"))
    return shares.by_item(base_minor, lines, [share.items for share in wanted])


def _slack(order: Order) -> int:
    """How far cash can be from a part, because there are no smaller coins."""
    place = order.store or order.channel
    return cash_step(place.country, order.currency) // 2
