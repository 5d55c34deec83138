"""Invoices and credit notes of what the counter sold: numbered, frozen, tied to each other."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from inventory.pricing.models import TaxRate
from merchant.accounts import callers
from merchant.merchants.models import Store
from orders.documents.models import Document, Invoice, Sequence
from orders.documents.render import render
from tests.clients import signed_in
from tests.events import deliver_events
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db
BUYER = {"name": "Café Nord AB", "street": "Storgatan 1", "postal_code": "111 22", "city": "Stockholm", "country": "SE"}


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1000, 2500))


def sell(counter, *quantities):
    body = {"lines": counter.lines(*quantities), "tendered_minor": 100_000}
    return counter.left.post("sales/", body).json()["order"]


def bill(counter, order, **changes):
    buyer = BUYER | changes.pop("buyer", {})
    return counter.left.post(f"orders/{order['id']}/invoices/", {"buyer": buyer} | changes)


def page_of(counter, document_id, **how):
    with counter.scope():
        return render(Document.objects.get(id=document_id), format_="html", **how).body.decode()


def test_an_invoice_says_who_sells_who_buys_for_which_receipt_and_every_rate(counter):
    made = bill(counter, sell(counter), buyer={"vat_number": "SE 5560-160680 01", "reference": "PO 77"})

    assert made.status_code == 201, made.content
    assert (made.json()["number"], made.json()["buyer"]["vat_number"]) == (1, "SE556016068001")
    page = page_of(counter, made.json()["id"])
    facts = [
        "Invoice 1",
        "Café Nord AB",
        "Storgatan 1",
        "111 22 Stockholm SE",
        "SE556016068001",
        "PO 77",
        "DE123456789",
        "Große Bergstraße 7",
    ]
    assert [fact for fact in [*facts, "35.00", "5.59", "19 %", "For receipt", "Cash"] if fact not in page] == []


def test_numbers_have_no_gaps_whatever_is_refused(counter):
    first, second = sell(counter), sell(counter)
    bill(counter, first)
    twice = bill(counter, first)
    malformed = bill(counter, second, buyer={"vat_number": "SE12"})
    done = bill(counter, second)

    assert (twice.status_code, twice.json()["code"]) == (409, "invoice_exists")
    assert (malformed.status_code, malformed.json()["code"]) == (422, "vat_number_malformed")
    assert done.json()["number"] == 2
    with counter.scope():
        assert Sequence.objects.get(series="invoice").last_number == 2
        assert Invoice.objects.count() == 2


def test_an_invoice_is_never_changed_and_never_deleted(counter):
    made = bill(counter, sell(counter)).json()
    with counter.scope():
        for act in (
            lambda: Document.objects.filter(id=made["id"]).update(total_minor=1),
            lambda: Document.objects.filter(id=made["id"]).delete(),
            lambda: Invoice.objects.filter(document_id=made["id"]).delete(),
        ):
            with pytest.raises((DatabaseError, Exception)), transaction.atomic():
                act()
        assert Document.objects.get(id=made["id"]).total_minor == 3500


def test_a_credit_note_refers_to_its_invoice_and_the_order_may_be_billed_anew(counter):
    order = sell(counter)
    invoice = bill(counter, order).json()
    note = counter.left.post(f"invoices/{invoice['id']}/credit-notes/", {"reason": "wrong address"}).json()
    again = counter.left.post(f"invoices/{invoice['id']}/credit-notes/", {"reason": "once more"})
    anew = bill(counter, order, buyer={"street": "Storgatan 2"})

    assert (note["kind"], note["number"], note["refers_to"]) == ("credit_note", 1, {"id": invoice["id"], "number": 1})
    assert again.json()["code"] == "nothing_to_credit"
    assert (anew.status_code, anew.json()["number"]) == (201, 2)
    page = page_of(counter, note["id"])
    assert [fact in page for fact in ("Credit note 1", "For invoice", "wrong address", "−35.00")] == [True] * 4
    with counter.scope():
        assert Invoice.objects.filter(kind="credit_note").count() == 1


def test_goods_that_come_back_are_credited_by_themselves_and_once(counter):
    order = sell(counter, 3)
    invoice = bill(counter, order).json()
    body = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}], "reason": "too many"}
    counter.left.post(f"orders/{order['id']}/returns/", body)
    deliver_events()
    deliver_events()
    rest = counter.left.post(f"invoices/{invoice['id']}/credit-notes/", {"reason": "all of it"}).json()

    with counter.scope():
        first, second = Invoice.objects.filter(kind="credit_note").order_by("id")
        assert (first.total_minor, second.total_minor) == (2000, 1000)
        assert first.refers_to.document_id == second.refers_to.document_id
        assert Invoice.objects.get(kind="invoice").credited_minor == 3000
    assert rest["total"]["amount_minor"] == 1000


def test_what_came_back_before_is_not_billed_and_not_credited_again(counter):
    order = sell(counter, 3)
    body = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}], "reason": "too many"}
    counter.left.post(f"orders/{order['id']}/returns/", body)
    made = bill(counter, order).json()
    deliver_events()

    assert made["total"]["amount_minor"] == 2000
    with counter.scope():
        assert Invoice.objects.count() == 1


def test_an_unpaid_order_is_billed_with_its_day_of_payment(counter):
    order = counter.begin()
    counter.left.pay_cash(order["id"], 500)
    made = bill(counter, order, due_days=30)

    assert made.status_code == 201, made.content
    assert "To pay by" in page_of(counter, made.json()["id"])


def test_a_draft_is_not_billed_and_neither_is_a_store_without_its_numbers(counter):
    draft = bill(counter, counter.begin())
    order = sell(counter)
    with counter.scope():
        Store.objects.filter(id=counter.store.id).update(tax_number="")
    incomplete = bill(counter, order)

    assert (draft.json()["code"], incomplete.json()["code"]) == ("nothing_to_invoice", "seller_incomplete")
    with counter.scope():
        assert not Invoice.objects.exists()


def test_untaxed_sales_to_a_business_in_another_member_state_carry_the_note(counter):
    with counter.scope():
        TaxRate.objects.update(rate_basis_points=0)
    abroad = bill(counter, sell(counter), buyer={"vat_number": "SE556016068001"}).json()
    at_home = bill(counter, sell(counter), buyer={"country": "DE", "vat_number": "DE123456788"}).json()
    outside = bill(counter, sell(counter), buyer={"country": "NO", "vat_number": "NO923456783MVA"}).json()

    assert [row["notes"] for row in (abroad, at_home, outside)] == [["reverse_charge"], [], []]
    assert "Reverse charge" in page_of(counter, abroad["id"])


def test_taxed_sales_carry_no_note(counter):
    assert bill(counter, sell(counter), buyer={"vat_number": "SE556016068001"}).json()["notes"] == []


def test_an_invoice_is_a_sheet_of_a4(counter):
    made = bill(counter, sell(counter)).json()
    pdf = counter.left.get(f"receipts/{made['id']}/receipt.pdf")

    assert pdf.content.startswith(b"%PDF")
    assert b"595.2756 841.8898" in pdf.content


def test_staff_issue_and_credit_from_the_orders_page(counter):
    order = sell(counter)
    client = signed_in(a_staff_member(counter.merchant, role="accountant"))
    page = client.get(f"/orders/{order['id']}/").content.decode()
    assert f"/orders/{order['id']}/invoice/" in page
    assert "Company" in client.get(f"/orders/{order['id']}/invoice/").content.decode()
    refused = client.post(
        f"/orders/{order['id']}/invoice/", BUYER | {"vat_number": "SE1", "due_days": 0, "idempotency_key": "a"}
    )
    done = client.post(f"/orders/{order['id']}/invoice/", BUYER | {"due_days": 0, "idempotency_key": "b"})
    with counter.scope():
        invoice = Invoice.objects.get()
    after = client.get(f"/orders/{order['id']}/").content.decode()
    credited = client.post(f"/invoices/{invoice.document_id}/credit-note/", {"reason": "wrong", "idempotency_key": "c"})

    assert (refused.status_code, done.status_code, credited.status_code) == (422, 302, 302)
    assert f"/invoices/{invoice.document_id}/credit-note/" in after
    with counter.scope():
        assert Invoice.objects.filter(kind="credit_note").count() == 1


def test_another_store_sees_and_makes_none(counter):
    order = sell(counter)
    bill(counter, order)

    refused = counter.elsewhere.post(f"orders/{order['id']}/invoices/", {"buyer": BUYER})

    assert refused.status_code == 404
    assert counter.elsewhere.get("invoices/").json()["data"] == []
    assert len(counter.left.get("invoices/").json()["data"]) == 1


def test_a_tax_office_number_names_the_seller_at_home_and_not_abroad(counter):
    with counter.scope():
        Store.objects.filter(id=counter.store.id).update(tax_number="21/815/08150")
    at_home = bill(counter, sell(counter)).json()
    with counter.scope():
        TaxRate.objects.update(rate_basis_points=0)
    abroad = bill(counter, sell(counter), buyer={"vat_number": "SE556016068001"})

    assert "Tax no. 21/815/08150" in page_of(counter, at_home["id"])
    assert (abroad.status_code, abroad.json()["code"]) == (422, "seller_without_vat_number")
    with counter.scope():
        assert Invoice.objects.count() == 1
        assert Sequence.objects.get(series="invoice").last_number == 1
