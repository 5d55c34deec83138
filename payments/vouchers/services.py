"""The whole life of vouchers: made when sold or refunded to, topped up, redeemed, blocked, expired. Every move is a movement; the books are told by whoever moves money."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, QuerySet

from merchant.core.audit import services as audit
from merchant.core.clock import business_date
from merchant.core.errors import AppError, NotFound
from merchant.core.ids import readable_of, secret_hash
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from merchant.core.vault import keys
from merchant.ledger import services as ledger
from merchant.ledger.recipes import voucher_expired
from merchant.merchants.queries import get_merchant
from orders.order.models import Order, OrderLine
from payments.vouchers.models import Voucher, VoucherMovement

# 16 characters of 5 bits: not guessable at any rate a till allows.
_CODE_LENGTH = 16
# Three years, counted from the end of the year of sale: what the strictest of our countries asks for.
VALID_YEARS = 3
# Money that comes back to an expired card can be spent for so long.
PUT_BACK_DAYS = 90


# Letters and digits, grouped as cards print them. A circled or full-width letter looks like a plain one and is another.
_PLAIN_CODE = re.compile(r"[A-Za-z0-9 ./_-]+")
# A shorter number could be guessed at a till that asks for balances.
CARD_CODE_MIN = 12


class CardCodeTooShort(AppError):
    """The number of a printed card is too short to be money."""

    code = "card_code_too_short"
    status = 422
    detail = "The number of a gift card has at least {least} letters and digits."
    next_step = "Scan the card, or leave the number empty: then one is made."


class CardCodeNotPlain(AppError):
    """The number of a printed card holds what no keyboard of a till types, or is one character over and over."""

    code = "card_code_not_plain"
    status = 422
    detail = "The number of a gift card is made of the letters A to Z and digits, and not of one of them throughout."
    next_step = "Scan the card, or leave the number empty: then one is made."


class VoucherNotUsable(AppError):
    """The code is wrong, or the card is empty, blocked, expired or in another currency: the answer is the same."""

    code = "voucher_not_usable"
    status = 422
    detail = "This gift card cannot be used here."
    next_step = "Check the code, or take another tender."


@transaction.atomic
def issue(*, amount: Money, source: str, now: datetime, kind: str = "gift_card") -> tuple[Voucher, str]:
    """
    Make a voucher worth `amount` and return it with its code, which is not stored. The liability is booked by whoever sold it.

    `source` makes one voucher for ever: a repeat returns the same.
    """
    made = Voucher.objects.filter(origin=source).first()
    if made is not None:
        return made, code_of(made)
    voucher = Voucher(
        kind=kind,
        origin=source,
        currency=amount.currency,
        balance_minor=amount.minor,
        created_at=now,
        expires_at=_end_of_validity(now),
    )
    voucher.claim_for_scope()
    code = code_of(voucher)
    voucher.code_hash, voucher.hint = code_hash(code), code[-4:]
    voucher.save(force_insert=True)
    VoucherMovement(voucher=voucher, amount_minor=amount.minor, source=source, moved_at=now).save(force_insert=True)
    audit.record("voucher.issued", subject=f"voucher:{voucher.id}", now=now, data={"source": source})
    return voucher, code


@transaction.atomic
def note_card(*, code: str, currency: str, now: datetime) -> Voucher:
    """
    Return the card with a printed number, made with nothing on it if it was never seen. Money comes onto it when it is paid for.

    :raises CardCodeTooShort: for a number that could be guessed. :raises CardCodeNotPlain: for one that looks like another, or is one character throughout.
    """
    letters = _letters(code)
    if len(letters) < CARD_CODE_MIN:
        raise CardCodeTooShort(least=CARD_CODE_MIN)
    if not _PLAIN_CODE.fullmatch(code) or len(set(letters)) == 1:
        raise CardCodeNotPlain()
    known = find_by_code(letters)
    if known is not None:
        return known
    digest = code_hash(letters)
    made, is_new = Voucher.objects.get_or_create(
        code_hash=digest,
        defaults={
            "kind": "gift_card",
            "origin": f"card:{digest}",
            "hint": letters[-4:],
            "currency": currency,
            "balance_minor": 0,
            "created_at": now,
            "expires_at": _end_of_validity(now),
        },
    )
    if is_new:
        audit.record("voucher.noted", subject=f"voucher:{made.id}", now=now)
    return made  # type: ignore[no-any-return]


def code_of(voucher: Voucher) -> str:
    """Return the code of a voucher. It is never stored: it follows from the row's id and the installation's key at the time, which outlives a change of keys."""
    if not voucher.code_hash:
        return _code_under(keys.derived_key(keys.VOUCHER_CODES), voucher)
    made = [_code_under(key, voucher) for key in reversed(keys.derived_keys(keys.VOUCHER_CODES))]
    return next((code for code in made if _hash_of(voucher.merchant_id, code) == voucher.code_hash), made[0])


def _code_under(key: bytes, voucher: Voucher) -> str:
    message = f"{voucher.merchant_id}:{voucher.id}".encode()
    return readable_of(hmac.new(key, message, hashlib.sha256).digest()[:_CODE_LENGTH])


def redeem(*, code: str, amount: Money, order_id: UUID, source: str, now: datetime) -> tuple[Voucher, int]:
    """
    Take `amount` off the card for an order, or its whole balance if that is less, in the caller's transaction; return the card as it was before and what was taken.

    Locks the card, and with it the cards that the order tops up, in the order of their ids: two orders that pay for each other's cards wait for one another.

    :raises VoucherNotUsable: if there is nothing to take.
    """
    digest = code_hash(code)
    named = Voucher.objects.filter(code_hash=digest).values("id")
    topped_up = OrderLine.objects.filter(order_id=order_id, kind="gift_card", variant_id__isnull=False)
    voucher = next(
        (card for card in lock_cards(named, topped_up.values("variant_id")) if card.code_hash == digest), None
    )
    if voucher is None or not is_usable(voucher, now) or voucher.currency != amount.currency:
        raise VoucherNotUsable()
    minor = min(amount.minor, voucher.balance_minor)
    _move(voucher.id, -minor, source, now)
    return voucher, minor


def lock_cards(*ids: QuerySet[Any, dict[str, UUID]]) -> list[Voucher]:
    """Lock all cards that the queries name together, in the order of their ids, so that no two acts hold one that the other waits for; return them."""
    first, *others = (query.order_by() for query in ids)
    return list(Voucher.objects.select_for_update(no_key=True).filter(id__in=first.union(*others)).order_by("id"))


def is_usable(voucher: Voucher, now: datetime) -> bool:
    """Say whether the card has money that can be spent."""
    is_expired = voucher.expires_at is not None and voucher.expires_at <= now
    return voucher.balance_minor > 0 and voucher.blocked_at is None and not is_expired


def find_by_code(code: str) -> Voucher | None:
    """Return the card with `code`, if there is one. Whoever lets people ask counts how often."""
    found: Voucher | None = Voucher.objects.filter(code_hash=code_hash(code)).first()
    return found


def take_off(*, voucher_id: UUID, minor: int, source: str, now: datetime) -> None:
    """Take money off a card that the caller has locked and found to have it."""
    _move(voucher_id, -minor, source, now)


def put_back(*, voucher_id: UUID, amount: Money, source: str, now: datetime) -> None:
    """Put refunded money back on its card, in the caller's transaction. A card that has expired meanwhile can be spent for a while again."""
    _move(voucher_id, amount.minor, source, now)
    ends_at = _end_of_put_back(now)
    Voucher.objects.filter(id=voucher_id, expires_at__lt=ends_at).update(expires_at=ends_at)


