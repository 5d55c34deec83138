"""Tablets follow the catalogue, scanners find articles, corrections keep the shelf true."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.catalog.models import Barcode, Product
from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from tests.factories import a_device, a_merchant, a_register, a_store, a_tax_class, a_variant, an_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client):
    merchant = a_merchant()
    store = a_store(merchant)
    _, device = a_device(a_register(store))
    _, key = an_api_key(merchant, scopes=["stock"])
    variants = [a_variant(merchant, price_minor=990, stock=5, store=store) for _ in range(3)]
    return {"client": client, "merchant": merchant, "store": store, "device": device, "key": key, "variants": variants}


def get(shop, path):
    return shop["client"].get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Device {shop['device']}")


def post(shop, path, body):
    return shop["client"].post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {shop['key']}",
        HTTP_IDEMPOTENCY_KEY=str(uuid4()),
    )


def test_a_first_sync_brings_price_tax_and_shelf(shop):
    body = get(shop, "catalog/").json()

    assert (len(body["variants"]), body["is_complete"], body["is_full"]) == (3, True, True)
    first = body["variants"][0]
    assert (first["price"]["amount_minor"], first["tax_rate_basis_points"], first["free_quantity"]) == (990, 1900, 5)


def test_a_later_sync_brings_what_changed(shop):
    cursor = get(shop, "catalog/").json()["cursor"]
    with acting_for(shop["merchant"].id):
        Product.objects.filter(id=shop["variants"][1].product_id).update(name="Renamed")
    body = get(shop, f"catalog/?since={cursor}").json()

    assert "Renamed" in {variant["product_name"] for variant in body["variants"]}
    assert body["is_full"] is False


def test_a_cursor_from_the_future_starts_over(shop):
    assert get(shop, "catalog/?since=99999999999.").json()["is_full"] is True


def test_a_wrong_cursor_is_refused(shop):
    assert get(shop, "catalog/?since=yesterday").status_code == 400


def test_a_scan_finds_the_article(shop):
    with acting_for(shop["merchant"].id):
        Barcode.objects.create(variant=shop["variants"][0], code="4006381333931")
    answer = get(shop, "catalog/barcodes/4006381333931/")

    assert answer.json()["sku"] == shop["variants"][0].sku
    assert get(shop, "catalog/barcodes/4006381333932/").status_code == 404


def test_a_sync_takes_few_statements_whatever_its_size(shop):
    get(shop, "catalog/")
    with CaptureQueriesContext(connection) as captured:
        get(shop, "catalog/")
    assert len(captured) <= 3


def test_a_correction_moves_the_shelf_with_a_reason(shop):
    body = {"sku": shop["variants"][0].sku, "store_id": str(shop["store"].id), "quantity": -2, "reason": "broken"}
    answer = post(shop, "stock/adjustments/", body)

    assert (answer.status_code, answer.json()["on_hand"]) == (201, 3)
    with acting_for(shop["merchant"].id):
        assert StockMovement.objects.get(kind="adjusted").quantity == -2


def test_a_correction_below_what_is_free_moves_nothing(shop):
    body = {"sku": shop["variants"][0].sku, "store_id": str(shop["store"].id), "quantity": -6, "reason": "gone"}
    answer = post(shop, "stock/adjustments/", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "stock_would_go_below")
    with acting_for(shop["merchant"].id):
        assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {5}
        assert not StockMovement.objects.filter(kind="adjusted").exists()


def test_a_delivery_fills_the_shelf(shop):
    lines = [{"sku": variant.sku, "quantity": 7} for variant in shop["variants"]]
    answer = post(shop, "stock/deliveries/", {"store_id": str(shop["store"].id), "lines": lines})

    assert answer.json()["pieces"] == 21
    with acting_for(shop["merchant"].id):
        assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {12}


def test_a_product_is_made_priced_and_sold_at_once(shop):
    tax = a_tax_class(shop["merchant"])
    body = {"name": "Cup", "tax_class": tax.code, "variants": [{"sku": "CUP-1", "barcodes": ["4006381333931"]}]}

    assert post(shop, "products/", body).status_code == 201
    assert post(shop, "prices/", {"sku": "CUP-1", "currency": "EUR", "amount_minor": 450}).status_code == 201
    assert get(shop, "catalog/barcodes/4006381333931/").json()["price"]["amount_minor"] == 450
    assert post(shop, "products/", body).json()["code"] == "article_exists"


def test_a_barcode_with_a_wrong_check_digit_is_refused(shop):
    tax = a_tax_class(shop["merchant"])
    body = {"name": "Cup", "tax_class": tax.code, "variants": [{"sku": "CUP-2", "barcodes": ["4006381333932"]}]}
    assert post(shop, "products/", body).status_code == 400
    with acting_for(shop["merchant"].id):
        assert not Product.objects.filter(name="Cup").exists()
