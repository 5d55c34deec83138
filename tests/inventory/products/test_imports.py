"""A catalogue file: columns recognised, each row judged with its own reason, and a repeat that changes nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inventory.catalog.models import Barcode, Product, Variant
from inventory.pricing.models import Price
from inventory.pricing.prices import PRICE_MINOR_MAX
from inventory.products import sheets, tasks
from inventory.stock.models import StockLevel, StockMovement
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store

FILE = """Artikelnummer;Bezeichnung;Variante;Warengruppe;EAN;Preis;Bestand
T-1;T-shirt;S;Clothes;4006381333931;1.249,00;5
T-2;T-shirt;M;Clothes;;19,90;0
M-1;Mug;;Kitchen;;12.50;7
;Nobody;;;;1;1
M-1;Mug again;;;;1;1
X-1;Half;;;;1,234;1
X-2;Wrong;;;4006381333932;1;1
X-3;Taken;;;4006381333931;1;1
"""


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(client, text=FILE):
    sent = SimpleUploadedFile("artikel.csv", text.encode("cp1252"))
    return client.post("/products/import/", {"file": sent})


def take_in(client, merchant, address, **more):
    """Take the file of `address` in as recognised, run the job and return its result."""
    token = address.partition("?file=")[2]
    page = client.get(address)
    chosen = {
        f"column-{column.number}": choice.value
        for column in page.context["page"].columns
        for choice in column.choices
        if choice.is_selected
    }
    fields = {"file": token, "idempotency_key": str(uuid4()), "tax_class": "standard", "includes_tax": "on"}
    begun = client.post("/products/import/columns/", {**fields, **chosen, **more})
    assert begun.status_code == 302, begun.content
    with acting_for(merchant.id):
        job = Job.objects.order_by("-id").first()
    assert jobs.run(job.id) == "done"
    with acting_for(merchant.id):
        return begun.url, Job.objects.get(id=job.id).result


def counts(result):
    return tuple(result[name] for name in ("added", "changed", "unchanged", "refused"))


@pytest.mark.django_db(transaction=True)
def test_a_file_is_taken_in_row_by_row_judged_and_a_repeat_changes_nothing(merchant, manager):
    store = a_store(merchant)
    address = upload(manager).url

    preview = manager.get(address).content.decode()
    with acting_for(merchant.id):
        assert not Variant.objects.exists()
    page, result = take_in(manager, merchant, address, store=str(store.id))

    assert "5 would be refused" in preview
    assert counts(result) == (3, 0, 0, 5)
    assert {row["problem"] for row in result["refused_rows"]} == {
        "no_sku",
        "repeated",
        "bad_price",
        "bad_barcode",
        "barcode_taken",
    }
    with acting_for(merchant.id):
        assert Product.objects.count() == 2
        assert dict(Price.objects.values_list("variant__sku", "amount_minor")) == {
            "T-1": 124900,
            "T-2": 1990,
            "M-1": 1250,
        }
        assert dict(StockLevel.objects.values_list("variant__sku", "on_hand")) == {"T-1": 5, "T-2": 0, "M-1": 7}
        assert StockMovement.objects.count() == 2 and Barcode.objects.count() == 1
    refused = b"".join(manager.get(f"{page}refused.csv")).decode("utf-8-sig").splitlines()
    assert len(refused) == 6 and "no amount like" in " ".join(refused)

    _page, again = take_in(manager, merchant, upload(manager).url, store=str(store.id))

    assert counts(again) == (0, 0, 3, 5)
    with acting_for(merchant.id):
        assert StockMovement.objects.count() == 2
    _page, dearer = take_in(
        manager, merchant, upload(manager, "sku,name,price\nM-1,,13.00\nT-2,T-shirt,\n").url, store=str(store.id)
    )
    assert counts(dearer) == (0, 1, 1, 0)
    with acting_for(merchant.id):
        assert Price.objects.get(variant__sku="M-1").amount_minor == 1300
        assert Variant.objects.get(sku="M-1").product.name == "Mug"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["", "only one heading\nx", "PK\x03\x04", "sku;name\n" + "A;B\n" * 20_000 + "C;D\x00\n"]
)
def test_what_is_no_table_is_refused_before_anything_is_kept(merchant, manager, text):
    answer = upload(manager, text)

    assert answer.status_code in (400, 422)
    with acting_for(merchant.id):
        assert not Job.objects.filter(kind=tasks.IMPORT_JOB).exists()


@pytest.mark.django_db
def test_a_file_of_another_merchant_is_not_there(merchant, manager):
    address = upload(manager).url
    stranger = signed_in(a_staff_member(a_merchant(), role="manager"))

    assert stranger.get(address).status_code == 404
    assert manager.get(f"{address}x").status_code == 404


def test_columns_are_recognised_by_what_shops_call_them():
    assert sheets.guess_columns(["Variant SKU", "Title", "Variant Price", "Variant Barcode", "Vendor"]) == {
        "sku": 0,
        "name": 1,
        "price": 2,
        "barcodes": 3,
    }
    assert sheets.guess_columns(["Art.-Nr.", "Benämning", "Pris"])["sku"] == 0


@pytest.mark.django_db
def test_a_separator_at_the_end_of_barcodes_is_no_barcode_and_what_is_refused_runs_no_formula(merchant, manager):
    store = a_store(merchant)
    text = 'sku,name,ean,price\nA-1,One,"123,",1\nA-2,Two,",456",1\n=1+1,=HYPERLINK(1),,x\n'

    page, taken = take_in(manager, merchant, upload(manager, text).url, store=str(store.id))

    assert counts(taken) == (2, 0, 0, 1)
    with acting_for(merchant.id):
        assert sorted(Barcode.objects.values_list("code", flat=True)) == ["123", "456"]
    refused = b"".join(manager.get(f"{page}refused.csv")).decode("utf-8-sig")
    assert "'=1+1,'=HYPERLINK(1)" in refused


@pytest.mark.django_db
def test_rows_with_what_nobody_can_see_or_a_price_beyond_the_bound_are_refused_with_their_reason(merchant, manager):
    text = "sku,name,ean,price\nA-1,One,,1000000000.00\nA-2,Two,,1000000000.01\nA-3,Th\x07ree,,1\nA\x1f4,Four,,1\nA-5,Five,12\x013,1\n"

    _page, taken = take_in(manager, merchant, upload(manager, text).url)

    assert counts(taken) == (1, 0, 0, 4)
    problems = {row["line"]: row["problem"] for row in taken["refused_rows"]}
    assert problems == {3: "high_price", 4: "bad_words", 5: "bad_words", 6: "bad_words"}
    with acting_for(merchant.id):
        assert Price.objects.get().amount_minor == PRICE_MINOR_MAX and Variant.objects.get().sku == "A-1"
