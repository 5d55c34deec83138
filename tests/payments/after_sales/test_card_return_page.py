"""The dialog in which a sold gift card comes back: one press for exactly the amount that it shows, once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from payments.vouchers.models import Voucher
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.payments.vouchers.test_life import Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(shared_cache: None) -> Till:
    return Till()


def pressed(page: str) -> dict[str, str]:
    """What the first button sends."""
    [key] = re.findall(r'name="idempotency_key"\s+value="([^"]+)"', page)
    card = re.search(r'name="card"\s+value="([^"]+)"', page)
    return {"idempotency_key": key, "card": card[1] if card else "", "reason": "returned"}


def test_one_press_takes_the_card_back_and_a_second_finds_nothing(till: Till) -> None:
    order_id = till.sell(3000)
    address = f"/orders/{order_id}/card-return/"
    client = signed_in(a_staff_member(till.shop.merchant, role="owner"))
    assert f'href="{address}"' in client.get(f"/orders/{order_id}/").content.decode()
    fields = pressed(client.get(address).content.decode())

    answers: list[Any] = [client.post(address, fields) for _ in range(2)]
    again = client.post(address, {**fields, "idempotency_key": "another-press"})

    assert [answer.status_code for answer in answers] == [302, 302]
    assert (again.status_code, Voucher.across_merchants.get().balance_minor) == (409, 0)
    assert "taken back before" in again.content.decode()
    assert till.client.get(f"/api/v1/orders/{order_id}/").json()["refunded"]["amount_minor"] == 3000


def test_above_a_limit_somebody_is_asked_and_another_merchant_finds_no_order(till: Till) -> None:
    order_id = till.sell(3000)
    address = f"/orders/{order_id}/card-return/"
    a_staff_member(till.shop.merchant, role="owner")
    cashier = signed_in(a_staff_member(till.shop.merchant, role="cashier", refund_limit_minor=2999))
    fields = pressed(cashier.get(address).content.decode())

    asked = cashier.post(address, fields)
    outside = signed_in(a_staff_member(a_merchant(), role="owner")).post(address, fields)

    assert (asked.status_code, outside.status_code) == (302, 404)
    assert "Asked for approval" in cashier.get(f"/orders/{order_id}/").content.decode()
    assert Voucher.across_merchants.get().balance_minor == 3000
