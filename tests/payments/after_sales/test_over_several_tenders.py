"""Money back over several tenders, as store credit, above a limit, and what was paid twice."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order import queries as orders
from payments.gateways.base import Outcome
from payments.processing import tenders
from payments.records.models import Operation, Payment
from payments.vouchers.models import Voucher
from tests.clients import signed_in
from tests.factories import a_register, a_staff_member, a_store
from tests.payments.records.test_apply_result import SUCCESS, Shop

pytestmark = pytest.mark.django_db
FAILED = Outcome(status="failed")


class Split:
    """An order of EUR 50.00, paid with EUR 20.00 cash and EUR 30.00 by card."""

    def __init__(self) -> None:
        self.shop = Shop(capture_mode="automatic")
        register = a_register(a_store(self.shop.merchant))
        with acting_for(self.shop.merchant.id):
            self.cash = tenders.take_cash(
                order_id=self.shop.order_id, amount=Money(2000, "EUR"), tendered_minor=2000,
                register_id=register.id, now=self.shop.now,
            )  # fmt: skip
            operation = self.shop.authorise(3000)
            self.shop.apply(operation, SUCCESS)
            self.card = Payment.objects.get(id=operation.payment_id)
        self.owner = a_staff_member(self.shop.merchant, role="owner")

    def post(self, path: str, body: Any = None, *, member: Any = None, key: str = "") -> Any:
        headers = {"Idempotency-Key": key or str(uuid4())}
        client = signed_in(member or self.owner)
        return client.post(
            f"/api/v1/orders/{self.shop.order_id}/{path}/", body or {}, content_type="application/json", headers=headers
        )

    def refund(self, minor: int, **changes: Any) -> Any:
        member = changes.pop("member", None)
        body = {"amount": {"amount_minor": minor, "currency": "EUR"}, "reason": "worn", **changes}
        return self.post("refunds", body, member=member)

    @property
    def refunds(self) -> dict[str, int]:
        rows = Operation.across_merchants.filter(kind="refund").select_related("payment").order_by("id")
        return {row.payment.method: row.amount_minor for row in rows}


@pytest.fixture
def split() -> Split:
    return Split()


def test_the_original_route_is_proposed_card_first_cash_last(split: Split) -> None:
    path = f"/api/v1/orders/{split.shop.order_id}/refund-proposal/?amount_minor=4000"
    parts = signed_in(split.owner).get(path).json()["parts"]

    assert [(part["method"], part["amount"]["amount_minor"]) for part in parts] == [("card", 3000), ("cash", 1000)]
    assert split.refunds == {}


def test_a_refund_goes_over_both_tenders(split: Split) -> None:
    answer = split.refund(4000)

    assert answer.status_code == 202, answer.content
    assert split.refunds == {"card": 3000, "cash": 1000}
    assert [one["status"] for one in answer.json()["refunds"]] == ["requested", "succeeded"]


def test_parts_may_be_chosen_and_must_be_the_amount(split: Split) -> None:
    parts = [{"payment_id": str(split.cash.id), "amount_minor": 2000}]

    assert split.refund(2001, parts=parts).json()["code"] == "refund_parts_differ"
    assert split.refunds == {}
    assert split.refund(2000, parts=parts).status_code == 202
    assert split.refunds == {"cash": 2000}


def test_two_screens_never_give_more_back_than_was_taken(split: Split) -> None:
    first, second = split.refund(3000), split.refund(3000)

    assert (first.status_code, second.status_code) == (202, 409)
    assert second.json()["code"] == "nothing_refundable"
    assert split.refund(2000).status_code == 202
    assert split.refund(1).status_code == 409
    assert split.refunds == {"card": 3000, "cash": 2000}


def test_store_credit_is_a_choice_and_no_gateway_hears_of_it(split: Split) -> None:
    answer = split.refund(4000, as_credit=True)

    assert answer.status_code == 202, answer.content
    with acting_for(split.shop.merchant.id):
        cards = list(Voucher.objects.order_by("id"))
        assert [(card.kind, card.balance_minor) for card in cards] == [("store_credit", 3000), ("store_credit", 1000)]
        assert {operation.gateway_account_id for operation in Operation.objects.filter(kind="refund")} == {None}
        assert ledger.balance("voucher_liability") == {"EUR": -4000}
        assert ledger.balance("cash_register") == {"EUR": 2000}
    shown = signed_in(split.owner).get(f"/api/v1/orders/{split.shop.order_id}/vouchers/").json()["results"]
    assert [one["id"] for one in shown] == [one["voucher_id"] for one in answer.json()["refunds"]]
    assert all(len(one["code"]) == 16 for one in shown)


def test_above_the_limit_a_second_person_is_needed_once(split: Split) -> None:
    cashier = a_staff_member(split.shop.merchant, role="cashier", refund_limit_minor=1000)
    refused = split.refund(1001, member=cashier)
    assert (refused.status_code, refused.json()["code"], split.refunds) == (403, "approval_needed", {})

    wish = {name: refused.json()["data"][name] for name in ("right", "subject", "amount")} | {"reason": "worn"}
    headers = {"Idempotency-Key": str(uuid4())}
    asked = signed_in(cashier).post("/api/v1/approvals/", wish, content_type="application/json", headers=headers).json()
    headers = {"Idempotency-Key": str(uuid4())}
    signed_in(split.owner).post(f"/api/v1/approvals/{asked['id']}/grants/", headers=headers)

    assert split.refund(1001, member=cashier, approval_id=asked["id"]).status_code == 202
    assert split.refund(1001, member=cashier, approval_id=asked["id"]).status_code == 403
    assert split.refunds == {"card": 1001}


def test_what_was_paid_twice_is_seen_and_given_back_in_one_press_once() -> None:
    shop = Shop(capture_mode="automatic")
    owner = a_staff_member(shop.merchant, role="owner")
    with acting_for(shop.merchant.id):
        first = shop.authorise(5000)
        shop.apply(first, FAILED)
        second = shop.authorise(5000)
        shop.apply(second, SUCCESS)
        shop.apply(first, SUCCESS, "webhook")
        assert orders.overpaid_minor(shop.order) == 5000
    client, page = signed_in(owner), f"/orders/{shop.order_id}/"
    assert "was paid twice" in client.get(page).content.decode()
    assert "paid twice" in client.get("/").content.decode()

    for key in ("one", "one", "two"):
        client.post(f"{page}refund-overpayment/", {"idempotency_key": key})

    with acting_for(shop.merchant.id):
        [refund] = Operation.objects.filter(kind="refund")
        assert (refund.amount_minor, refund.payment_id) == (5000, second.payment_id)
        shop.apply(refund, SUCCESS)
        assert orders.overpaid_minor(shop.order) == 0
    assert "was paid twice" not in client.get(page).content.decode()


def test_what_is_held_twice_is_let_go() -> None:
    shop = Shop()
    owner = a_staff_member(shop.merchant, role="owner")
    with acting_for(shop.merchant.id):
        first = shop.authorise(5000)
        shop.apply(first, FAILED)
        shop.apply(shop.authorise(5000), SUCCESS)
        shop.apply(first, SUCCESS, "webhook")
    headers = {"Idempotency-Key": "once"}

    answer = signed_in(owner).post(f"/api/v1/orders/{shop.order_id}/overpayment-refunds/", headers=headers)
    again = signed_in(owner).post(
        f"/api/v1/orders/{shop.order_id}/overpayment-refunds/", headers={"Idempotency-Key": "twice"}
    )

    assert [one["kind"] for one in answer.json()["operations"]] == ["void"], answer.content
    assert (again.status_code, again.json()["code"]) == (409, "nothing_overpaid")
    assert Operation.across_merchants.filter(kind="void").count() == 1
