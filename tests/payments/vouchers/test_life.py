"""A gift card's life over REST: sold, activated, topped up, redeemed, blocked, expired; and never below zero."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from merchant.core.clock import business_now, machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.vouchers import expiry, services
from payments.vouchers.models import Voucher, VoucherMovement
from payments.vouchers.services import VoucherNotUsable
from tests.clients import signed_in, with_device
from tests.factories import a_device, a_merchant, a_staff_member
from tests.factories.papers import a_voucher
from tests.factories.trade import a_shop

pytestmark = pytest.mark.django_db


class Till:
    """A paired tablet of a shop that sells gift cards."""

    def __init__(self) -> None:
        self.shop = a_shop()
        _device, token = a_device(self.shop.register)
        self.client = with_device(token)

    def post(self, path: str, body: Any) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    def sell(self, minor: int, **card: Any) -> str:
        """Sell a card for cash and return the order's id."""
        begun = self.post("till/orders/", {"gift_cards": [{"amount_minor": minor, **card}]})
        assert begun.status_code == 201, begun.content
        order_id: str = begun.json()["id"]
        paid = self.pay(order_id, minor, method="cash")
        assert paid.status_code == 201, paid.content
        return order_id

    def pay(self, order_id: str, minor: int, **tender: Any) -> Any:
        amount = {"amount_minor": minor, "currency": "EUR"}
        return self.post(f"orders/{order_id}/payments/", {"amount": amount, **tender})

    def code_of(self, order_id: str) -> str:
        [card] = self.client.get(f"/api/v1/orders/{order_id}/vouchers/").json()["results"]
        code: str = card["code"]
        return code

    def balance(self, code: str) -> Any:
        return self.post("vouchers/balance-look-ups/", {"code": code})


@pytest.fixture
def till(shared_cache: None) -> Till:
    return Till()


def test_a_card_is_money_once_it_is_paid(till: Till) -> None:
    begun = till.post("till/orders/", {"gift_cards": [{"amount_minor": 5000}]}).json()
    assert not Voucher.across_merchants.exists()

    till.pay(begun["id"], 5000, method="cash")

    code = till.code_of(begun["id"])
    assert till.balance(code).json()["balance"] == {"amount_minor": 5000, "currency": "EUR"}
    with acting_for(till.shop.id):
        assert ledger.balance("voucher_liability") == {"EUR": -5000}
        assert ledger.balance("sales") == {}
        assert code not in str(list(Voucher.objects.values_list()))


def test_it_pays_in_part_is_topped_up_and_pays_again(till: Till) -> None:
    code = till.code_of(till.sell(1000))
    variant = till.shop.variants[0]
    order = till.post("till/orders/", {"lines": [{"article": variant.sku, "quantity": 1}]}).json()

    part = till.pay(order["id"], 1250, method="gift_card", code=code).json()
    till.sell(2000, top_up_code=code)
    rest = till.pay(order["id"], 250, method="gift_card", code=code)

    assert part["payment"]["approved"]["amount_minor"] == 1000
    assert rest.status_code == 201, rest.content
    assert till.balance(code).json()["balance"]["amount_minor"] == 1750
    with acting_for(till.shop.id):
        assert [row.amount_minor for row in VoucherMovement.objects.order_by("id")] == [1000, -1000, 2000, -250]
        assert ledger.balance("voucher_liability") == {"EUR": -1750}


def test_a_blocked_card_pays_nothing_until_it_is_open_again(till: Till) -> None:
    code = till.code_of(till.sell(1000))
    voucher = Voucher.across_merchants.get()
    manager = signed_in(a_staff_member(till.shop.merchant, role="manager"))
    body = {"reason": "lost"}

    def say(word: str) -> Any:
        path, headers = f"/api/v1/vouchers/{voucher.id}/{word}/", {"Idempotency-Key": str(uuid4())}
        return manager.post(path, body, content_type="application/json", headers=headers).json()["state"]

    assert say("blocks") == "blocked"
    with acting_for(till.shop.id), pytest.raises(VoucherNotUsable), transaction.atomic():
        services.redeem(code=code, amount=Money(1, "EUR"), order_id=uuid4(), source="x", now=machine_now())
    assert Voucher.across_merchants.get().balance_minor == 1000
    assert say("unblocks") == "active"


def test_what_nobody_redeemed_becomes_income_at_the_end(till: Till) -> None:
    code = till.code_of(till.sell(1000))
    voucher = Voucher.across_merchants.get()
    zone = ZoneInfo(till.shop.merchant.zone)
    ends_at, year = voucher.expires_at.astimezone(zone), business_now(till.shop.id).astimezone(zone).year
    assert (f"{ends_at:%m-%d %H:%M}", ends_at.year, till.shop.merchant.zone) == (
        "01-01 00:00",
        year + 4,
        "Europe/Berlin",
    )
    assert expiry.expire_for(till.shop.id) == 0
    Voucher.across_merchants.update(expires_at=machine_now() - timedelta(days=1))

    assert [expiry.expire_for(till.shop.id) for _ in range(2)] == [1, 0]

    with acting_for(till.shop.id):
        assert ledger.balance("voucher_liability") == {}
        assert ledger.balance("breakage_income") == {"EUR": -1000}
    assert till.balance(code).json()["state"] == "expired"


def test_money_that_comes_back_to_an_expired_card_can_be_spent_for_a_while() -> None:
    merchant = a_merchant()
    voucher = a_voucher(merchant, minor=500)
    Voucher.across_merchants.update(expires_at=machine_now() - timedelta(days=1))

    with acting_for(merchant.id):
        services.put_back(voucher_id=voucher.id, amount=Money(200, "EUR"), source="refund:1", now=machine_now())
        voucher.refresh_from_db()

    assert voucher.balance_minor == 700
    assert services.is_usable(voucher, machine_now() + timedelta(days=89))
    with acting_for(merchant.id):  # The liability of the 200 is the refund's to book.
        services._move(voucher.id, -200, "undone", machine_now())


@pytest.mark.usefixtures("one_span")
def test_a_till_asks_for_ten_balances_a_minute(till: Till) -> None:
    answers = [till.balance("WRONGWRONGWRONG0").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


@pytest.mark.django_db(transaction=True)
def test_fifty_redemptions_at_once_never_take_more_than_there_is() -> None:
    merchant = a_merchant()
    voucher = a_voucher(merchant, minor=1000)
    code = services.code_of(voucher)

    def redeem(number: int) -> int:
        try:
            with acting_for(merchant.id), transaction.atomic():
                return services.redeem(
                    code=code, amount=Money(70, "EUR"), order_id=uuid4(), source=f"n{number}", now=machine_now()
                )[1]
        except VoucherNotUsable:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(redeem, range(50)))

    assert sum(taken) == 1000
    assert sorted(taken, reverse=True)[:15] == [70] * 14 + [20]
    assert Voucher.across_merchants.get().balance_minor == 0
