"""Reads of orders, and the one door to locking them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from merchant.core.callers import Caller
from merchant.core.clock import business_date
from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader, typed_id
from merchant.core.typed import typed_amount
from merchant.ledger.recipes import Position
from orders.order.models import Order, OrderLine
from orders.order.states import FULFILMENT, ORDER


def get_order(order_id: UUID | str) -> Order:
    """
    Return an order of the merchant in scope with its channel and store.

    :raises NotFound: if there is none.
    """
    order = Order.objects.select_related("channel", "store", "customer", "register").filter(id=order_id).first()
    if order is None:
        raise NotFound()
    return order


def get_own_order(caller: Caller, order_id: UUID | str) -> Order:
    """Return an order the caller may see. :raises NotFound: if there is none, or it belongs to a store the caller may not touch."""
    order = get_order(order_id)
    if not caller.may_use_store(order.store_id):
        raise NotFound()
    return order


def get_order_for_update(order_id: UUID | str) -> Order:
    """
    Lock an order until the transaction ends and return it. Whoever moves its money or goods takes this lock first, then payments by id.

    :raises NotFound: if there is none.
    """
    order = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "store")
        .filter(id=order_id)
        .first()
    )
    if order is None:
        raise NotFound()
    return order


def business_day(order: Order, now: datetime) -> date:
    """Return the business day of `now` where the order was sold: its store, or online its channel."""
    place = order.store or order.channel
    return business_date(now, zone=place.zone, cutoff=place.day_cutoff)


def position(order: Order) -> Position:
    """Return where the customer stands with the order. The order must be locked."""
    return Position(order.handed_over_minor, order.captured_minor - order.refunded_minor)


def goods_store_id(order: Order) -> UUID | None:
    """Return the store whose shelf the order's goods come from, unless a line names its own: where they are collected, where they were sold, or the channel's."""
    collected = order.delivery.get("store_id")
    return UUID(collected) if collected else order.store_id or order.channel.stock_store_id


def is_paid_at_the_door(order: Order) -> bool:
    """Say whether the customer pays whoever brings the goods: then they may leave before the money is there."""
    return order.delivery.get("payment") == "on_delivery"


def is_sent(order: Order) -> bool:
    """Say whether the order goes to an address, rather than being taken along or collected."""
    method = str(order.delivery.get("method", ""))
    return bool(method) and not method.startswith("collect")


def has_goods(order: Order) -> bool:
    """Say whether something of the order is kept, packed or sent: a service or an amount with a name is none of it. One statement, none where goods go somewhere."""
    if order.delivery.get("method"):
        return True
    return OrderLine.objects.filter(Q(is_stocked=True) | Q(kind="shipping"), order=order).exists()


def open_minor(order: Order) -> int:
    """Return what is neither secured nor paid yet. What was refunded does not open again."""
    return max(0, order.total_minor - order.secured_minor)


def overpaid_minor(order: Order) -> int:
    """Return what was taken, or is held, beyond what was agreed and not given back: a second payment that succeeded after all."""
    agreed_minor = 0 if order.status == "cancelled" else order.total_minor
    return int(max(0, order.secured_minor - order.refunded_minor - agreed_minor))


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What an order list is narrowed by. Empty fields do not narrow; without `status` carts are left out."""

    status: tuple[str, ...] = ()
    fulfilment_status: tuple[str, ...] = ()
    store_id: UUID | None = None
    channel_id: UUID | None = None
    register_id: UUID | None = None
    customer_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    number: str = ""
    reference: str = ""
    currency: str = ""
    amount_minor: int | None = None
    # What somebody typed: an order's number, an e-mail address, an amount or an id.
    ids: tuple[UUID, ...] = ()
    text: str = ""
    # Limits what a caller of some stores sees; never read from a request.
    only_stores: frozenset[UUID] | None = None


ORDER_FILTERS = (
    "status",
    "fulfilment_status",
    "store",
    "channel",
    "register",
    "customer",
    "date_from",
    "date_to",
    "number",
    "reference",
    "currency",
    "amount_minor",
    "ids",
    "q",
)


def read_filters(params: Mapping[str, str], *, only_stores: Collection[UUID] | None = None) -> OrderFilters:
    """
    Return the filters written in a query string; days are business days, both inclusive.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=ORDER_FILTERS)
    return OrderFilters(
        status=read.choices("status", ORDER.states),
        fulfilment_status=read.choices("fulfilment_status", FULFILMENT.states),
        store_id=read.key("store"),
        channel_id=read.key("channel"),
        register_id=read.key("register"),
        customer_id=read.key("customer"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
        number=read.text("number").upper(),
        reference=read.text("reference"),
        currency=read.text("currency").upper(),
        amount_minor=read.minor("amount_minor"),
        ids=read.keys("ids"),
        text=read.text("q"),
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def find_orders(filters: OrderFilters) -> QuerySet[Order]:
    """Return the orders of the merchant in scope that the filters let through, in no order yet."""
    wanted = {
        "status__in": filters.status,
        "fulfilment_status__in": filters.fulfilment_status,
        "store_id": filters.store_id,
        "channel_id": filters.channel_id,
        "register_id": filters.register_id,
        "customer_id": filters.customer_id,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
        "number": filters.number,
        "client_reference": filters.reference,
        "currency": filters.currency,
        "total_minor": filters.amount_minor,
        "id__in": filters.ids,
        "store_id__in": filters.only_stores,
    }
    orders: QuerySet[Order] = Order.objects.filter(
        **{name: value for name, value in wanted.items() if value not in (None, "", ())}
    )
    if filters.text:
        orders = orders.filter(_named(filters.text))
    return orders if filters.status else orders.exclude(status="draft")


def _named(text: str) -> Q:
    """What a person means is told by its shape."""
    text = text.strip().lstrip("#")
    if "@" in text:
        return Q(email__iexact=text) & ~Q(email="")
    if (amount := typed_amount(text)) is not None:
        return Q(total_minor=amount.minor) & (Q(currency=amount.currency) if amount.currency else Q())
    key = typed_id(text)
    return Q(id=key) if key else Q(id__in=_keys_of(text))


def _keys_of(text: str) -> list[UUID]:
    """
    The ids of orders of a number or of the shop's own reference, with one statement.

    Asked by itself: inside the list's own statement PostgreSQL would walk all orders and compare each.
    """
    numbered = Order.objects.filter(number=text.upper()).values_list("id", flat=True)
    return list(numbered.union(Order.objects.filter(client_reference=text).values_list("id", flat=True)))


def list_keys_beginning(number: str, *, most: int) -> list[UUID]:
    """Return the ids of the first `most` orders whose number begins with `number`, with one statement. `Z` sorts last of what numbers are made of."""
    begin = number.upper()
    found = Order.objects.filter(number__gte=begin, number__lte=begin + "Z" * 8).order_by("number")
    return list(found.values_list("id", flat=True)[:most])
