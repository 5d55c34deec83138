"""What a coupon takes off, and when it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inventory.catalog.models import Product
from inventory.pricing import coupons
from inventory.pricing.coupons import CouponNotUsable
from inventory.pricing.models import Coupon
from inventory.pricing.services import line_of
from merchant.core.clock import machine_now
from merchant.core.errors import Invalid
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from tests.factories import a_merchant, a_variant
from tests.factories.goods import a_coupon

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    merchant = a_merchant()
    with acting_for(merchant.id):
        yield merchant


def goods(*prices, variant_id=None):
    return [
        line_of(
            kind="product",
            name="Mug",
            unit_price_minor=price,
            quantity=1,
            rate_basis_points=1900,
            variant_id=variant_id,
        )
        for price in prices
    ]


def off(coupon, lines, **changes):
    return coupons.discounted(
        **{"code": coupon.code.lower(), "lines": lines, "currency": "EUR", "now": machine_now()} | changes
    )


def test_a_part_comes_off_each_line_with_its_tax(merchant):
    done = off(a_coupon(merchant), goods(1999, 1001))

    assert [(line.total_minor, line.discount_minor, line.tax_minor) for line in done] == [
        (1799, 200, 287),
        (901, 100, 144),
    ]


def test_an_amount_is_spread_so_that_no_cent_is_lost(merchant):
    done = off(a_coupon(merchant, kind="amount", amount_minor=1000, currency="EUR"), goods(999, 999, 999))

    assert sum(line.discount_minor for line in done) == 1000
    assert sum(line.total_minor for line in done) == 1997


def test_an_amount_never_pays_the_customer(merchant):
    done = off(a_coupon(merchant, kind="amount", amount_minor=5000, currency="EUR"), goods(300, 200))

    assert [line.total_minor for line in done] == [0, 0]


def test_free_delivery_takes_the_delivery_off_and_nothing_else(merchant):
    parcel = line_of(kind="shipping", name="Parcel", unit_price_minor=490, quantity=1, rate_basis_points=1900)
    done = off(a_coupon(merchant, kind="free_delivery"), [*goods(1000), parcel])

    assert [line.total_minor for line in done] == [1000, 0]


def test_a_coupon_of_a_category_takes_from_its_lines_alone(merchant):
    variant = a_variant(merchant)
    Product.objects.filter(id=variant.product_id).update(category="Bowls")
    coupon = a_coupon(merchant, category="Bowls")

    done = off(coupon, [*goods(1000, variant_id=variant.id), *goods(1000)])

    assert [line.total_minor for line in done] == [900, 1000]
    with pytest.raises(CouponNotUsable, match="other articles"):
        off(coupon, goods(1000))


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"minimum_minor": 5000}, "larger basket"),
        ({"ends_at": machine_now() - timedelta(days=1)}, "not valid now"),
        ({"starts_at": machine_now() + timedelta(days=1)}, "not valid now"),
        ({"kind": "amount", "amount_minor": 100, "currency": "SEK"}, "SEK"),
    ],
)
def test_a_coupon_that_is_not_for_this_basket_says_why(merchant, terms, why):
    with pytest.raises(CouponNotUsable, match=why):
        off(a_coupon(merchant, **terms), goods(1000))


def test_a_customer_uses_it_as_often_as_it_says_and_a_cancelled_order_gives_it_back(merchant):
    coupon, now, first = a_coupon(merchant, uses_per_customer_max=1), machine_now(), new_id()

    coupons.use(code=coupon.code, order_id=first, customer_key="kim", now=now)
    with pytest.raises(CouponNotUsable, match="already"):
        coupons.use(code=coupon.code, order_id=new_id(), customer_key="kim", now=now)
    with pytest.raises(CouponNotUsable, match="who buys"):
        coupons.use(code=coupon.code, order_id=new_id(), customer_key="", now=now)
    coupons.give_back(order_id=first, now=now)
    coupons.give_back(order_id=first, now=now)
    coupons.use(code=coupon.code, order_id=new_id(), customer_key="kim", now=now)

    assert Coupon.objects.get().used >= 1


def test_a_code_is_given_once(merchant):
    coupon = a_coupon(merchant)
    with pytest.raises(Invalid):
        a_coupon(merchant, code=coupon.code)
