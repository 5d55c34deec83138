"""
Discounts that people give, on a line or on the whole order.

They are taken from what promotions and coupons left: first those of lines, then those of the order, spread over the lines by value with the largest remainder, so
that the parts sum to the whole and every line's tax is right. Prices without tax are reduced without tax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from inventory.pricing.services import PricedLine, less
from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money, rounded_share, split_minor
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_actor
from orders.order import queries
from orders.order.models import Order, OrderDiscount, OrderLine
from orders.placing.lines import priced

# Of each kind: more than anybody gives by hand on one order.
DISCOUNTS_MAX = 50


class OrderChanged(AppError):
    """The caller drew its page from an older version of the order."""

    code = "order_changed"
    detail = "Order {number} was changed meanwhile (version {version})."
    next_step = "Read the order again and repeat."


class DiscountTooLate(AppError):
    """The order is paid, in part at least, or over."""

    code = "discount_too_late"
    detail = "Order {number} has money on it or is over; its prices are fixed."
    next_step = "Refund a part instead."


class NothingToDiscount(AppError):
    """There is nothing left to take off."""

    code = "nothing_to_discount"
    status = 422
    detail = "The discount takes nothing off: gift cards and delivery have none, and nothing becomes cheaper than free."


@dataclass(frozen=True, slots=True)
class Given:
    """
    A discount to give: a part in basis points or an amount, on a line or (`line_id` None) on the order.

    What the giver may alone: `limit_basis_points` of the line and of all goods, `limit_amount_minor` over the whole order; None is no limit.
    """

    reason: str
    line_id: UUID | None = None
    percent_basis_points: int = 0
    amount_minor: int = 0
    limit_basis_points: int | None = None
    limit_amount_minor: int | None = None
    approval_id: UUID | None = None


@transaction.atomic
def give(*, order_id: UUID, given: Given, version: int, has_open_payment: bool, now: datetime) -> OrderDiscount:
    """
    Give a discount and return it with what it takes off. Locks the order.

    Beyond the giver's limit, on the line or over the whole order, it needs an approval, which is used up.

    :raises DiscountTooLate: once money is there, asked for or the order is over. :raises OrderChanged: if `version` is not the stored one.
    :raises ApprovalNeeded: beyond the limit; it says who may give one. :raises NothingToDiscount: if it takes nothing. :raises NotFound: for another's line.
    """
    order = _changeable(order_id, version, has_open_payment)
    variant_id, occurrence = _article(order, given.line_id) if given.line_id else (None, 0)
    if OrderDiscount.objects.filter(order=order).count() >= DISCOUNTS_MAX:
        raise NothingToDiscount()
    actor = current_actor()
    made: OrderDiscount = OrderDiscount.objects.create(
        order=order,
        variant_id=variant_id,
        occurrence=occurrence,
        kind="percent" if given.percent_basis_points else "amount",
        percent_basis_points=given.percent_basis_points,
        amount_minor=given.amount_minor,
        reason=given.reason,
        given_by=actor.key,
        given_by_name=actor.name[:120],
        limit_basis_points=given.limit_basis_points,
        limit_amount_minor=given.limit_amount_minor,
        given_at=now,
    )
    apply(order)
    made.refresh_from_db()
    if not made.applied_minor:
        raise NothingToDiscount()
    if _is_beyond(order, given):
        amount = Money(made.applied_minor, order.currency)
        wish = Wish("discount.approve", f"order:{order.id}", given.reason, amount, order.store_id)
        made.approval_id = approvals.use_approval(approval_id=given.approval_id, wish=wish).id
        made.approved_minor = made.applied_minor
        made.save(update_fields=["approval_id", "approved_minor"])
    data = {"discount_id": str(made.id), "off_minor": made.applied_minor, "reason": made.reason}
    _changed(order, "order.discounted", data, now)
    return made


@transaction.atomic
def take_back(*, order_id: UUID, discount_id: UUID, version: int, has_open_payment: bool, now: datetime) -> Order:
    """
    Take a discount back and return the order with its new totals. Locks the order; a repeat changes nothing.

    :raises NotFound: if the order has no such discount. And what `give` raises about the order.
    """
    order = queries.get_order_for_update(order_id)
    discount = OrderDiscount.objects.filter(id=discount_id, order=order).first()
    if discount is None:
        raise NotFound()
    if discount.ended_at is not None:
        return order
    order = _changeable(order_id, version, has_open_payment)
    OrderDiscount.objects.filter(id=discount.id).update(ended_at=now, applied_minor=0)
    apply(order)
    _changed(order, "order.discount_taken_back", {"discount_id": str(discount.id)}, now)
    return order


def renew(order: Order, *, now: datetime) -> None:
    """
    Take the discounts off other lines, as `apply` does, and end those that would take more of them than they were given for.

    What nobody approved stays within its giver's limit, the newest going first; what was approved takes no more than that amount. The order is locked by the caller.
    """
    apply(order)
    for discount in reversed(list_discounts(order.id)):
        discount.refresh_from_db()
        if _is_outgrown(order, discount):
            OrderDiscount.objects.filter(id=discount.id).update(ended_at=now, applied_minor=0)
            apply(order)
            data = {"discount_id": str(discount.id), "off_minor": discount.applied_minor}
            audit.record("order.discount_outgrown", subject=f"order:{order.id}", now=now, data=data)


def apply(order: Order) -> None:
    """Take the discounts that people gave off the lines as they stand, and write lines, discounts and the order's totals. The order is locked by the caller."""
    rows = list(OrderLine.objects.filter(order=order).order_by("position"))
    before = [_without_staff(line) for line in rows]
    discounts = list(OrderDiscount.objects.filter(order=order, ended_at=None).order_by("id"))
    after = reduce(before, discounts)
    for row, was, line in zip(rows, before, after, strict=True):
        staff = line.discount_minor - was.discount_minor
        if (row.discount_minor, row.staff_discount_minor) != (line.discount_minor, staff):
            OrderLine.objects.filter(id=row.id).update(
                discount_minor=line.discount_minor,
                staff_discount_minor=staff,
                total_minor=line.total_minor,
                tax_minor=line.tax_minor,
            )
    OrderDiscount.objects.bulk_update(discounts, ["applied_minor"])
    order.total_minor = sum(line.total_minor for line in after)
    order.tax_minor = sum(line.tax_minor for line in after)
    order.discount_minor = sum(line.discount_minor for line in after)
    order.save(update_fields=["total_minor", "tax_minor", "discount_minor"])


