"""Orders at the till that take more than one breath: several lines, several tenders, a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.pricing import coupons
from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted
from merchant.core.audit.models import AuditEntry
from merchant.core.callers import RegisterFacts
from merchant.core.clock import business_date
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.tenancy import current_actor
from merchant.sales_channels.queries import find_in_store_id
from orders.carry_over import services as carry_over
from orders.carry_over.services import CartNotHeld
from orders.documents import services as documents
from orders.documents.models import Document
from orders.documents.services import Paper, Tender
from orders.fulfilment import collecting
from orders.fulfilment import services as fulfilment
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from orders.placing import services as placing
from orders.placing.lines import lines_of
from orders.placing.services import MadeOrder, OrderChanged, Placement
from payments.processing import tenders
from payments.processing.refusals import OrderNotPayable
from payments.records import news
from payments.records.models import Payment
from payments.records.tips import tip_secured
from payments.vouchers import guesses
from payments.vouchers import services as vouchers
from payments.vouchers.models import Voucher
from payments.vouchers.services import VoucherNotUsable
from terminals.pos.elsewhere import require_own

# Whose hand a receipt names: a person's, or that of the tablet they work at.
_AT_THE_TILL = ("staff", "register")


class StillToPay(AppError):
    """Something of the order is left to pay."""

    code = "still_to_pay"
    detail = "{left} of order {number} is still to pay."
    next_step = "Take a payment; the last one completes the order."


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A gift card to sell: a new one, one with a number of its own (`card_code`), or with `top_up_code` or `voucher_id` money for one there is."""

    amount_minor: int
    top_up_code: str = ""
    card_code: str = ""
    voucher_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What a tablet wants sold."""

    wanted: Sequence[Wanted]
    codes: Sequence[str] = ()
    note: str = ""
    client_reference: str | None = None
    gift_cards: Sequence[GiftCard] = ()
    coupon: str = ""


def in_store_channel() -> UUID:
    """
    Return the merchant's in-store channel.

    :raises NotFound: if it has none.
    """
    channel_id = find_in_store_id()
    if channel_id is None:
        raise NotFound()
    return channel_id


def begin_order(*, register: RegisterFacts, basket: Basket, now: datetime) -> MadeOrder:
    """Store a draft order of a register with live totals, held by it, in the caller's transaction. Its lines can be replaced until it is paid."""
    day = business_date(now, zone=register.zone, cutoff=register.day_cutoff)
    placement = Placement(
        channel_id=in_store_channel(),
        currency=register.currency,
        business_date=day,
        now=now,
        store_id=register.store_id,
        register_id=register.register_id,
        note=basket.note,
        client_reference=basket.client_reference,
        coupon_code=basket.coupon.strip().upper(),
    )
    made = placing.make_order(placement=placement, lines=_priced(register, basket, now), status="draft")
    carry_over.hold(order_id=made.id, holder=carry_over.till_holder(register), now=now)
    return made


@transaction.atomic
def change_order(*, order_id: UUID, register: RegisterFacts, basket: Basket, version: int, now: datetime) -> Order:
    """Give a draft other lines. :raises CartNotHeld: if it went on elsewhere. :raises OrderNotOpen, OrderChanged: see `placing.replace_lines`."""
    require_own(orders.get_order_for_update(order_id), register, now=now)
    lines = _priced(register, basket, now)
    return placing.replace_lines(
        order_id=order_id, lines=lines, version=version, now=now, coupon_code=basket.coupon.strip().upper()
    )


def open_for_payment(*, order_id: UUID, register: RegisterFacts, now: datetime) -> Order:
    """
    Place the draft: its pieces are kept for it until it is handed over or cancelled. A repeat changes nothing. Locks the order.

    :raises CartNotHeld: if the cart went on elsewhere. :raises InsufficientStock, CouponNotUsable: the draft stays a draft.
    """
    order = orders.get_order_for_update(order_id)
    require_own(order, register, now=now)
    store_id = orders.goods_store_id(order) or register.store_id
    return placing.place_order(order_id=order_id, stock_store_id=store_id, reserve_for=None, now=now)


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
        receipt = Document.objects.filter(order=order, kind="receipt").first()
        if (
            receipt is not None
            or order.register_id is None
            or order.status == "cancelled"
            or order.secured_minor - order.refunded_minor < order.total_minor
        ):
            return receipt
        _hand_over_here(order, now)
        issued = documents.issue(_paper(order, now))
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


