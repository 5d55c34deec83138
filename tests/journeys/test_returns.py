"""Goods come back: with the receipt scanned, without one, for other goods, and before they ever left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from inventory.stock.models import StockLevel
from merchant.accounts.approvals.services import set_pin
from merchant.accounts.models import Device
from merchant.core.clock import business_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Register
from orders.documents.models import Document
from orders.order.models import Order, OrderLine
from payments.after_sales.models import LooseReturn
from payments.records.models import Operation, Payment
from payments.vouchers import services as vouchers
from payments.vouchers.models import Voucher
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS
from tests.clients import signed_in
from tests.factories import a_staff_member, a_variant
from tests.journeys.conftest import Till, Trade, stock_in

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
KILLED = -9


@pytest.fixture
def cap(trade: Trade) -> Any:
    """Another article, for EUR 12.50."""
    return a_variant(trade.shop.merchant, price_minor=1250, stock=20, store=trade.shop.store)


def sell(trade: Trade, quantity: int = 2, till: Till | None = None) -> dict[str, Any]:
    body = {"lines": [{"article": trade.mug.sku, "quantity": quantity}], "tendered_minor": 100_000}
    answer = (till or trade.altona).post("sales/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()  # type: ignore[no-any-return]


def basket(article: Any, quantity: int = 1) -> dict[str, Any]:
    return {"lines": [{"article": article.sku, "quantity": quantity}]}


def exchange(till: Till, order: str, line: str, to: dict[str, Any], *, key: str = "", **more: Any) -> Any:
    body = {"back": [{"line_id": line, "quantity": more.pop("quantity", 1)}], "basket": to, "reason": "size", **more}
    return till.post(f"orders/{order}/exchanges/", body, key=key)


def line_of(order_id: str, trade: Trade) -> str:
    with acting_for(trade.id):
        return str(OrderLine.objects.get(order_id=order_id).id)


def looked_up(till: Till, code: str) -> Any:
    return till.client.get("/api/v1/returnables/", {"code": code})


def open_rules(trade: Trade, **values: Any) -> None:
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    answer = owner.put("/api/v1/return-rules/", values, content_type="application/json")
    assert answer.status_code == 200, answer.content


def test_a_receipt_of_a_till_whose_name_every_store_uses_is_found_at_its_own_till_and_never_as_anothers(
    trade: Trade,
) -> None:
    with acting_for(trade.id):
        Register.objects.filter(id__in=[trade.altona.register.id, trade.mitte.register.id]).update(name="Till 1")
    stock_in(trade, trade.mitte, 5)
    tills = (trade.altona, trade.mitte)
    sold = [sell(trade, 1, till)["order"]["id"] for till in tills]

    at_the_tills = [looked_up(till, "Till 1-1").json()["order"]["id"] for till in tills]
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    in_the_office = owner.get("/api/v1/returnables/", {"code": "Till 1-1"})

    assert at_the_tills == sold
    assert (in_the_office.status_code, in_the_office.json()["code"]) == (409, "several_papers")
    assert [looked_up(till, f"{till.register.code}-1").json()["order"]["id"] for till in tills] == sold


def test_a_scanned_receipt_says_what_can_come_back_and_why_not(trade: Trade) -> None:
    sale = sell(trade, 3)
    token = sale["receipt"]["html_url"]
    line = sale["order"]["lines"][0]["id"]
    trade.altona.post(
        f"orders/{sale['order']['id']}/returns/", {"lines": [{"line_id": line, "quantity": 1}], "reason": "worn"}
    )

    found = looked_up(trade.altona, f"https://shop.example{token}").json()

    assert (found["is_proven"], found["order"]["id"]) == (True, sale["order"]["id"])
    [row] = found["lines"]
    assert (row["returnable"], row["returned"], row["amount"]["amount_minor"], row["why_not"]) == (2, 1, 5000, "")
    assert found["refundable"]["amount_minor"] == 5000
    for code in (f"{trade.altona.register.name}-1", "1", sale["order"]["number"]):
        assert looked_up(trade.altona, code).json()["order"]["id"] == sale["order"]["id"]
    trade.altona.post(
        f"orders/{sale['order']['id']}/returns/", {"lines": [{"line_id": line, "quantity": 2}], "reason": "worn"}
    )
    found = looked_up(trade.altona, token).json()
    assert (found["lines"][0]["why_not"], found["tenders"][0]["why_not"]) == ("all_came_back", "all_went_back")


def test_goods_come_back_in_another_store_with_their_receipt_and_only_with_it(trade: Trade) -> None:
    sale = sell(trade, 2)
    token, path = sale["receipt"]["html_url"], f"orders/{sale['order']['id']}/returns/"
    lines = [{"line_id": sale["order"]["lines"][0]["id"], "quantity": 1}]

    for code in (sale["order"]["number"], "1"):
        hidden = looked_up(trade.mitte, code)
        assert (hidden.status_code, hidden.json()["detail"]) == (404, "No receipt or order goes by this number.")
        assert (hidden.json()["money"], "Till 2-52" in hidden.json()["next_step"]) == ("", True)
    assert trade.mitte.post(path, {"lines": lines, "reason": "worn"}).status_code == 404
    assert looked_up(trade.mitte, token).status_code == 200
    done = trade.mitte.post(path, {"lines": lines, "reason": "worn", "receipt": token})

    assert done.status_code == 201, done.content
    assert (trade.level(trade.altona), trade.level(trade.mitte)) == ((8, 0), (1, 0))
    assert done.json()["receipt"]["number"] == 1
    trade.holds()


def test_a_damaged_piece_stays_off_the_shelf_and_the_paper_names_both(trade: Trade) -> None:
    sale = sell(trade, 3)
    line = sale["order"]["lines"][0]["id"]
    lines = [{"line_id": line, "quantity": 1}, {"line_id": line, "quantity": 1, "damaged": True}]

    done = trade.altona.post(
        f"orders/{sale['order']['id']}/returns/", {"lines": lines, "reason": "broken handle"}
    ).json()

    assert (len(done["return_ids"]), done["total"]["amount_minor"], trade.level()) == (2, 5000, (8, 0))
    with acting_for(trade.id):
        paper = Document.objects.get(id=done["receipt"]["id"])
        assert (paper.kind, paper.total_minor, paper.content["sign"], paper.number) == ("refund_receipt", 5000, -1, 2)
        assert [tender["method"] for tender in paper.content["tenders"]] == ["cash"]
    trade.holds()


def test_an_even_exchange_moves_no_money(trade: Trade, cap: Any) -> None:
    sale = sell(trade, 1)
    drawer = trade.balance("cash_register")

    done = exchange(trade.altona, sale["order"]["id"], sale["order"]["lines"][0]["id"], basket(cap, 2))

    assert done.status_code == 201, done.content
    assert (done.json()["difference"]["amount_minor"], done.json()["refunds"]) == (0, [])
    assert done.json()["order"]["status"] == "completed"
    assert (trade.balance("cash_register"), trade.balance("exchanges"), trade.level()) == (drawer, 0, (10, 0))
    with acting_for(trade.id):
        kinds = list(Document.objects.order_by("number").values_list("kind", flat=True))
        assert kinds == ["receipt", "refund_receipt", "receipt"]
        assert list(Document.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    trade.work()
    trade.holds()


def test_a_dearer_exchange_takes_the_difference_and_a_double_press_takes_it_once(trade: Trade, cap: Any) -> None:
    sale = sell(trade, 1)
    key, line = str(uuid4()), sale["order"]["lines"][0]["id"]
    settling = {"method": "cash", "tendered_minor": 2000}

    answers = [
        exchange(trade.altona, sale["order"]["id"], line, basket(cap, 3), key=key, settling=settling) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201], answers[0].content
    assert answers[0].content == answers[1].content
    assert answers[0].json()["payment"]["change"]["amount_minor"] == 750
    assert trade.balance("cash_register") == 3750
    again = exchange(trade.altona, sale["order"]["id"], line, basket(cap, 3), settling=settling)
    assert (again.status_code, again.json()["code"]) == (409, "return_exceeds_handed_over")
    assert trade.balance("cash_register") == 3750
    trade.holds()


def test_a_cheaper_exchange_gives_only_the_difference_back(trade: Trade, cap: Any) -> None:
    sale = sell(trade, 2)

    done = exchange(trade.altona, sale["order"]["id"], sale["order"]["lines"][0]["id"], basket(cap), quantity=2).json()

    assert (done["difference"]["amount_minor"], [one["amount"]["amount_minor"] for one in done["refunds"]]) == (
        -3750,
        [3750],
    )
    assert (trade.balance("cash_register"), trade.balance("sales_returns")) == (1250, 4202)
    trade.holds()


def test_what_was_exchanged_for_is_exchanged_again_and_at_last_refunded_to_the_card(trade: Trade, cap: Any) -> None:
    checkout = trade.check_out(delivery_method="collect")
    trade.pay(checkout)
    trade.altona.post(f"pickups/{trade.pickup()['id']}/collections/", {"code": trade.code_of(checkout["order"]["id"])})
    trade.work()
    with acting_for(trade.id):
        web = Order.objects.get(id=checkout["order"]["id"])
        token = Document.objects.get(order=web).access_token
        line = str(OrderLine.objects.get(order=web, kind="product").id)

    first = exchange(trade.altona, str(web.id), line, basket(cap, 2), receipt=token)
    assert first.status_code == 201, first.content
    order = first.json()["order"]["id"]
    second = exchange(trade.altona, order, line_of(order, trade), basket(trade.mug), quantity=2).json()
    assert (second["difference"]["amount_minor"], trade.truth("refund")) == (0, [])
    order = second["order"]["id"]
    back = trade.altona.post(
        f"orders/{order}/returns/", {"lines": [{"line_id": line_of(order, trade), "quantity": 1}], "reason": "wish"}
    )
    trade.work()

    assert back.status_code == 201, back.content
    assert trade.truth("refund") == [2500]
    with acting_for(trade.id):
        card = Payment.objects.get(order=web)
        assert (card.refunded_minor, card.refunding_minor) == (2500, 0)
    assert (trade.balance("exchanges"), trade.balance("receivable"), trade.balance("prepayments")) == (0, 0, 0)
    assert trade.mails("order_refund"), "money back is told; the exchanges were not"
    assert len(trade.mails("order_refund")) == 1
    trade.holds()


def test_a_limit_is_not_evaded_in_small_steps(trade: Trade) -> None:
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    with acting_for(trade.id):
        device = Device.objects.get(register=trade.altona.register)
    answer = owner.patch(f"/api/v1/devices/{device.id}/", {"refund_limit_minor": 2499}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    sale = sell(trade, 4)
    amount = {"amount_minor": 2000, "currency": "EUR"}
    payment, order = f"payments/{sale['payment_id']}/refunds/", f"orders/{sale['order']['id']}/refunds/"
    small = {"amount": amount | {"amount_minor": 499}, "reason": "wish"}

    first = trade.altona.post(payment, {"amount": amount, "reason": "wish"})
    steps = [trade.altona.post(path, {"amount": amount, "reason": "wish"}) for path in (payment, order)]
    exact, over = trade.altona.post(payment, small), trade.altona.post(order, small)
    asked = trade.altona.post("approvals/", {"reason": "wish", **wish_of(steps[0])}).json()
    granted = owner.post(
        f"/api/v1/approvals/{asked['id']}/grants/", {}, content_type="application/json", HTTP_IDEMPOTENCY_KEY="grant"
    )
    approved = trade.altona.post(payment, {"amount": amount, "reason": "wish", "approval_id": asked["id"]})
    after = trade.altona.post(payment, small)

    assert (first.status_code, exact.status_code, granted.status_code, approved.status_code) == (202, 202, 200, 202)
    assert [step.json()["code"] for step in (*steps, over, after)] == ["approval_needed"] * 4
    with acting_for(trade.id):
        assert Payment.objects.get().refunded_minor == 4499


def wish_of(refused: Any) -> dict[str, Any]:
    """What a refusal says to ask for."""
    return {name: refused.json()["data"][name] for name in ("right", "subject", "amount", "store_id")}


@pytest.mark.parametrize("way", ["store_credit", "exchange"])
def test_card_money_that_becomes_store_credit_or_other_goods_is_nothing_the_processor_owes(
    trade: Trade, cap: Any, way: str
) -> None:
    checkout = trade.check_out(delivery_method="collect")
    trade.pay(checkout)
    trade.altona.post(f"pickups/{trade.pickup()['id']}/collections/", {"code": trade.code_of(checkout["order"]["id"])})
    trade.work()
    with acting_for(trade.id):
        web = Order.objects.get(id=checkout["order"]["id"])
        token = Document.objects.get(order=web).access_token
        line = str(OrderLine.objects.get(order=web, kind="product").id)
    if way == "exchange":
        done = exchange(trade.altona, str(web.id), line, basket(cap, 2), receipt=token)
    else:
        body = {"lines": [{"line_id": line, "quantity": 1}], "reason": "wish", "as_credit": True, "receipt": token}
        done = trade.altona.post(f"orders/{web.id}/returns/", body)
    trade.work()

    assert done.status_code == 201, done.content
    assert trade.truth("refund") == []
    names = ("settling.clearing_is_open_items", "processor.processor_agrees")
    checks = tuple(check for check in CHECKS if check.name in names)
    found = {line.check.name: line.findings.violations for line in verify.verify(merchant_id=trade.id, checks=checks)}
    assert {name: list(rows) for name, rows in found.items()} == {name: [] for name in names}


def test_an_exchange_that_cannot_be_paid_changes_nothing(trade: Trade, cap: Any) -> None:
    sale = sell(trade, 1)
    line = sale["order"]["lines"][0]["id"]
    for to, settling, code in (
        (basket(cap, 3), {"method": "cash", "tendered_minor": 1249}, "tender_too_small"),
        (basket(cap, 21), {"method": "cash"}, "insufficient_stock"),
        (basket(cap, 3), {"method": "gift_card", "code": "NOPE"}, "voucher_not_usable"),
    ):
        refused = exchange(trade.altona, sale["order"]["id"], line, to, settling=settling)
        assert refused.json()["code"] == code, refused.content
    with acting_for(trade.id):
        assert (Order.objects.count(), Operation.objects.count(), Document.objects.count()) == (1, 1, 1)
        assert OrderLine.objects.get().returned_quantity == 0
    assert (trade.level(), trade.balance("cash_register")) == ((9, 0), 2500)


def test_an_abandoned_difference_gives_the_worth_back_by_the_way_it_came(trade: Trade, cap: Any) -> None:
    sale = sell(trade, 1)
    done = exchange(trade.altona, sale["order"]["id"], sale["order"]["lines"][0]["id"], basket(cap, 3)).json()
    assert (done["order"]["status"], done["order"]["open"]["amount_minor"]) == ("open", 1250)
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))

    def cancel(key: str, **more: Any) -> Any:
        path, body = f"/api/v1/orders/{done['order']['id']}/cancellations/", {"reason": "left"} | more
        return owner.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})

    refused = cancel("a")
    assert (refused.status_code, refused.json()["code"]) == (409, "cash_needs_till")
    assert trade.altona.post("shifts/", {"float_minor": 0}).status_code == 201
    cancelled = cancel("b", register_id=str(trade.altona.register.id))
    assert cancelled.status_code in (200, 202), cancelled.content
    trade.work()

    assert (trade.balance("cash_register"), trade.balance("exchanges"), trade.balance("prepayments")) == (0, 0, 0)
    assert trade.order(done["order"]["id"]).status == "cancelled"
    trade.holds()


def quote(till: Till, article: Any, quantity: int = 1) -> Any:
    return till.post("loose-returns/quotes/", {"lines": [{"article": article.sku, "quantity": quantity}]}).json()


def loose(till: Till, article: Any, quantity: int = 1, **more: Any) -> Any:
    return till.post(
        "loose-returns/", {"lines": [{"article": article.sku, "quantity": quantity}], "reason": "gift", **more}
    )


def test_without_a_receipt_the_lowest_recent_price_is_given_and_said(trade: Trade, cap: Any) -> None:
    sell(trade, 1)
    with acting_for(trade.id):
        line = OrderLine.objects.get()
        OrderLine.objects.filter(id=line.id).update(total_minor=1999, tax_minor=319, discount_minor=501)

    cheap, never_sold = quote(trade.altona, trade.mug, 2), quote(trade.altona, cap)

    [row] = cheap["lines"]
    assert (row["price_rule"], row["unit_price"]["amount_minor"], cheap["total"]["amount_minor"]) == (
        "lowest_recent_price",
        1999,
        3998,
    )
    assert row["sold_on"]
    assert "lowest price of the last 30 days" in cheap["price_rule"]
    assert (never_sold["lines"][0]["price_rule"], never_sold["total"]["amount_minor"]) == ("todays_price", 1250)
    with acting_for(trade.id):
        OrderLine.objects.filter(id=line.id).update(total_minor=2500, tax_minor=399, discount_minor=0)


def test_the_limit_of_a_day_holds_to_the_cent_and_a_manager_lets_more_through_once(trade: Trade, cap: Any) -> None:
    open_rules(trade, day_limits={"register": 2500, "owner": None})
    assert loose(trade.altona, cap).status_code == 201
    assert quote(trade.altona, cap)["left_today"]["amount_minor"] == 1250
    assert loose(trade.altona, cap).status_code == 201

    refused = loose(trade.altona, cap)

    assert (refused.status_code, refused.json()["code"]) == (403, "approval_needed")
    with acting_for(trade.id):
        assert LooseReturn.objects.count() == 2
        level = StockLevel.objects.get(variant=cap)
        assert level.on_hand == 22
    assert loose(trade.mitte, cap).status_code == 201, "another till has its own day"
    owner = a_staff_member(trade.shop.merchant, role="owner")
    with acting_for(trade.id):
        set_pin(member_id=owner.id, pin="490317")
    wish = {name: refused.json()["data"][name] for name in ("right", "subject", "amount", "store_id")} | {
        "reason": "gift"
    }
    asked = trade.altona.post("approvals/", wish).json()
    granted = trade.altona.post(f"approvals/{asked['id']}/pin-grants/", {"member_id": str(owner.id), "pin": "490317"})
    assert granted.status_code in (200, 201), granted.content
    assert loose(trade.altona, cap, approval_id=asked["id"]).status_code == 201
    assert loose(trade.altona, cap, approval_id=asked["id"]).status_code == 403
    trade.holds()


@pytest.mark.parametrize(("minor", "status"), [(1249, 409), (1250, 201)])
def test_cash_without_a_receipt_ends_at_its_limit(trade: Trade, cap: Any, minor: int, status: int) -> None:
    open_rules(trade, day_limits={"register": None}, cash_max_minor=minor)
    sell(trade, 1)

    done = loose(trade.altona, cap, payout="cash")

    assert done.status_code == status, done.content
    assert trade.balance("cash_register") == (1250 if status == 201 else 2500)
    if status == 409:
        assert done.json()["code"] == "only_as_store_credit"
        with acting_for(trade.id):
            assert not LooseReturn.objects.exists()
    trade.holds()


def test_store_credit_for_goods_without_a_receipt_buys_again(trade: Trade, cap: Any) -> None:
    open_rules(trade, day_limits={"register": None})
    done = loose(trade.altona, cap, 2)
    assert done.status_code == 201, done.content
    body = done.json()
    order = trade.altona.post("till/orders/", basket(cap, 2)).json()
    paid = trade.altona.post(
        f"orders/{order['id']}/payments/",
        {"method": "gift_card", "amount": {"amount_minor": 2500, "currency": "EUR"}, "code": body["voucher_code"]},
    )

    assert paid.status_code == 201, paid.content
    assert (paid.json()["order"]["status"], trade.balance("voucher_liability")) == ("completed", 0)
    with acting_for(trade.id):
        assert Document.objects.get(id=body["receipt"]["id"]).order is None
    shown = trade.altona.client.get(f"/api/v1/receipts/{body['receipt']['id']}/receipt.html")
    assert shown.status_code == 200
    assert trade.mitte.client.get(f"/api/v1/receipts/{body['receipt']['id']}/").status_code == 404
    trade.holds()


def test_goods_without_a_receipt_pay_for_others_and_come_back_only_as_credit(trade: Trade, cap: Any) -> None:
    open_rules(trade, day_limits={"register": None})
    body = {"lines": [{"article": cap.sku}], "reason": "size", "settling": {"method": "cash"}}

    done = trade.altona.post("loose-returns/exchanges/", body | {"basket": basket(trade.mug)})
    less = trade.altona.post(
        "loose-returns/exchanges/", {**body, "lines": [{"article": trade.mug.sku}], "basket": basket(cap)}
    )

    assert done.status_code == 201, done.content
    assert (done.json()["difference"]["amount_minor"], trade.balance("cash_register")) == (1250, 1250)
    assert less.status_code == 400
    with acting_for(trade.id):
        assert LooseReturn.objects.count() == 1
    order = done.json()["order"]["id"]
    back = trade.altona.post(
        f"orders/{order}/returns/", {"lines": [{"line_id": line_of(order, trade), "quantity": 1}], "reason": "x"}
    )
    assert back.status_code == 201, back.content
    assert (trade.balance("cash_register"), trade.balance("voucher_liability"), trade.balance("exchanges")) == (
        0,
        -1250,
        0,
    )
    with acting_for(trade.id):
        assert Voucher.objects.get().kind == "store_credit"
    trade.holds()


def test_pieces_come_off_a_paid_order_with_their_money(trade: Trade) -> None:
    checkout = trade.check_out(delivery_method="collect")
    trade.pay(checkout)
    order = checkout["order"]["id"]
    with acting_for(trade.id):
        line = str(OrderLine.objects.get(order_id=order, kind="product").id)
    key = str(uuid4())
    body = {"lines": [{"line_id": line, "quantity": 1}], "reason": "one is enough"}

    answers = [_off(trade, order, body, key) for _ in range(2)]
    trade.work()

    assert [answer.status_code for answer in answers] == [202, 202], answers[0].content
    assert answers[0].json()["back"]["amount_minor"] == 2500
    assert (trade.level(), trade.truth("refund")) == ((10, 1), [2500])
    stored = trade.order(order)
    assert (stored.total_minor, stored.refunded_minor, stored.status) == (2500, 2500, "open")
    assert trade.balance("prepayments") == -2500
    rest = _off(trade, order, body, str(uuid4()))
    assert rest.json()["code"] == "nothing_would_be_left"
    collected = trade.altona.post(f"pickups/{trade.pickup()['id']}/collections/", {"code": trade.code_of(order)})
    assert collected.status_code in (200, 201), collected.content
    assert (trade.order(order).status, trade.sold(), trade.balance("prepayments")) == ("completed", 1, 0)
    trade.holds()


def _off(trade: Trade, order: str, body: dict[str, Any], key: str) -> Any:
    return trade.partner.post(
        f"/api/v1/orders/{order}/line-cancellations/", body, format="json", headers={"Idempotency-Key": key}
    )


def test_a_limit_of_a_key_and_of_a_tablet_holds_like_a_persons(trade: Trade) -> None:
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    [device] = [
        one
        for one in owner.get("/api/v1/devices/").json()["results"]
        if one["register_id"] == str(trade.altona.register.id)
    ]
    keys = owner.get("/api/v1/api-keys/").json()["results"]
    for path in [f"devices/{device['id']}", *(f"api-keys/{one['id']}" for one in keys)]:
        answer = owner.patch(f"/api/v1/{path}/", {"refund_limit_minor": 2499}, content_type="application/json")
        assert (answer.status_code, answer.json()["refund_limit_minor"]) == (200, 2499), answer.content
    sale = sell(trade, 1)
    amount = {"amount": {"amount_minor": 2500, "currency": "EUR"}, "reason": "worn"}

    by_tablet = trade.altona.post(f"payments/{sale['payment_id']}/refunds/", amount)
    by_key = trade.partner.post(
        f"/api/v1/orders/{sale['order']['id']}/refunds/", amount, format="json", headers={"Idempotency-Key": "k"}
    )

    assert (by_tablet.json()["code"], by_key.json()["code"]) == ("approval_needed", "approval_needed")
    assert trade.balance("cash_register") == 2500
    amount["amount"]["amount_minor"] = 2499
    assert trade.altona.post(f"payments/{sale['payment_id']}/refunds/", amount).status_code == 202


_CHILD = """
import json, os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
import django
django.setup()
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
from django.test import Client
from terminals.pos import exchanges
{before}
till = Client(SERVER_NAME="localhost", headers={{"authorization": "Device " + sys.argv[1]}})
till.post(sys.argv[2], sys.argv[3], content_type="application/json", HTTP_IDEMPOTENCY_KEY=sys.argv[4])
{after}
"""


@pytest.mark.parametrize("difference", [1250, -1250], ids=["the customer pays", "the customer gets"])
@pytest.mark.parametrize(
    ("before", "after", "is_done"),
    [
        ("exchanges.transfers.move = die", "", False),
        ("exchanges._settle = die", "", False),
        ("exchanges.completing.complete_if_secured = die", "", False),
        ("", "die()", True),
    ],
    ids=["between goods and money", "between refund and pay side", "before the receipt", "before the answer"],
)
def test_an_exchange_killed_at_any_step_settles_each_side_once(
    trade: Trade, cap: Any, before: str, after: str, is_done: bool, difference: int
) -> None:
    sale = sell(trade, 1)
    body = {
        "back": [{"line_id": sale["order"]["lines"][0]["id"], "quantity": 1}],
        "basket": basket(cap, 3 if difference > 0 else 1), "reason": "size", "settling": {"method": "cash"},
    }  # fmt: skip
    key, path = str(uuid4()), f"/api/v1/orders/{sale['order']['id']}/exchanges/"
    token = str(trade.altona.client.defaults["HTTP_AUTHORIZATION"]).removeprefix("Device ")
    words = [sys.executable, "-c", _CHILD.format(before=before, after=after), token, path, json.dumps(body), key]

    died = subprocess.run(words, cwd=ROOT, timeout=90, capture_output=True, check=False)

    assert died.returncode == KILLED, died.stderr.decode()[-2000:]
    assert (trade.balance("cash_register") == 2500 + difference) is is_done
    for _ in range(2):
        answer = trade.altona.post(path.removeprefix("/api/v1/"), body, key=key)
        assert answer.status_code == 201, answer.content
    trade.work()
    assert trade.balance("cash_register") == 2500 + difference
    assert (trade.level(), trade.balance("exchanges"), trade.balance("receivable")) == ((10, 0), 0, 0)
    with acting_for(trade.id):
        assert Order.objects.count() == 2
    trade.holds()


def test_a_gift_card_paid_sale_is_exchanged_and_comes_home_to_the_card(trade: Trade, cap: Any) -> None:
    with acting_for(trade.id):
        card, code = vouchers.issue(amount=Money(2500, "EUR"), source="test", now=business_now(trade.id))
    order = trade.altona.post("till/orders/", basket(trade.mug)).json()
    trade.altona.post(
        f"orders/{order['id']}/payments/",
        {"method": "gift_card", "amount": {"amount_minor": 2500, "currency": "EUR"}, "code": code},
    )
    done = exchange(trade.altona, order["id"], line_of(order["id"], trade), basket(cap, 2)).json()

    new = done["order"]["id"]
    trade.altona.post(
        f"orders/{new}/returns/", {"lines": [{"line_id": line_of(new, trade), "quantity": 1}], "reason": "x"}
    )

    with acting_for(trade.id):
        card.refresh_from_db()
        assert card.balance_minor == 1250
    assert (trade.balance("exchanges"), trade.balance("cash_register")) == (0, 0)
