"""Coupons: what one takes off a basket, and that its last use has one winner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from inventory.pricing.models import Coupon, CouponUse
from inventory.pricing.services import PricedLine, less
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.money import rounded_share, split_minor


class CouponNotUsable(AppError):
    """The code is unknown, over, used up, or not for this basket."""

    code = "coupon_not_usable"
    status = 422
    detail = "The coupon {coupon} {why}."
    next_step = "Take it out, or use another one."


@transaction.atomic
def create_coupon(*, code: str, kind: str, now: datetime, **terms: object) -> Coupon:
    """
    Make a coupon that is valid from now on, or from `starts_at` on.

    :raises Invalid: if the code is taken or the terms say nothing.
    """
    code = code.strip().upper()
    if Coupon.objects.filter(code=code).exists():
        raise Invalid(reason=_("there is a coupon {code} already").format(code=code))
    if (kind == "percent" and not terms.get("percent_basis_points")) or (
        kind == "amount" and not terms.get("amount_minor")
    ):
        raise Invalid(reason=_("say how much the coupon takes off"))
    if kind == "amount" and not terms.get("currency"):
        raise Invalid(reason=_("an amount needs its currency"))
    coupon: Coupon = Coupon.objects.create(**{"starts_at": now} | terms | {"code": code, "kind": kind})
    audit.record("coupon.created", subject=f"coupon:{coupon.id}", now=now, data={"code": coupon.code})
    return coupon


@transaction.atomic
def end_coupon(*, coupon_id: UUID, now: datetime) -> Coupon:
    """
    End a coupon and return it: nobody gets anything for it any more, orders that hold it keep it. A repeat changes nothing. Locks the coupon.

    :raises NotFound: if there is none.
    """
    coupon: Coupon | None = Coupon.objects.select_for_update(no_key=True).filter(id=coupon_id).first()
    if coupon is None:
        raise NotFound()
    if coupon.is_active:
        coupon.is_active = False
        coupon.save(update_fields=["is_active"])
        audit.record("coupon.ended", subject=f"coupon:{coupon.id}", now=now)
    return coupon


def discounted(*, code: str, lines: Sequence[PricedLine], currency: str, now: datetime) -> list[PricedLine]:
    """
    Return `lines` with what the coupon takes off, spread by value so that the parts sum to the whole. Uses nothing up: that is `use`.

    :raises CouponNotUsable: if it is not for this basket at this moment.
    """
    if not code:
        return list(lines)
    coupon = _find(code, now)
    goods_minor = sum(line.total_minor for line in lines if line.kind == "product")
    if goods_minor < coupon.minimum_minor:
        raise CouponNotUsable(coupon=coupon.code, why=_("needs a larger basket"))
    if coupon.kind == "amount" and coupon.currency != currency:
        raise CouponNotUsable(coupon=coupon.code, why=_("is for {currency}").format(currency=coupon.currency))
    chosen = _chosen(coupon, lines)
    if not chosen and coupon.kind != "free_delivery":
        raise CouponNotUsable(coupon=coupon.code, why=_("is for other articles"))
    totals = [lines[index].base_minor for index in chosen]
    if coupon.kind == "amount":
        shares = split_minor(min(coupon.amount_minor, sum(totals)), totals) if sum(totals) else [0] * len(totals)
    elif coupon.kind == "percent":
        shares = [rounded_share(total, coupon.percent_basis_points, 10_000) for total in totals]
    else:
        shares = totals
    done = list(lines)
    for index, off in zip(chosen, shares, strict=True):
        done[index] = less(lines[index], off)
    return done


def use(*, code: str, order_id: UUID, customer_key: str, now: datetime) -> None:
    """
    Hold the coupon for an order, in the caller's transaction. Locks the coupon; of many who want its last use one gets it.

    :raises CouponNotUsable: if it is used up, by everybody or by this customer.
    """
    coupon = _find(code, now)
    free = Q(uses_max__isnull=True) | Q(used__lt=F("uses_max"))
    if not Coupon.objects.filter(free, id=coupon.id).update(used=F("used") + 1):
        raise CouponNotUsable(coupon=coupon.code, why=_("is used up"))
    most = coupon.uses_per_customer_max
    if most is not None:
        if not customer_key:
            raise CouponNotUsable(coupon=coupon.code, why=_("needs to know who buys"))
        if CouponUse.objects.filter(coupon=coupon, customer_key=customer_key, given_back_at=None).count() >= most:
            raise CouponNotUsable(coupon=coupon.code, why=_("was used by this customer already"))
    CouponUse.objects.create(coupon=coupon, order_id=order_id, customer_key=customer_key, used_at=now)


def give_back(*, order_id: UUID, now: datetime) -> None:
    """Let the coupon of a cancelled order be used again, in the caller's transaction. A repeat gives nothing back."""
    for held in CouponUse.objects.select_for_update().filter(order_id=order_id, given_back_at=None):
        held.given_back_at = now
        held.save(update_fields=["given_back_at"])
        Coupon.objects.filter(id=held.coupon_id).update(used=F("used") - 1)


def _find(code: str, now: datetime) -> Coupon:
    coupon: Coupon | None = Coupon.objects.filter(code=code.strip().upper(), is_active=True).first()
    if coupon is None:
        raise CouponNotUsable(coupon=code[:40], why=_("does not exist"))
    if now < coupon.starts_at or (coupon.ends_at is not None and coupon.ends_at <= now):
        raise CouponNotUsable(coupon=coupon.code, why=_("is not valid now"))
    if coupon.uses_max is not None and coupon.used >= coupon.uses_max:
        raise CouponNotUsable(coupon=coupon.code, why=_("is used up"))
    return coupon


def _chosen(coupon: Coupon, lines: Sequence[PricedLine]) -> list[int]:
    if coupon.kind == "free_delivery":
        return [index for index, line in enumerate(lines) if line.kind == "shipping"]
    goods = [index for index, line in enumerate(lines) if line.kind == "product"]
    if not coupon.category and coupon.product_id is None:
        return goods
    wanted = Variant.objects.filter(id__in=[lines[index].variant_id for index in goods if lines[index].variant_id])
    if coupon.category:
        wanted = wanted.filter(product__category=coupon.category)
    if coupon.product_id is not None:
        wanted = wanted.filter(product_id=coupon.product_id)
    variants = set(wanted.values_list("id", flat=True))
    return [index for index in goods if lines[index].variant_id in variants]
