"""Pass a cart on: one holder at a time, one order id from begin to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.errors import AppError, NotFound
from merchant.core.ids import readable_code
from merchant.core.outbox import services as outbox
from orders.carry_over import queries
from orders.carry_over.models import CartHold
from orders.order import queries as orders
from orders.order.models import Order

# A quarter of an hour without a touch: the customer has left the till, or closed the page.
LEASE = timedelta(minutes=15)
# Until the shops close tomorrow: who fills a cart in the evening comes the next day.
CODE_LASTS = timedelta(hours=36)
# What the key of a till as a holder begins with.
_TILL = "register:"


class CartHeldElsewhere(AppError):
    """Somebody else works on the cart."""

    code = "cart_held_elsewhere"
    detail = "Order {number} is being worked on at {holder}."
    next_step = "Let the customer show the code of the cart, or wait a quarter of an hour."


class CartNotHeld(AppError):
    """The cart went to somebody else meanwhile, or was never taken."""

    code = "cart_not_held"
    detail = "Order {number} is not in your hands any more; it is at {holder}."
    next_step = "Take it again with its code, then repeat."


class CartOver(AppError):
    """The order is paid, cancelled or handed over; there is nothing to carry over."""

    code = "cart_over"
    detail = "Order {number} is {status} and cannot be taken over."


class OrderParked(AppError):
    """The order is parked; nobody works on it until somebody resumes it."""

    code = "order_parked"
    detail = "Order {number} is parked as '{name}', last worked on at {holder}."
    next_step = "Resume it, then repeat."


class CartBeingPaid(AppError):
    """A payment of the order is under way; whoever asked for it must see its answer first."""

    code = "cart_being_paid"
    detail = "A payment of order {number} is under way."
    money = "Nothing new was asked; the payment under way decides."
    next_step = "Wait for its result."


class UnknownCartCode(AppError):
    """No cart has this code, or its time is over."""

    code = "unknown_cart_code"
    status = 404
    detail = "No open cart has this code."
    next_step = "Let the customer show a new code."


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a cart: `key` is stable (`register:…`), `register_id` and `store_id` say which till, if it is one."""

    key: str
    name: str
    store_id: UUID | None = None
    register_id: UUID | None = None
    currency: str = ""
    # For how long nobody else takes it without its code.
    lease: timedelta = LEASE


def till_holder(register: RegisterFacts) -> Holder:
    """Return a till as a holder: by its register, so that a new tablet goes on where the old one broke."""
    name = f"{register.store_name}, {register.register_name}"
    return Holder(f"{_TILL}{register.register_id}", name, register.store_id, register.register_id, register.currency)


_payments: list[Callable[[UUID], bool]] = []


def open_payment_from(source: Callable[[UUID], bool]) -> None:
    """Register what knows whether a payment of an order has no answer yet. Called once a process, by payments."""
    _payments[:] = [source]


@transaction.atomic
def hold(*, order_id: UUID, holder: Holder, now: datetime) -> CartHold:
    """Note who begins a cart. Called in the transaction that makes it."""
    made: CartHold = CartHold.objects.create(
        order_id=order_id, holder_key=holder.key, holder_name=holder.name, lease_until=now + LEASE
    )
    return made


@transaction.atomic
def offer(*, order_id: UUID, holder: Holder, now: datetime) -> CartHold:
    """
    Return the cart with a code by which somebody else may take it; a repeat gives a new code and ends the old one. Locks the order.

    :raises CartOver: for an order that is over. :raises CartNotHeld: if somebody else holds it.
    """
    order = orders.get_order_for_update(order_id)
    require_open(order)
    held = locked(order, holder, now)
    if held.holder_key != holder.key:
        raise CartNotHeld(number=order.number, holder=held.holder_name)
    held.code, held.code_until = readable_code(8), now + CODE_LASTS
    held.lease_until = now + LEASE
    held.save(update_fields=["code", "code_until", "lease_until"])
    audit.record("cart.offered", subject=f"order:{order.id}", now=now)
    return held


@transaction.atomic
def take_by_code(*, code: str, holder: Holder, now: datetime) -> CartHold:
    """
    Take the cart whose code a customer shows. The code is used up. Locks the order.

    :raises UnknownCartCode: if no cart has it, or its time is over. And what `take` raises.
    """
    found = (
        CartHold.objects.filter(code=code.strip().upper(), code_until__gt=now).values_list("order_id", "code").first()
    )
    if found is None:
        raise UnknownCartCode()
    return take(order_id=found[0], holder=holder, now=now, shown_code=found[1])


