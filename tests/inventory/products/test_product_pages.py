"""Products and prices for staff: added, found, changed, taken off sale, and written into a file."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from inventory.catalog.models import Variant
from inventory.pricing.models import Price, TaxRate
from inventory.pricing.prices import PRICE_MINOR_MAX
from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from tests.clients import send
from tests.factories import a_store, a_variant

pytestmark = pytest.mark.django_db


MUG = {
    "name": "Mug",
    "sku": "MUG-1",
    "tax_class": "standard",
    "price": "12,50",
    "includes_tax": "on",
    "is_stocked": "on",
    "barcodes": "4006381333931",
}


def test_a_product_is_added_with_price_and_pieces_and_changed_later(merchant, manager):
    store = a_store(merchant)

    done = send(manager, "/products/new/", **MUG, pieces="20", store=str(store.id))

    with acting_for(merchant.id):
        variant = Variant.objects.get(sku="MUG-1")
        assert done.url == f"/products/{variant.id}/"
        assert Price.objects.get(variant=variant).amount_minor == 1250
        assert StockLevel.objects.get(variant=variant).on_hand == 20
        assert StockMovement.objects.get().kind == "opening"
    send(manager, done.url, **(MUG | {"name": "Big mug", "price": "14", "barcodes": ""}))
    with acting_for(merchant.id):
        variant = Variant.objects.get(sku="MUG-1")
        assert (variant.product.name, variant.barcodes.count()) == ("Big mug", 0)
        assert Price.objects.get(variant=variant).amount_minor == 1400
    send(manager, f"{done.url}switch/")
    assert b"Not on sale" in manager.get("/products/?status=ended").content


@pytest.mark.parametrize(
    "wrong",
    [{"price": "a lot"}, {"sku": ""}, {"barcodes": "4006381333932"}, {"tax_class": "nothing"}, {"pieces": "-3"}],
)
def test_a_product_that_cannot_be_is_refused_and_nothing_is_stored(merchant, manager, wrong):
    answer = send(manager, "/products/new/", **({**MUG, "pieces": "1", "store": str(a_store(merchant).id)} | wrong))

    assert answer.status_code in (400, 422)
    with acting_for(merchant.id):
        assert not Variant.objects.exists() and not StockLevel.objects.exists()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Mug\x07"),
        ("sku", "MUG\u202e1"),
        ("variant", "big\x1b[31m"),
        ("barcodes", "A\x01B"),
        ("price", "1000000000.01"),
    ],
)
def test_what_nobody_can_see_and_a_price_beyond_the_bound_are_refused_beside_their_field(
    merchant, manager, field, text
):
    added = send(manager, "/products/new/", **(MUG | {field: text}))
    known = a_variant(merchant, price_minor=900)
    changed = send(manager, f"/products/{known.id}/", **(MUG | {field: text}))

    for answer in (added, changed):
        page = answer.content.decode()
        assert answer.status_code in (400, 422)
        assert f'id="error-{field}"' in page and page.count('aria-invalid="true"') == 1
        assert 'value="Mug' in page or field == "name"
    with acting_for(merchant.id):
        assert list(Variant.objects.values_list("sku", flat=True)) == [known.sku]
        assert Price.objects.get(variant=known).amount_minor == 900


def test_the_highest_price_is_taken(merchant, manager):
    assert send(manager, "/products/new/", **(MUG | {"price": "1000000000.00"})).status_code == 302

    with acting_for(merchant.id):
        assert Price.objects.get().amount_minor == PRICE_MINOR_MAX


def test_the_list_is_filtered_by_its_address_and_the_file_has_the_same_rows(
    merchant, manager, django_assert_max_num_queries
):
    mug = a_variant(merchant, price_minor=1250, stock=3, store=a_store(merchant))
    with acting_for(merchant.id):
        Price.objects.filter(variant=a_variant(merchant)).delete()
    manager.get("/products/")

    with django_assert_max_num_queries(16):
        page = manager.get(f"/products/?q={mug.sku}")
    # A file is the same in every language: it is read in again.
    manager.cookies["django_language"] = "de"
    lines = b"".join(manager.get(f"/products/export.csv?q={mug.sku}")).decode("utf-8-sig").splitlines()

    assert mug.sku.encode() in page.content and page.content.count(b'data-href="') == 1
    assert len(lines) == 2 and lines[1].startswith(f"{mug.sku},") and ",12.50,EUR,on_sale,3" in lines[1]
    assert manager.get("/products/?status=no_price").content.count(b'data-href="') == 1


def test_a_tax_rate_holds_from_its_day_and_what_was_sold_keeps_its_own(merchant, manager):
    tomorrow = date.today() + timedelta(days=2)

    done = send(manager, "/settings/taxes/", tax_class="standard", country="de", rate="16", valid_from=str(tomorrow))
    late = send(manager, "/settings/taxes/", tax_class="standard", country="DE", rate="5", valid_from="2020-02-01")

    assert (done.status_code, late.status_code) == (302, 422)
    with acting_for(merchant.id):
        rates = TaxRate.objects.filter(tax_class__code="standard").order_by("valid_from")
        assert [(rate.rate_basis_points, rate.valid_until) for rate in rates] == [
            (1900, tomorrow - timedelta(days=1)),
            (1600, None),
        ]


def test_rest_refuses_what_the_page_refuses_and_names_the_field(merchant, manager):
    variant = {"sku": "MUG\u20281", "name": "Mug", "barcodes": []}
    product = {"name": "Mug", "tax_class": "standard", "variants": [variant]}
    price = {"sku": a_variant(merchant).sku, "currency": "EUR", "amount_minor": PRICE_MINOR_MAX + 1}

    unseen = ask(manager, "/api/v1/products/", product)
    high = ask(manager, "/api/v1/prices/", price)

    assert (unseen.status_code, unseen.json()["data"]["field"]) == (400, "sku")
    assert (high.status_code, list(high.json()["errors"])) == (400, ["amount_minor"])
    with acting_for(merchant.id):
        assert Variant.objects.count() == 1


def ask(client, path, body):
    return client.post(path, body, content_type="application/json", headers={"Idempotency-Key": str(uuid4())})
