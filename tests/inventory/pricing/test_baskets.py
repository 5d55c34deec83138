"""A basket is priced article by article, however each is named."""

from __future__ import annotations

from datetime import date

import pytest

from inventory.catalog.models import Product, Variant
from inventory.pricing import services as pricing
from inventory.pricing.models import Price
from inventory.pricing.services import UnknownArticle, Wanted
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from tests.factories import a_channel, a_merchant, a_store, a_tax_class

pytestmark = pytest.mark.django_db
ARTICLES = 600


@pytest.fixture
def shop():
    merchant = a_merchant()
    store, channel, tax_class = a_store(merchant), a_channel(merchant), a_tax_class(merchant)
    with acting_for(merchant.id):
        products = Product.objects.bulk_create(
            Product(name=f"Article {number}", tax_class=tax_class) for number in range(ARTICLES)
        )
        variants = Variant.objects.bulk_create(
            Variant(product=product, sku=f"SKU-{number}", name="") for number, product in enumerate(products)
        )
        Price.objects.bulk_create(
            Price(variant=variant, currency="EUR", amount_minor=100 + number) for number, variant in enumerate(variants)
        )
    with acting_for(merchant.id):
        yield merchant, store, channel, variants


@pytest.fixture
def theirs():
    other = a_merchant()
    tax_class = a_tax_class(other)
    with acting_for(other.id):
        product = Product.objects.create(name="Theirs", tax_class=tax_class)
        return Variant.objects.create(product=product, sku="SKU-7", name="")


def priced(shop, *articles):
    _, store, channel, _ = shop
    return pricing.price_basket(
        wanted=[Wanted(article=article, quantity=1) for article in articles], currency="EUR", country=store.country,
        day=date(2026, 11, 23), now=machine_now(), store_id=store.id, channel_id=channel.id,
    )  # fmt: skip


def test_each_article_of_many_has_its_own_price(shop):
    lines = priced(shop, "SKU-7", "SKU-599", "SKU-12")

    assert [(line.sku, line.unit_price_minor) for line in lines] == [("SKU-7", 107), ("SKU-599", 699), ("SKU-12", 112)]


def test_an_article_that_is_named_in_two_ways_is_priced_once_each(shop):
    variant = shop[3][5]

    lines = priced(shop, str(variant.id), variant.sku)

    assert [(line.variant_id, line.unit_price_minor) for line in lines] == [(variant.id, 105)] * 2


def test_an_article_of_another_merchant_is_not_on_sale(theirs, shop):
    assert [line.unit_price_minor for line in priced(shop, "SKU-7")] == [107]
    with pytest.raises(UnknownArticle):
        priced(shop, str(theirs.id))