@transaction.atomic
def take(*, order_id: UUID, holder: Holder, now: datetime, shown_code: str = "") -> CartHold:
    """
    Become the one who works on a cart or an unpaid order. At a till the order belongs to that till's store from now on. Locks the order.

    :raises CartHeldElsewhere: while somebody else works on it and no code was shown.
    :raises CartBeingPaid: while a payment of it is under way. :raises CartOver: once it is paid, cancelled or handed over.
    """
    order = orders.get_order_for_update(order_id)
    require_open(order)
    require_unpaid(order)
    if holder.currency and holder.currency != order.currency:
        raise CartOver(number=order.number, status=_("in {currency}").format(currency=order.currency))
    held = locked(order, holder, now)
    if held.holder_key != holder.key:
        if shown_code and held.code != shown_code:
            raise UnknownCartCode()
        if not shown_code and held.lease_until > now:
            raise CartHeldElsewhere(number=order.number, holder=held.holder_name)
        held.epoch += 1
    held.holder_key, held.holder_name, held.lease_until = holder.key, holder.name, now + holder.lease
    held.code = held.code_until = held.parked_at = None
    held.parked_as = ""
    held.save()
    _move(order, holder)
    audit.record("cart.taken", subject=f"order:{order.id}", now=now, data={"holder": holder.name, "epoch": held.epoch})
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return held


def require_unpaid(order: Order) -> None:
    """Refuse while a payment of the order has no answer yet. The order is locked by the caller. :raises CartBeingPaid: then."""
    if any(is_being_paid(order.id) for is_being_paid in _payments):
        raise CartBeingPaid(number=order.number)


def require_holder(*, order: Order, holder_key: str, now: datetime, epoch: int | None = None) -> None:
    """
    Refuse whoever does not hold a cart that changed hands; renew the lease of who does. The order is locked by the caller.

    :raises CartNotHeld: for anybody else, and for a holder that writes with an older epoch. :raises OrderParked: for everybody while it is parked.
    """
    held = queries.find_hold(order.id)
    if held is None:
        return
    if held.parked_at is not None:
        raise OrderParked(number=order.number, name=held.parked_as, holder=held.holder_name)
    if held.holder_key != holder_key or (epoch is not None and epoch != held.epoch):
        raise CartNotHeld(number=order.number, holder=held.holder_name)
    CartHold.objects.filter(id=held.id).update(lease_until=now + LEASE)


def require_not_elsewhere(*, order: Order, holder: Holder) -> None:
    """
    Refuse a till that would end an order on which another till works, or which is parked. The order is locked by the caller.

    How long the other till has not touched it does not matter here: who takes the order first may end it. An order that is paid is nobody's any more, and what a
    shopper holds online may be ended at any till.

    :raises OrderParked, CartHeldElsewhere: then; both say at which till.
    """
    held = queries.find_hold(order.id)
    is_paid = order.status != "draft" and orders.open_minor(order) == 0
    if held is None or is_paid:
        return
    if held.parked_at is not None:
        raise OrderParked(number=order.number, name=held.parked_as, holder=held.holder_name)
    if held.holder_key.startswith(_TILL) and held.holder_key != holder.key:
        raise CartHeldElsewhere(number=order.number, holder=held.holder_name)


def require_open(order: Order) -> None:
    """Refuse an order that is over. The order is locked by the caller. :raises CartOver: once it is paid, cancelled or handed over."""
    is_paid = order.status != "draft" and orders.open_minor(order) == 0
    if order.status not in ("draft", "open", "completed") or is_paid or order.cancel_asked_at is not None:
        raise CartOver(number=order.number, status="paid" if is_paid else order.status)


def locked(order: Order, holder: Holder, now: datetime) -> CartHold:
    """Return the order's hold; an order that nobody ever held is the asker's. The order is locked by the caller."""
    made, _is_new = CartHold.objects.get_or_create(
        order_id=order.id, defaults={"holder_key": holder.key, "holder_name": holder.name, "lease_until": now + LEASE}
    )
    return made  # type: ignore[no-any-return]


def _move(order: Order, holder: Holder) -> None:
    """At a till the order is sold by that till. What began online and goes back there is the channel's again."""
    if holder.register_id is not None:
        order.store_id, order.register_id = holder.store_id, holder.register_id
    else:
        order.register_id = None
        if order.channel.kind != "in_store":
            order.store_id = None
    order.save(update_fields=["store_id", "register_id"])


def find_order(*, number: str) -> Order:
    """Return the open order or cart with that number. :raises NotFound: if there is none."""
    found: Order | None = Order.objects.filter(number=number.strip().upper().lstrip("#")).first()
    if found is None:
        raise NotFound()
    return found
