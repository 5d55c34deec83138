"""Orders at the till: what a tablet wants sold, begun, changed, and placed so that it can be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.pricing import coupons
from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted
from merchant.core.callers import RegisterFacts
from merchant.core.clock import business_date
from merchant.core.errors import NotFound
from merchant.sales_channels.queries import find_in_store_id
from orders.carry_over import services as carry_over
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing import services as placing
from orders.placing.services import MadeOrder, Placement
from payments.vouchers import guesses
from payments.vouchers import services as vouchers
from payments.vouchers.models import Voucher
from payments.vouchers.services import VoucherNotUsable
from terminals.pos.elsewhere import require_own


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