@transaction.atomic
def activate_sold(*, order_id: UUID, now: datetime) -> list[Voucher]:
    """
    Make or top up the cards of an order's gift card lines that were handed over, in the transaction of the hand-over, and return them.

    The books got the liability with the hand-over. A repeat changes nothing.
    """
    order = Order.objects.get(id=order_id)
    vouchers = []
    for line in OrderLine.objects.filter(order=order, kind="gift_card", fulfilled_quantity__gt=0).order_by("position"):
        worth = Money(line.total_minor, order.currency).split([1] * line.quantity)
        for piece in range(line.fulfilled_quantity):
            source = f"line:{line.id}:{piece}"
            if line.variant_id is not None:
                vouchers.append(_top_up(line.variant_id, worth[piece], source, now))
            else:
                vouchers.append(issue(amount=worth[piece], source=source, now=now)[0])
    return vouchers


@transaction.atomic
def block(*, voucher_id: UUID, reason: str, now: datetime) -> Voucher:
    """Stop a card that was lost or stolen; its money stays on it. A repeat changes nothing. :raises NotFound: if there is none."""
    return _set_block(voucher_id, now, reason, now=now, action="voucher.blocked")


@transaction.atomic
def unblock(*, voucher_id: UUID, reason: str, now: datetime) -> Voucher:
    """Let a blocked card be spent again. A repeat changes nothing. :raises NotFound: if there is none."""
    return _set_block(voucher_id, None, reason, now=now, action="voucher.unblocked")