def _paper(order: Order, now: datetime) -> Paper:
    order = orders.get_order(order.id)
    payments = [row for row in order.payments.order_by("id") if row.authorised_minor > row.voided_minor]
    return Paper(
        kind="receipt",
        order_id=order.id,
        order_number=order.number,
        currency=order.currency,
        lines=lines_of(order),
        tenders=[tender_of(payment) for payment in payments],
        rounding_minor=sum(payment.rounding_minor for payment in payments),
        store=order.store,
        register_id=order.register_id,
        register_name=order.register.name if order.register else "",
        register_code=order.register.code if order.register else "",
        business_date=orders.business_day(order, now),
        issued_at=now,
        served_by=_served_by(order),
    )


def _served_by(order: Order) -> str:
    """Who stands at the till: who acts, or where the bank's answer or the shopper's phone ended the sale, who acted on the order last."""
    if current_actor().kind in _AT_THE_TILL:
        return current_actor().name
    about = [f"order:{order.id}", *(f"payment:{payment.id}" for payment in order.payments.all())]
    acts = AuditEntry.objects.filter(subject__in=about, actor_kind__in=_AT_THE_TILL)
    return acts.order_by("-id").values_list("actor_name", flat=True).first() or ""


def tender_of(payment: Payment) -> Tender:
    """Return a payment as a receipt prints it."""
    minor = payment.authorised_minor - payment.voided_minor + payment.rounding_minor
    change = (payment.tendered_minor or minor) - minor
    return Tender(
        payment.method,
        minor,
        tendered_minor=payment.tendered_minor,
        change_minor=change,
        card_brand=payment.card_brand,
        card_last4=payment.card_last4,
        auth_code=payment.auth_code,
        tip_minor=tip_secured(payment),
    )


def _priced(register: RegisterFacts, basket: Basket, now: datetime) -> list[PricedLine]:
    day = business_date(now, zone=register.zone, cutoff=register.day_cutoff)
    cards = [_card_line(card, register.currency, now) for card in basket.gift_cards]
    if cards and not basket.wanted:
        return cards
    lines = pricing.price_basket(
        wanted=basket.wanted,
        currency=register.currency,
        country=register.country,
        day=day,
        now=now,
        codes=basket.codes,
        store_id=register.store_id,
        channel_id=in_store_channel(),
    )
    return coupons.discounted(code=basket.coupon, lines=[*lines, *cards], currency=register.currency, now=now)


def _card_line(card: GiftCard, currency: str, now: datetime) -> PricedLine:
    """A card is no supply: its tax comes with what is bought for it."""
    voucher = _card(card, currency, now)
    return pricing.line_of(
        kind="gift_card",
        name=f"Gift card …{voucher.hint}" if voucher else "Gift card",
        unit_price_minor=card.amount_minor,
        quantity=1,
        rate_basis_points=0,
        variant_id=voucher.id if voucher else None,
    )


def _card(card: GiftCard, currency: str, now: datetime) -> Voucher | None:
    """The card that money is put on; None for one that is made when it is paid."""
    if card.card_code:
        voucher: Voucher | None = vouchers.note_card(code=card.card_code, currency=currency, now=now)
    elif card.voucher_id:
        voucher = Voucher.objects.filter(id=card.voucher_id, kind="gift_card").first()
    elif card.top_up_code:
        voucher = guesses.find_counted(card.top_up_code)
    else:
        return None
    if voucher is None or voucher.blocked_at is not None or voucher.currency != currency:
        raise VoucherNotUsable()
    return voucher


def find_receipt(order_id: UUID) -> Document | None:
    """Return an order's receipt, or None while there is none."""
    return Document.objects.filter(order_id=order_id, kind="receipt").first()
