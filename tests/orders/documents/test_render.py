"""One paper, three layouts: the same words and figures on a page, in a PDF and on a printer's roll."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from merchant.core.tenancy import acting_for
from orders.documents import services
from orders.documents.models import Document
from orders.documents.paper import prepare
from orders.documents.render import render
from orders.documents.services import Paper, Tender
from tests.factories import a_device, a_register, a_shop, a_store, an_api_key

pytestmark = pytest.mark.django_db

ADDRESS = {"street": "Götgatan 12", "postal_code": "118 46", "city": "Stockholm"}


def a_receipt(shop, **changes):
    sale = shop.sell(2, 1)
    with acting_for(shop.id):
        return Document.objects.get(order_id=sale.order.id)


@pytest.fixture
def swedish_shop():
    return a_shop(
        price_minor=123_450, locale="sv", name="Norrsken Ångbåt",
        store={"address": ADDRESS, "currency": "EUR", "zone": "Europe/Stockholm", "tax_number": "SE556677889901"},
    )  # fmt: skip


def test_a_paper_speaks_the_merchants_language(swedish_shop):
    paper = prepare(a_receipt(swedish_shop))

    assert (paper.title, paper.language) == ("Kvitto", "sv")
    assert paper.seller == ("Norrsken Ångbåt", "Altona", "Götgatan 12", "118 46 Stockholm")
    assert paper.total.right.replace("\xa0", " ") == "3 703,50"
    assert [row.left for row in paper.tenders] == ["Kontant", "Erhållet", "Växel"]
    assert paper.footer[0] == "Momsreg.nr SE556677889901"
    assert paper.footer[1].startswith("Kontrollkod ")
    assert paper.copy_mark == ""


def test_a_page_holds_every_figure_and_no_inline_style(swedish_shop):
    document = a_receipt(swedish_shop)

    page = render(document, format_="html", is_copy=True).body.decode()

    assert "KOPIA" in page
    assert "3 703,50" in page.replace("\xa0", " ")
    assert document.access_token in page
    assert "style=" not in page
    assert re.findall(r'<script(?! src="/static/)', page) == []


def test_a_name_in_a_page_cannot_become_markup(swedish_shop):
    from inventory.catalog.models import Variant

    with acting_for(swedish_shop.id):
        Variant.objects.filter(id=swedish_shop.variants[0].id).update(name="<script>alert(1)</script>")

    page = render(a_receipt(swedish_shop), format_="html").body.decode()

    assert re.findall(r'<script(?! src="/static/)', page) == []
    assert "&lt;script&gt;" in page


def test_the_printers_bytes_write_letters_in_their_code_page(swedish_shop):
    printed = render(a_receipt(swedish_shop), format_="escpos", is_copy=True).body

    assert printed.startswith(b"\x1b@\x1bt\x13")
    assert "Norrsken Ångbåt".encode("cp858") in printed
    assert b"*** KOPIA ***" in printed
    assert b"\x1d(k" in printed
    assert printed.rstrip(b"\x00").endswith(b"\x1dV")
    assert b"\x1bp" not in printed, "a copy must not open the drawer"


def test_no_printed_line_is_wider_than_the_paper(swedish_shop):
    from inventory.catalog.models import Variant
    from orders.documents import escpos

    with acting_for(swedish_shop.id):
        Variant.objects.filter(id=swedish_shop.variants[0].id).update(name="A very long name " * 8)

    lines = list(escpos._lines(prepare(a_receipt(swedish_shop))))

    assert max(len(text) for _, _, text in lines) <= escpos.COLUMNS


@pytest.mark.parametrize("is_a4", [False, True])
def test_a_pdf_is_made_for_roll_and_sheet(swedish_shop, is_a4):
    made = render(a_receipt(swedish_shop), format_="pdf", is_a4=is_a4)

    assert made.body.startswith(b"%PDF-")
    assert made.name == "receipt-1.pdf"
    assert (b"595.2" in made.body) is is_a4


def test_what_a_code_page_lacks_is_written_as_near_as_it_can():
    from orders.documents.encoding import fold

    assert fold("Łódź – café €5 ☕\x1b", "cp858") == "Lódz - café €5 ?"


def test_a_refund_receipt_is_negative(swedish_shop):
    document = a_receipt(swedish_shop)
    with acting_for(swedish_shop.id):
        services.issue(
            Paper(
                kind="refund_receipt",
                order_id=document.order_id,
                order_number="X",
                currency="JPY",
                lines=[],
                tenders=[Tender("cash", 500)],
                store=None,
                register_id=None,
                register_name="",
                business_date=document.business_date,
                issued_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
                sign=-1,
            )
        )
        refund = Document.objects.get(kind="refund_receipt")

    paper = prepare(refund)

    assert paper.title == "Återköp"
    assert [row.right for row in paper.tenders] == ["−500"]


def test_files_come_over_rest_to_those_of_the_store(client, swedish_shop):
    document = a_receipt(swedish_shop)
    _, token = a_device(swedish_shop.register)
    _, elsewhere = a_device(a_register(a_store(swedish_shop.merchant)))
    _, stranger = an_api_key(a_shop().merchant, scopes=["orders"])

    shown = client.get(f"/api/v1/receipts/{document.id}/", HTTP_AUTHORIZATION=f"Device {token}").json()
    for format_, content_type in (
        ("html", "text/html"),
        ("pdf", "application/pdf"),
        ("escpos", "application/vnd.escpos"),
    ):
        path = shown["files"][format_]
        answer = client.get(path, {"copy": "1"}, HTTP_AUTHORIZATION=f"Device {token}")
        assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
        assert answer["Content-Type"].startswith(content_type)
        assert client.get(path, HTTP_AUTHORIZATION=f"Device {elsewhere}").status_code == 404
        assert client.get(path, HTTP_AUTHORIZATION=f"Bearer {stranger}").status_code == 404
        assert client.get(path).status_code in (401, 403)


def test_the_link_on_the_paper_shows_it_without_a_sign_in(client, swedish_shop):
    document = a_receipt(swedish_shop)

    page = client.get(f"/r/{document.access_token}/")
    pdf = client.get(f"/r/{document.access_token}/receipt.pdf")

    assert (page.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert page["Cache-Control"] == "private, no-store"
    assert client.get(f"/r/{'x' * 22}/").status_code == 404