@transaction.atomic
def expire(*, voucher_id: UUID, now: datetime) -> int:
    """Take what nobody redeemed in time off a card and book it as income; return how much. Locks the card; a repeat finds nothing."""
    voucher = Voucher.objects.select_for_update(no_key=True).get(id=voucher_id)
    minor: int = voucher.balance_minor
    if voucher.expires_at is None or voucher.expires_at > now or minor <= 0:
        return 0
    source = f"expiry:{voucher.expires_at:%Y-%m-%dT%H:%M}"
    _move(voucher.id, -minor, source, now)
    merchant = get_merchant(current_merchant_id())
    ledger.post(
        recipe="voucher_expired",
        source=f"voucher:{voucher.id}:{source}",
        about=f"voucher:{voucher.id}",
        legs=voucher_expired(minor=minor, currency=voucher.currency),
        business_date=business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff),
        now=now,
    )
    data = {"voucher_id": str(voucher.id), "amount_minor": minor, "currency": voucher.currency}
    audit.record("voucher.expired", subject=f"voucher:{voucher.id}", now=now, data=data)
    outbox.publish("voucher.expired", f"voucher:{voucher.id}", data)
    return minor


def _top_up(voucher_id: UUID, amount: Money, source: str, now: datetime) -> Voucher:
    voucher: Voucher | None = Voucher.objects.select_for_update(no_key=True).filter(id=voucher_id).first()
    if voucher is None or voucher.currency != amount.currency:
        raise VoucherNotUsable()
    if not VoucherMovement.objects.filter(voucher=voucher, source=source).exists():
        _move(voucher.id, amount.minor, source, now)
        Voucher.objects.filter(id=voucher.id).update(expires_at=_end_of_validity(now))
        voucher.refresh_from_db()
    return voucher


def _set_block(voucher_id: UUID, at: datetime | None, reason: str, *, now: datetime, action: str) -> Voucher:
    voucher: Voucher | None = Voucher.objects.select_for_update(no_key=True).filter(id=voucher_id).first()
    if voucher is None:
        raise NotFound()
    if (voucher.blocked_at is None) != (at is None):
        voucher.blocked_at, voucher.block_reason = at, reason[:120] if at else ""
        voucher.save(update_fields=["blocked_at", "block_reason"])
        audit.record(action, subject=f"voucher:{voucher.id}", now=now, data={"reason": reason})
    return voucher


def _move(voucher_id: UUID, minor: int, source: str, now: datetime) -> None:
    Voucher.objects.filter(id=voucher_id).update(balance_minor=F("balance_minor") + minor)
    VoucherMovement(voucher_id=voucher_id, amount_minor=minor, source=source, moved_at=now).save(force_insert=True)


def _end_of_validity(now: datetime) -> datetime:
    """Midnight of the merchant's zone, as the first year begins in which the card is worth nothing."""
    zone = ZoneInfo(get_merchant(current_merchant_id()).zone)
    return datetime(now.astimezone(zone).year + VALID_YEARS + 1, 1, 1, tzinfo=zone)


def _end_of_put_back(now: datetime) -> datetime:
    """Midnight of the merchant's zone after the last day on which money can be spent that came back to an expired card."""
    zone = ZoneInfo(get_merchant(current_merchant_id()).zone)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=PUT_BACK_DAYS + 1), time.min, tzinfo=zone)


def code_hash(code: str) -> str:
    """Return the hash by which a card is found, however its code was typed."""
    return _hash_of(current_merchant_id(), code)


def _hash_of(merchant_id: UUID, code: str) -> str:
    return secret_hash(f"{merchant_id}:{_letters(code)}")


def _letters(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())