def reduce(lines: Sequence[PricedLine], discounts: Sequence[OrderDiscount]) -> list[PricedLine]:
    """Return `lines` with every discount taken off, and set on each discount what it takes. Stores nothing."""
    done = list(lines)
    for discount in sorted(discounts, key=lambda row: row.variant_id is None):
        chosen = _chosen(done, discount)
        bases = [done[index].base_minor for index in chosen]
        whole = sum(bases)
        share = rounded_share(whole, discount.percent_basis_points, 10_000)
        off = min(share if discount.kind == "percent" else discount.amount_minor, whole)
        discount.applied_minor = off
        if off:
            for index, part in zip(chosen, split_minor(off, bases), strict=True):
                done[index] = less(done[index], part)
    return done


def list_discounts(order_id: UUID) -> list[OrderDiscount]:
    """Return the discounts people gave on an order that hold, oldest first."""
    return list(OrderDiscount.objects.filter(order_id=order_id, ended_at=None).order_by("id"))


def _chosen(lines: Sequence[PricedLine], discount: OrderDiscount) -> list[int]:
    """What a discount is taken from: goods, and never what is money itself."""
    goods = [index for index, line in enumerate(lines) if line.kind == "product"]
    if discount.variant_id is None:
        return goods
    of_article = [index for index in goods if lines[index].variant_id == discount.variant_id]
    return of_article[discount.occurrence : discount.occurrence + 1]


