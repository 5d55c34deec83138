"""What the law wants on a receipt, copies that say so, gifts without prices, and a chain that shows what was changed."""

from __future__ import annotations

import io

import pytest
import segno

from merchant.accounts import callers
from merchant.accounts.models import Device
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.money import Money
from orders.documents.models import Document, DocumentPrint
from orders.documents.paper import prepare
from payments.processing import tenders
from reports.verify.checks.machinery import papers_unchanged
from reports.verify.look import Look
from terminals.pos import completing
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1250,))


def sell(counter):
    return counter.left.post("sales/", {"lines": counter.lines(), "tendered_minor": 5000}).json()


def text_of(counter, path):
    return counter.left.client.get(path).content.decode("cp858", errors="replace")


def test_a_receipt_carries_every_fact_the_law_asks_for(counter):
    receipt = sell(counter)["receipt"]
    page = counter.left.get(f"receipts/{receipt['id']}/receipt.html").content.decode()
    register = counter.left.register
    with counter.scope():
        code = Document.objects.get().control_code
    facts = {
        "name": counter.merchant.name,
        "address": "Große Bergstraße 7",
        "town": "22767 Hamburg",
        "organisation number": "HRB 4711",
        "VAT number": "DE123456789",
        "register and its id": f"{register.name} ({register.code})",
        "number": f"{register.name}-1",
        "tax rate": "19 %",
        "tax": "2.00",
        "total": "12.50",
        "tender": "Cash",
        "change": "37.50",
        "control code": code[:16].upper(),
    }

    assert {name: fact for name, fact in facts.items() if fact not in page} == {}


def test_the_second_print_says_copy_with_its_count(counter):
    receipt = sell(counter)["receipt"]
    path = f"receipts/{receipt['id']}/prints/"
    prints = [counter.left.post(path).json() for _ in range(3)]
    papers = [text_of(counter, made["files"]["escpos"]) for made in prints]

    assert [(made["number"], made["copy"]) for made in prints] == [(1, 0), (2, 1), (3, 2)]
    assert "COPY" not in papers[0]
    assert "*** COPY 1 ***" in papers[1]
    assert "*** COPY 2 ***" in papers[2]
    assert text_of(counter, prints[1]["files"]["html"]).count("COPY 1") == 1
    with counter.scope():
        assert AuditEntry.objects.filter(action="document.printed").count() == 3


def test_one_press_that_is_sent_twice_is_one_print(counter):
    receipt = sell(counter)["receipt"]
    for _ in range(2):
        counter.left.post(f"receipts/{receipt['id']}/prints/", {}, key="k1")

    with counter.scope():
        assert DocumentPrint.objects.count() == 1


def test_bytes_for_a_printer_that_were_printed_already_are_no_second_original(counter):
    receipt = sell(counter)["receipt"]
    before = text_of(counter, receipt["escpos_url"])
    counter.left.post(f"receipts/{receipt['id']}/prints/")

    assert "COPY" not in before
    assert "*** COPY 1 ***" in text_of(counter, receipt["escpos_url"])
    assert counter.left.client.get(f"{receipt['escpos_url']}?print=7").status_code == 404


def test_a_gift_receipt_names_the_goods_and_no_price_and_leads_to_none(counter):
    receipt = sell(counter)["receipt"]
    made = counter.left.post(f"receipts/{receipt['id']}/prints/", {"gift": True}).json()
    papers = [text_of(counter, made["files"][name]) for name in ("html", "escpos")]

    for paper in papers:
        assert "Gift receipt" in paper
        assert counter.goods[0].name in paper
        assert [figure for figure in ("12.50", "2.00", "10.50", "/r/") if figure in paper] == []
    assert counter.left.client.get(made["files"]["pdf"]).content.startswith(b"%PDF")
    assert counter.left.post(f"receipts/{receipt['id']}/prints/").json()["copy"] == 0


def test_each_receipt_is_chained_to_the_one_before(counter):
    for _ in range(3):
        sell(counter)
    with counter.scope():
        codes = list(Document.objects.order_by("number").values_list("control_code", flat=True))
        found = papers_unchanged(Look(counter.merchant.id, machine_now(), ()))

    assert len({*codes, ""}) == 4
    assert list(found.violations) == []


def test_the_code_on_the_tills_screen_is_the_customers_link_to_the_receipt(counter):
    receipt = sell(counter)["receipt"]
    answer = counter.left.get(f"receipts/{receipt['id']}/qr.svg")
    drawn = io.BytesIO()
    link = counter.left.get(f"receipts/{receipt['id']}/").json()["link"]
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", scale=8, border=4)

    assert receipt["html_url"] in link
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/svg+xml", "private, no-store")
    assert answer.content == drawn.getvalue()


def test_a_receipt_that_the_banks_answer_ended_names_who_sold_and_no_machine(counter):
    order = counter.begin()
    counter.left.pay_cash(order["id"], 500)
    with counter.scope():
        tenders.take_cash(
            order_id=order["id"],
            amount=Money(750, "EUR"),
            tendered_minor=None,
            register_id=counter.left.register.id,
            now=machine_now(),
        )
        completing.complete_if_secured(order_id=order["id"], now=machine_now())
        paper = prepare(Document.objects.get())
        tablet = Device.objects.get(register=counter.left.register).name

    assert [fact.right for fact in paper.facts if fact.left == "Served by"] == [
        f"{counter.left.register.name} ({tablet})"
    ]
