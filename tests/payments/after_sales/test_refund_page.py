"""The refund dialog: once, within what is left and the person's limit, and never from a page that is too old."""

from __future__ import annotations

import pytest

from merchant.core.tenancy import acting_for
from orders.order.models import OrderLine
from payments.records.models import Operation, Payment
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def shop():
    return a_shop()


@pytest.fixture
def sale(shop):
    return shop.sell(2)


@pytest.fixture
def address(sale):
    return f"/payments/{sale.payment_id}/refund/"


def form(**changes):
    return {
        "amount": "5.00",
        "reason": "goodwill",
        "note": "",
        "version": "2500-0-0",
        "idempotency_key": "a-key",
    } | changes


def refunds(shop):
    with acting_for(shop.merchant.id):
        return list(Operation.objects.filter(kind="refund").values_list("amount_minor", flat=True))


def test_the_dialog_is_a_part_for_htmx_and_a_page_without_script(shop, address):
    client = signed_in(a_staff_member(shop.merchant))

    assert "<html" not in client.get(address, headers=PART).content.decode()
    assert "<html" in client.get(address).content.decode()


def test_a_refund_is_made_once_however_often_the_form_is_sent(shop, address, sale):
    client = signed_in(a_staff_member(shop.merchant))

    answers = [client.post(address, form(), headers=PART) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert {answer["HX-Redirect"] for answer in answers} == {f"/payments/{sale.payment_id}/"}
    assert refunds(shop) == [500]


def test_a_page_drawn_before_another_refund_is_refused_and_nothing_moves(shop, address):
    client = signed_in(a_staff_member(shop.merchant))
    client.post(address, form())

    answer = client.post(address, form(idempotency_key="another"), headers=PART)

    assert answer.status_code == 409
    assert "changed while the form was open" in answer.content.decode()
    assert refunds(shop) == [500]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "25.01"}, "Only €25.00 can still be refunded"),
        ({"amount": "many"}, "Write the amount"),
        ({"amount": "0"}, "more than nothing"),
        ({"reason": ""}, "Choose a reason"),
    ],
)
def test_what_cannot_be_refunded_is_said_in_the_dialog_and_nothing_moves(shop, address, changes, words):
    answer = signed_in(a_staff_member(shop.merchant)).post(address, form(**changes), headers=PART)

    assert answer.status_code in (409, 422)
    assert words in answer.content.decode()
    assert refunds(shop) == []


def test_above_a_persons_limit_nothing_is_refunded(shop, address):
    client = signed_in(a_staff_member(shop.merchant, role="cashier", refund_limit_minor=499))

    answer = client.post(address, form(), headers=PART)

    assert answer.status_code == 422
    assert "above your limit" in answer.content.decode()
    assert refunds(shop) == []


def test_goods_come_back_with_the_money_or_neither_does(shop, address, sale):
    with acting_for(shop.merchant.id):
        line = OrderLine.objects.get(order_id=sale.order.id)
    client = signed_in(a_staff_member(shop.merchant))

    refused = client.post(address, form(**{f"quantity_{line.id}": "3", "restock": "on"}), headers=PART)
    assert refused.status_code in (409, 422)
    assert refunds(shop) == []

    client.post(address, form(**{f"quantity_{line.id}": "1", "restock": "on", "amount": "12,50"}))

    line.refresh_from_db()
    assert line.returned_quantity == 1
    assert refunds(shop) == [1250]
    with acting_for(shop.merchant.id):
        assert Payment.objects.get(id=sale.payment_id).refunded_minor == 1250


@pytest.mark.parametrize("language", ["de", "sv"])
def test_the_amount_stands_in_the_field_as_the_language_writes_it_and_is_sent_back_as_it_stands(
    shop, address, language
):
    client = signed_in(a_staff_member(shop.merchant))
    client.cookies["django_language"] = language

    page = client.get(address).content.decode()
    assert 'value="25,00"' in page and "25.00" not in page
    client.post(address, form(amount="25,00"))

    assert refunds(shop) == [2500]