def _without_staff(line: OrderLine) -> PricedLine:
    was = priced(line)
    if not line.staff_discount_minor:
        return was
    return less(replace(was, discount_minor=was.discount_minor - line.staff_discount_minor), 0)


def _article(order: Order, line_id: UUID) -> tuple[UUID, int]:
    """Which article a line is, and which of its lines: that stays when a tablet sends its lines anew."""
    lines = list(OrderLine.objects.filter(order=order).order_by("position").values_list("id", "variant_id", "kind"))
    found = next((row for row in lines if row[0] == line_id), None)
    if found is None:
        raise NotFound()
    if found[1] is None or found[2] != "product":
        raise NothingToDiscount()
    same = [row[0] for row in lines if row[1] == found[1] and row[2] == "product"]
    return found[1], same.index(line_id)


def _is_beyond(order: Order, given: Given) -> bool:
    if given.limit_basis_points is None and given.limit_amount_minor is None:
        return False
    rows = OrderLine.objects.filter(order=order, kind="product")
    return is_beyond(given, {row.id: (row.staff_discount_minor, _without_staff(row).base_minor) for row in rows})


def is_beyond(given: Given, goods: Mapping[UUID, tuple[int, int]]) -> bool:
    """
    Whether what people took off, of the line or of all goods, is more than the giver may take off alone.

    `goods` holds for each line what was taken off and what it is worth without that, in minor units.
    """
    whole_off = sum(off for off, _ in goods.values())
    if given.limit_amount_minor is not None and whole_off > given.limit_amount_minor:
        return True
    if given.limit_basis_points is None:
        return False
    whole = sum(worth for _, worth in goods.values())
    shares = [(whole_off, whole), goods.get(given.line_id, (0, 0)) if given.line_id else (0, 0)]
    return any(off > rounded_share(worth, given.limit_basis_points, 10_000) for off, worth in shares)


def _is_outgrown(order: Order, discount: OrderDiscount) -> bool:
    """Whether a discount takes more off the lines as they stand than it was given for: alone if approved, else with all others that nobody approved."""
    if discount.approved_minor is not None:
        return bool(discount.applied_minor > discount.approved_minor)
    alone = OrderDiscount.objects.filter(order=order, ended_at=None, approved_minor=None)
    if discount.limit_amount_minor is not None and _taken(alone) > discount.limit_amount_minor:
        return True
    if discount.limit_basis_points is None:
        return False
    article = {"variant_id": discount.variant_id, "occurrence": discount.occurrence}
    rows = list(OrderLine.objects.filter(order=order, kind="product").order_by("position"))
    same = [row for row in rows if row.variant_id == discount.variant_id]
    own = same[discount.occurrence : discount.occurrence + 1]
    for lines, given in ((own, alone.filter(**article)), (rows, alone)):
        off = _taken(given)
        whole = sum(_without_staff(line).base_minor for line in lines)
        if lines and off > rounded_share(whole, discount.limit_basis_points, 10_000):
            return True
    return False


def _taken(discounts: QuerySet[OrderDiscount]) -> int:
    return sum(discounts.values_list("applied_minor", flat=True))


def _changeable(order_id: UUID, version: int, has_open_payment: bool) -> Order:
    order = queries.get_order_for_update(order_id)
    has_money = has_open_payment or order.secured_minor or order.captured_minor
    if order.status not in ("draft", "open") or has_money or order.cancel_asked_at is not None:
        raise DiscountTooLate(number=order.number)
    if order.version != version:
        raise OrderChanged(number=order.number, version=order.version)
    return order


def _changed(order: Order, action: str, data: dict[str, object], now: datetime) -> None:
    order.version += 1
    order.save(update_fields=["version"])
    audit.record(action, subject=f"order:{order.id}", now=now, data=data)
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
