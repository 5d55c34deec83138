"""One order at the counter from discount to credit note, over two tills, with the real relay in between."""

from __future__ import annotations

import pytest

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Store
from orders.documents.models import Invoice
from payments.records.models import Payment
from tests.clients import with_device
from tests.factories import a_device, a_register
from tests.journeys.conftest import Till, Trade

pytestmark = pytest.mark.django_db(transaction=True)
BUYER = {
    "name": "Café Nord AB",
    "street": "Storgatan 1",
    "city": "Stockholm",
    "country": "SE",
    "vat_number": "SE556016068001",
}


@pytest.fixture
def second(trade: Trade) -> Till:
    """Another till of the store in Altona, which has all an invoice needs."""
    with acting_for(trade.id):
        Store.objects.filter(id=trade.altona.store.id).update(
            tax_number="DE123456789", address={"street": "Große Bergstraße 7", "city": "Hamburg"}
        )
    register = a_register(trade.altona.store)
    return Till(trade.altona.store, register, with_device(a_device(register)[1]))


def sold_card(till: Till, minor: int) -> str:
    """The code of a gift card that was sold for cash."""
    order = till.post("till/orders/", {"gift_cards": [{"amount_minor": minor}]}).json()
    amount = {"amount_minor": minor, "currency": "EUR"}
    assert till.post(f"orders/{order['id']}/payments/", {"method": "cash", "amount": amount}).status_code == 201
    [card] = till.client.get(f"/api/v1/orders/{order['id']}/vouchers/").json()["results"]
    return str(card["code"])


def test_discounted_parked_resumed_split_paid_billed_and_credited(trade: Trade, second: Till) -> None:
    first = trade.altona
    code = sold_card(first, 2375)
    order = first.post("till/orders/", {"lines": [{"article": trade.mug.sku, "quantity": 2}]}).json()
    path = f"orders/{order['id']}"
    reduced = first.post(
        f"{path}/discounts/", {"percent_basis_points": 500, "reason": "scratched", "version": 1}
    ).json()
    first.post(f"{path}/parkings/", {"name": "Ines", "version": reduced["version"]})
    second.post(f"{path}/resumptions/")
    parts = second.post(f"{path}/splits/", {"mode": "person", "parts": [{"name": "Ines"}, {"name": "Kim"}]}).json()[
        "parts"
    ]

    card = {"method": "gift_card", "code": code, "amount": parts[0]["share"], "part_id": parts[0]["id"]}
    cash = {"method": "cash", "tendered_minor": 5000, "amount": parts[1]["share"], "part_id": parts[1]["id"]}
    answers = [second.post(f"{path}/payments/", tender) for tender in (card, cash)]
    invoice = first.post(f"{path}/invoices/", {"buyer": BUYER})
    lines = first.client.get(f"/api/v1/orders/{order['id']}/discounts/").json()["lines"]
    back = first.post(f"{path}/returns/", {"lines": [{"line_id": lines[0]["id"], "quantity": 1}], "reason": "too many"})
    trade.work()

    assert reduced["total"]["amount_minor"] == 4750
    assert [part["share"]["amount_minor"] for part in parts] == [2375, 2375]
    assert [answer.status_code for answer in answers] == [201, 201], [answer.content for answer in answers]
    assert answers[1].json()["receipt"]["number"] == 1
    assert (invoice.status_code, invoice.json()["total"]["amount_minor"]) == (201, 4750), invoice.content
    assert back.status_code == 201, back.content
    with acting_for(trade.id):
        note = Invoice.objects.get(kind="credit_note")
        assert (note.total_minor, note.refers_to.document.number) == (2375, 1)
        assert Payment.objects.filter(order_id=order["id"]).count() == 2
    assert trade.order(order["id"]).status == "completed"
    assert trade.level() == (9, 0)
    trade.work()
    trade.holds()


def test_an_online_order_is_billed_and_its_receipt_named_on_the_invoice(trade: Trade, second: Till) -> None:
    checkout = trade.check_out()
    trade.pay(checkout)
    order_id = checkout["order"]["id"]
    with acting_for(trade.id):
        document = trade.order(order_id).documents.filter(kind="receipt").first()

    made = trade.partner.post(
        f"/api/v1/orders/{order_id}/invoices/", {"buyer": BUYER}, format="json", headers={"Idempotency-Key": "k1"}
    )

    assert made.status_code == 201, made.content
    assert document is None or made.json()["buyer"]["vat_number"] == "SE556016068001"
    trade.holds()
