"""Begin a checkout, pay it, share it as a link, let it go."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.errors import AppError, Invalid
from merchant.core.ids import new_id
from merchant.core.money import Money
from orders.fulfilment import collecting
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing import services as placing
from orders.placing.delivery import change_delivery as change_order_delivery
from orders.placing.delivery import note_email
from orders.placing.services import Placement
from payments.checkout import baskets, deliveries, queries
from payments.checkout.baskets import CHECKOUT_LASTS, Request
from payments.checkout.deliveries import Shopper
from payments.checkout.models import PaymentLink
from payments.processing import stored_cards
from payments.processing.authorisations import request_routed
from payments.records import news
from payments.records import queries as records
from payments.records.models import Operation

# A link travels by mail and waits for a person.
LINK_LASTS = timedelta(days=3)
LINK_LASTS_MAX = timedelta(days=90)


class LinkClosed(AppError):
    """The link was withdrawn or its time is over."""

    code = "link_closed"
    detail = "This payment link is {stage}."
    next_step = "Ask the shop for a new one."


class AlreadyPaid(AppError):
    """The order needs no more money."""

    code = "already_paid"
    detail = "Order {number} is paid."
    money = "Nothing more was charged."
    next_step = "There is nothing left to do."


@transaction.atomic
def begin(*, kind: str, request: Request, now: datetime) -> PaymentLink:
    """
    Place an order, keep its pieces, and return the address (`checkout` or `link`) at which it is paid until it expires.

    Prices are those of this moment. Nobody has paid yet; an expired one gives its pieces back.

    :raises UnknownArticle, NoPrice, BasketTooLarge, InsufficientStock: nothing is stored then.
    :raises Invalid: for a way of delivery that does not exist or does not go there, and for the tills' channel without a store.
    """
    channel, link_id = request.channel, new_id()
    day = business_date(now, zone=channel.zone, cutoff=channel.day_cutoff)
    lines, method = baskets.lines_of(request, day=day, now=now)
    placement = Placement(
        channel_id=channel.id,
        currency=request.currency,
        business_date=day,
        now=now,
        customer_id=baskets.customer(request.shopper, now),
        email=request.shopper.email,
        delivery=baskets.delivery(request, method),
        note=request.note,
        # What is paid at the door lives on when its link is over; everything else ends with it unpaid.
        client_reference=None if request.payment == "on_delivery" else born_of(link_id),
        coupon_code=request.coupon.strip().upper(),
    )
    made = placing.make_order(placement=placement, lines=lines, status="draft")
    return _placed_link(link_id, kind, made.id, request, now=now)


@transaction.atomic
def check_out_cart(*, order_id: UUID, lasts: timedelta, now: datetime, return_url: str = "") -> PaymentLink:
    """
    Place a cart as it stands and return the address at which it is paid. The order keeps its id; unpaid it ends with the link. Locks the order.

    :raises OrderNotOpen: if it is no cart any more. :raises InsufficientStock, CouponNotUsable: the cart stays a cart.
    """
    order, link_id = orders.get_order_for_update(order_id), new_id()
    if order.status != "draft":
        raise placing.OrderNotOpen(number=order.number, status=order.status)
    if order.client_reference is None:
        order.client_reference = born_of(link_id)
        order.save(update_fields=["client_reference"])
    request = Request(
        channel=order.channel, currency=order.currency, shopper=Shopper(), return_url=return_url, lasts=lasts
    )
    return _placed_link(link_id, "checkout", order.id, request, now=now)


def _placed_link(link_id: UUID, kind: str, order_id: UUID, request: Request, *, now: datetime) -> PaymentLink:
    """
    Place the order and put it on the pick list if its money comes later. What ends it is the expiry of its link, which asks for open payments under the order's lock.

    :raises Invalid: for the tills' channel without a store: nobody would keep its pieces.
    """
    order = orders.get_order(order_id)
    store_id = orders.goods_store_id(order)
    if store_id is None and order.channel.kind == "in_store":
        raise Invalid(reason=_("this channel sells in stores: name the store to collect in, or another channel"))
    order = placing.place_order(order_id=order_id, stock_store_id=store_id, reserve_for=None, now=now)
    if not order.total_minor:
        _secure_free(order)
    if request.payment == "in_store":
        collecting.open_pickup(order_id=order_id, now=now)
    return _link(link_id, kind, order_id, request, now=now)


def _secure_free(order: Order) -> None:
    """Go on as after a payment with an order of which coupons left nothing to pay. Nobody will be asked for an address any more, so it must be there."""
    if deliveries.needs_address(order):
        raise Invalid(reason=_("nothing is left to pay, so no page will ask where it goes: send the address"))
    news.publish_free(order)


@transaction.atomic
def link_to_order(*, order_id: UUID, lasts: timedelta, now: datetime, return_url: str = "") -> PaymentLink:
    """
    Return a new link at which what is left of an existing open order can be paid. The order outlives the link.

    :raises AlreadyPaid: if nothing is left to pay. :raises LinkClosed: if the order was cancelled.
    """
    order = orders.get_order_for_update(order_id)
    if order.status == "cancelled" or order.status == "draft":
        raise LinkClosed(stage=order.status)
    if orders.open_minor(order) == 0:
        raise AlreadyPaid(number=order.number)
    blank = Request(
        channel=order.channel, currency=order.currency, shopper=Shopper(), return_url=return_url, lasts=lasts
    )
    return _link(new_id(), "link", order.id, blank, now=now)


@transaction.atomic
def change_delivery(*, link: PaymentLink, shopper: Shopper, delivery_method: str, now: datetime) -> Order:
    """
    Change address, e-mail or way of delivery before paying, and return the order with its new total. Locks the order.

    Of one that is paid in part and goes nowhere, a till's, only the e-mail is noted: its total stays what was agreed when the first money came.

    :raises LinkClosed: if the link is over. :raises OrderHasMoney: once a payment is under way or done. :raises Invalid: as in `begin`.
    :raises AlreadyPaid: if there is nothing to pay.
    """
    order = orders.get_order_for_update(link.order_id)
    if not order.total_minor:
        # Its receipt is issued; another way of delivery would add a price to it.
        raise AlreadyPaid(number=order.number)
    require_open(link, order, now=now)
    if order.secured_minor and not (delivery_method or shopper.shipping_address):
        return note_email(order_id=order.id, email=shopper.email or order.email, now=now)
    method = deliveries.find_method(delivery_method, order.currency, shopper.shipping_address)
    delivery = {
        **deliveries.kept_of(order.delivery, method),
        **deliveries.described(method, shopper, known_code=order.delivery.get("pickup_code", "")),
    }
    return change_order_delivery(
        order_id=order.id,
        delivery=delivery,
        shipping=deliveries.shipping_of(order, method, shopper, now=now) if method else None,
        email=shopper.email or order.email,
        now=now,
        has_open_payment=records.find_open_authorisation(order.id) is not None,
    )


@dataclass(frozen=True, slots=True)
class Consent:
    """The words a customer agreed to when their card was to be stored, and when that was."""

    text: str
    at: datetime


@transaction.atomic
def pay(
    *,
    link: PaymentLink,
    instrument: dict[str, Any],
    return_url: str,
    now: datetime,
    store_card: Consent | None = None,
) -> Operation:
    """
    Ask for all that is left of the order by `instrument`; the relay sends it. Locks the order.

    `instrument` is {"session": True}, {"token": …} or {"stored_card_id": …}, a card that the order's customer left. With `store_card` the customer of the order
    agrees to the card being kept once it has paid.

    A second press, tab or device is refused while the first is under way: one order, one open payment.

    :raises LinkClosed, AlreadyPaid: if there is nothing to pay here.
    :raises PaymentInProgress, PaymentOutcomeUnknown: while an earlier payment has no answer.
    :raises NoGateway: if no account takes cards in this currency. :raises CardNotStorable: if nobody knows whose card it would be.
    :raises CredentialNotUsable: for a stored card that cannot be used, or another customer's.
    """
    order = orders.get_order_for_update(link.order_id)
    if (due := orders.open_minor(order)) == 0 and order.status != "cancelled":
        raise AlreadyPaid(number=order.number)
    if records.find_open_authorisation(order.id) is None:
        require_open(link, order, now=now)
    amount = Money(due, order.currency)
    if card_id := instrument.get("stored_card_id"):
        return stored_cards.charge(
            credential_id=card_id, order_id=order.id, amount=amount, now=now, by_customer=True, return_url=return_url
        )
    if store_card is not None:
        if order.customer_id is None:
            raise stored_cards.CardNotStorable(why=_("the order has no customer"))
        instrument = instrument | stored_cards.consent(
            customer_id=order.customer_id, text=store_card.text, at=store_card.at
        )
    return request_routed(
        order_id=order.id,
        method="card",
        amount=amount,
        now=now,
        instrument=instrument,
        return_url=return_url,
    )


@transaction.atomic
def note_language(*, order_id: UUID, language: str) -> None:
    """Keep the language of the page on which an order is paid: its receipt and its mails are written in it. Locks the order; what is paid keeps its language."""
    order = orders.get_order_for_update(order_id)
    if language and not order.secured_minor and order.delivery.get("language") != language:
        order.delivery = {**order.delivery, "language": language}
        order.save(update_fields=["delivery"])


@transaction.atomic
def revoke(*, link: PaymentLink, now: datetime) -> PaymentLink:
    """
    Withdraw a link. Nobody can pay there any more, and an order that was made for it is cancelled. A repeat changes nothing.

    :raises OrderHasMoney: while a payment of an order made for it is under way or done.
    """
    order = orders.get_order_for_update(link.order_id)
    link = PaymentLink.objects.select_for_update().get(id=link.id)
    if link.revoked_at is None:
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        audit.record("payment_link.revoked", subject=f"payment_link:{link.id}", now=now)
        _let_go(link, order, reason="link_revoked", now=now)
    return link


@transaction.atomic
def expire(*, link_id: UUID, now: datetime) -> bool:
    """Cancel the unpaid order of an expired link and give its pieces back; say whether it was. An open payment keeps it alive."""
    link = PaymentLink.objects.select_related("order").get(id=link_id)
    order = orders.get_order_for_update(link.order_id)
    link.refresh_from_db(fields=["expires_at"])
    is_secured = bool(order.secured_minor) or not order.total_minor
    if order.status != "open" or is_secured or link.expires_at > now:
        return False
    if records.find_open_authorisation(order.id) is not None:
        return False
    _let_go(link, order, reason="link_expired", now=now)
    return True


def extend(*, order_id: UUID, now: datetime) -> int:
    """Give the shopper whose payment was refused a full period to try again, and return how many links were extended."""
    until = now + CHECKOUT_LASTS
    rows = PaymentLink.objects.filter(order_id=order_id, kind="checkout", revoked_at=None, expires_at__lt=until)
    return int(rows.update(expires_at=until))


def require_open(link: PaymentLink, order: Order, *, now: datetime) -> None:
    """
    Refuse what may not be paid here any more.

    :raises LinkClosed: for a link that was withdrawn or has expired, or a cancelled order.
    """
    if link.revoked_at is not None:
        raise LinkClosed(stage="withdrawn")
    if order.status == "cancelled" or link.expires_at <= now:
        raise LinkClosed(stage="expired")


def born_of(link_id: UUID) -> str:
    """Return the reference of an order that was made for a link, and ends with it."""
    return f"checkout:{link_id}"


def _let_go(link: PaymentLink, order: Order, *, reason: str, now: datetime) -> None:
    if order.client_reference == born_of(link.id) and order.status == "open":
        is_open = records.find_open_authorisation(order.id) is not None
        placing.cancel_order(order_id=order.id, reason=reason, now=now, has_open_payment=is_open)


def _link(link_id: UUID, kind: str, order_id: UUID, request: Request, *, now: datetime) -> PaymentLink:
    if not timedelta(minutes=1) <= request.lasts <= LINK_LASTS_MAX:
        raise Invalid(reason=_("a link lasts between a minute and 90 days"))
    link = PaymentLink.objects.create(
        id=link_id,
        kind=kind,
        token=secrets.token_urlsafe(32),
        order_id=order_id,
        return_url=request.return_url,
        cancel_url=request.cancel_url,
        expires_at=now + request.lasts,
        created_at=now,
    )
    audit.record(
        f"{'payment_link' if kind == 'link' else 'checkout'}.created", subject=f"payment_link:{link_id}", now=now
    )
    return queries.get_link(link.id)
