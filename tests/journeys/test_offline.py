"""A tablet's queue after the line was down: everything lands once, in order, with its own day; what is at risk is seen."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from inventory.catalog.models import Variant
from inventory.stock import services as stock
from inventory.stock.models import StockLevel, StockMovement
from merchant.accounts import callers
from merchant.accounts import device_services as devices
from merchant.accounts.approvals.services import set_pin
from merchant.accounts.models import Device
from merchant.core.clock import business_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import services as ledger
from merchant.ledger.recipes import between
from merchant.merchants.models import Register
from orders.documents.models import Document
from orders.order.models import Order
from payments.records.models import Payment
from payments.vouchers import services as vouchers
from payments.vouchers.models import OfflineRedemption, Voucher
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS
from terminals.pos import batch
from terminals.pos.batch import NotForABatch
from terminals.pos.models import OfflineSale
from terminals.pos.offline_rows import Sold, SoldLine, TakenTender, note_refusal
from terminals.pos.shifts.queries import register_facts_of
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.journeys.conftest import Till, Trade

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
KILLED = -9
NUMBERS = tuple(
    check for check in CHECKS if check.name in ("machinery.papers_without_gaps", "machinery.printed_receipts_arrived")
)


@pytest.fixture
def open_trade(trade: Trade) -> Trade:
    """A merchant that lets its tills take money offline."""
    rules(trade, is_allowed=True)
    return trade


def rules(trade: Trade, **values: Any) -> None:
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    answer = owner.put("/api/v1/offline-rules/", values, content_type="application/json")
    assert answer.status_code == 200, answer.content


def sale(trade: Trade, quantity: int = 1, *, ago: timedelta = timedelta(minutes=10), **more: Any) -> dict[str, Any]:
    total = more.pop("total", 2500 * quantity)
    return {
        "lines": [{"article": trade.mug.sku, "quantity": quantity, "total_minor": total}],
        "tenders": more.pop("tenders", [{"method": "cash", "amount_minor": total}]),
        "sold_at": (business_now(trade.id) - ago).isoformat(),
        **more,
    }


def item(body: dict[str, Any], path: str = "offline-sales/", key: str = "") -> dict[str, Any]:
    return {"key": key or str(uuid4()), "path": path, "body": body}


def send(till: Till, *items: dict[str, Any]) -> dict[str, Any]:
    answer = till.post("till/batch/", {"operations": list(items)})
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def codes(answer: dict[str, Any]) -> list[Any]:
    return [row["body"].get("code", row["status"]) for row in answer["results"]]


def counted(trade: Trade) -> tuple[int, int, int, int]:
    """(orders, payments, receipts, cash)."""
    with acting_for(trade.id):
        return Order.objects.count(), Payment.objects.count(), Document.objects.count(), trade.balance("cash_register")


def holds(trade: Trade) -> None:
    trade.work()
    trade.holds()
    lines = verify.verify(merchant_id=trade.id, checks=NUMBERS)
    assert {line.check.name: list(line.findings.violations) for line in lines if not line.holds} == {}


def test_a_queue_lands_in_order_and_every_item_is_answered_on_its_own(open_trade: Trade) -> None:
    trade = open_trade
    items = [
        item(sale(trade, receipt_number=1)),
        item(sale(trade, tenders=[{"method": "cash", "amount_minor": 2400}])),
        item({"lines": [{"article": trade.mug.sku}]}, "till/orders/", "parked"),
        item({"lines": [{"article": trade.mug.sku, "quantity": 2}], "version": 1}, "orders/@parked/lines/"),
        item({"method": "card_present", "amount": {"amount_minor": 1, "currency": "EUR"}}, "orders/@parked/payments/"),
        item({}, "staff/"),
        item({"nonsense": 1}),
        item(sale(trade, 2, receipt_number=2)),
    ]

    answer = send(trade.altona, *items)

    assert codes(answer) == [
        201,
        "tenders_differ",
        201,
        200,
        "not_for_a_batch",
        "not_for_a_batch",
        "invalid_request",
        201,
    ]
    assert (answer["landed"], answer["refused"]) == (4, 4)
    assert [row["body"]["receipt"]["number"] for row in answer["results"] if "receipt" in row["body"]] == [1, 2]
    assert counted(trade) == (3, 2, 2, 7500)
    assert trade.level() == (7, 0)
    holds(trade)


def test_the_same_queue_twice_lands_once_with_the_same_answers(open_trade: Trade) -> None:
    trade = open_trade
    items = [item(sale(trade)), item(sale(trade, 2))]

    first, second = send(trade.altona, *items), send(trade.altona, *items)

    assert [row["body"] for row in first["results"]] == [row["body"] for row in second["results"]]
    assert [row["replayed"] for row in second["results"]] == [True, True]
    assert counted(trade) == (2, 2, 2, 7500)
    other = send(trade.altona, {**items[0], "body": sale(trade, 3)})
    assert codes(other) == ["idempotency_key_reused"]
    holds(trade)


def test_what_was_sent_by_itself_before_the_line_broke_lands_once(open_trade: Trade) -> None:
    trade = open_trade
    body = {"lines": [{"article": trade.mug.sku}], "tendered_minor": 2500}
    online = trade.altona.post("sales/", body, key="one")

    answer = send(trade.altona, item(body, "sales/", "one"))

    assert answer["results"][0]["body"] == online.json()
    assert answer["results"][0]["replayed"] is True
    assert counted(trade)[0] == 1


def test_two_tabs_that_send_the_same_queue_at_once_land_it_once(open_trade: Trade) -> None:
    trade = open_trade
    items = [item(sale(trade)) for _ in range(6)]
    start = threading.Barrier(3)

    def one(_: int) -> dict[str, Any]:
        try:
            start.wait()
            return send(trade.altona, *items)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(one, range(3)))

    assert [codes(answer) for answer in answers] == [[201] * 6] * 3
    assert len({json.dumps([row["body"] for row in answer["results"]]) for answer in answers}) == 1
    assert counted(trade) == (6, 6, 6, 15000)
    holds(trade)


def test_a_sale_that_is_refused_in_many_tabs_at_once_waits_once(trade: Trade) -> None:
    sold = Sold("key", [SoldLine(trade.mug.sku, 1, 2500)], [TakenTender("cash", 2500)], business_now(trade.id))
    with acting_for(trade.id):
        register, device_id = register_facts_of(trade.altona.register.id), Device.objects.first().id
    start = threading.Barrier(10)

    def note(_: int) -> None:
        try:
            with acting_for(trade.id):
                start.wait()
                refusal = NotForABatch(path="")
                note_refusal(register=register, device_id=device_id, sold=sold, refusal=refusal, now=sold.sold_at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(note, range(10)))

    with acting_for(trade.id):
        assert OfflineSale.objects.filter(status="refused").count() == 1


def test_an_older_draft_never_overwrites_a_paid_order(open_trade: Trade) -> None:
    trade = open_trade
    order = trade.altona.post("till/orders/", {"lines": [{"article": trade.mug.sku}]}).json()
    amount = {"amount_minor": 2500, "currency": "EUR"}
    paid = trade.altona.post(f"orders/{order['id']}/payments/", {"method": "cash", "amount": amount})
    assert paid.status_code == 201, paid.content

    answer = send(
        trade.altona,
        item({"lines": [{"article": trade.mug.sku, "quantity": 5}], "version": 1}, f"orders/{order['id']}/lines/"),
        item({"method": "cash", "amount": amount}, f"orders/{order['id']}/payments/"),
    )

    assert codes(answer) == ["order_not_open", "amount_exceeds_open"]
    stored = trade.order(order["id"])
    assert (stored.status, stored.total_minor, stored.secured_minor, counted(trade)[3]) == (
        "completed",
        2500,
        2500,
        2500,
    )
    holds(trade)


def test_goods_that_are_gone_are_sold_and_counted_and_the_next_delivery_covers_them(open_trade: Trade) -> None:
    trade = open_trade
    for _ in range(4):
        trade.altona.post("sales/", {"lines": [{"article": trade.mug.sku, "quantity": 2}], "tendered_minor": 5000})
    checkout = trade.check_out(delivery_method="collect")
    trade.pay(checkout)
    assert trade.level() == (2, 2)

    answer = send(trade.altona, item(sale(trade, 3)))

    assert answer["results"][0]["body"]["oversold"] == [{"sku": trade.mug.sku, "pieces": 3}]
    assert _shelf(trade) == (2, 2, 3)
    holds(trade)
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    assert "3 pieces sold that Altona did not have" in owner.get("/").content.decode()
    assert "3 oversold" in owner.get("/stock/?status=oversold").content.decode()
    refused = trade.altona.post("sales/", {"lines": [{"article": trade.mug.sku}], "tendered_minor": 2500})
    assert refused.json()["code"] == "insufficient_stock"
    _put(trade, 5)
    assert _shelf(trade) == (4, 2, 0)
    holds(trade)


def _shelf(trade: Trade) -> tuple[int, int, int]:
    with acting_for(trade.id):
        level = StockLevel.objects.get(variant=trade.mug, store=trade.shop.store)
        return level.on_hand, level.reserved, level.oversold


def _put(trade: Trade, pieces: int) -> None:
    with acting_for(trade.id):
        stock.put_in(
            pieces=[stock.Pieces(trade.mug.id, pieces)], store_id=trade.shop.store.id, kind="received", source="delivery:1",
            now=business_now(trade.id),
        )  # fmt: skip
        assert sum(StockMovement.objects.values_list("quantity", flat=True)) == _shelf(trade)[0] - _shelf(trade)[2]


def test_what_the_customer_paid_stands_whatever_the_catalogue_says_now(open_trade: Trade) -> None:
    trade = open_trade
    with acting_for(trade.id):
        Variant.objects.filter(id=trade.mug.id).update(is_active=False)

    cheap, dear = send(trade.altona, item(sale(trade, 3, total=7000)), item(sale(trade, total=2600)))["results"]

    assert (cheap["status"], dear["status"]) == (201, 201), (cheap, dear)
    assert cheap["body"]["price_difference"]["amount_minor"] == -500
    assert (dear["body"]["price_difference"]["amount_minor"], counted(trade)[3]) == (100, 9600)
    holds(trade)


def test_a_sale_belongs_to_the_day_on_which_it_was_made(open_trade: Trade) -> None:
    trade = open_trade
    body = sale(trade, ago=timedelta(days=2))

    done = send(trade.altona, item(body))["results"][0]["body"]

    sold_on = (datetime.fromisoformat(body["sold_at"])).date()
    assert abs((datetime.fromisoformat(done["business_date"]).date() - sold_on).days) <= 1
    with acting_for(trade.id):
        order, paper = Order.objects.get(), Document.objects.get()
        assert order.business_date == paper.business_date == Payment.objects.get().business_date
        assert paper.issued_at.isoformat() == datetime.fromisoformat(body["sold_at"]).isoformat()
        assert order.business_date < business_now(trade.id).date()
    holds(trade)


def test_a_number_the_server_gave_away_meanwhile_is_kept_beside_the_printed_one(open_trade: Trade) -> None:
    trade = open_trade
    trade.altona.post("sales/", {"lines": [{"article": trade.mug.sku}], "tendered_minor": 2500})

    clash, gone = send(trade.altona, item(sale(trade, receipt_number=1)), item(sale(trade, receipt_number=5)))[
        "results"
    ]

    assert [row["body"]["receipt"]["number"] for row in (clash, gone)] == [2, 3]
    with acting_for(trade.id):
        paper = Document.objects.get(number=2)
    shown = trade.altona.client.get(f"/api/v1/receipts/{paper.id}/receipt.html").content.decode()
    assert f"{trade.altona.register.name}-1" in shown
    assert (
        trade.altona.client.get("/api/v1/returnables/", {"code": f"{trade.altona.register.name}-5"}).status_code == 200
    )
    [line] = [line for line in verify.verify(merchant_id=trade.id, checks=NUMBERS) if not line.holds]
    assert line.check.name == "machinery.printed_receipts_arrived"
    assert [row["printed_number"] for row in line.findings.violations] == [5]


def test_a_number_on_two_papers_brings_back_neither_by_itself(open_trade: Trade) -> None:
    trade = open_trade
    live = trade.altona.post("sales/", {"lines": [{"article": trade.mug.sku}], "tendered_minor": 2500}).json()["order"]
    [landed] = send(trade.altona, item(sale(trade, receipt_number=1)))["results"]
    before = counted(trade)

    asked = [
        trade.altona.client.get("/api/v1/returnables/", {"code": code})
        for code in ("1", f"{trade.altona.register.name}-1")
    ]

    offline = trade.altona.client.get("/api/v1/returnables/", {"code": "2"}).json()["order"]
    assert offline["id"] == landed["body"]["order"]["id"]
    for answer in asked:
        assert (answer.status_code, answer.json()["code"]) == (409, "several_papers")
        assert live["number"] in answer.json()["next_step"]
        assert offline["number"] in answer.json()["next_step"]
    for order in (live, offline):
        found = trade.altona.client.get("/api/v1/returnables/", {"code": order["number"]}).json()
        assert found["order"]["id"] == order["id"]
    assert counted(trade) == before


@pytest.mark.parametrize(
    ("limit", "most", "bodies", "refused"),
    [
        ("sale_cash_max_minor", 2500, [{}], False),
        ("sale_cash_max_minor", 2499, [{}], True),
        ("device_cash_max_minor", 5000, [{}, {}], False),
        ("device_cash_max_minor", 4999, [{}, {}], True),
        ("device_sales_max", 2, [{}, {}], False),
        ("device_sales_max", 1, [{}, {}], True),
        ("age_minutes_max", 60, [{"ago": timedelta(minutes=59)}], False),
        ("age_minutes_max", 60, [{"ago": timedelta(minutes=60, seconds=1)}], True),
    ],
)
def test_each_limit_holds_to_the_unit(
    open_trade: Trade, limit: str, most: int, bodies: list[dict[str, Any]], refused: bool
) -> None:
    trade = open_trade
    rules(trade, **{limit: most})
    before = counted(trade)

    answer = send(trade.altona, *(item(sale(trade, **body)) for body in bodies))

    assert codes(answer)[-1] == ("offline_limit_exceeded" if refused else 201)
    landed = len(bodies) - refused
    assert counted(trade) == (before[0] + landed, landed, landed, 2500 * landed)
    if refused:
        assert answer["results"][-1]["body"]["data"]["limit"] == limit
    holds(trade)


@pytest.mark.parametrize(("limit", "most"), [("sale_gift_card_max_minor", 999), ("device_gift_card_max_minor", 999)])
def test_gift_cards_have_limits_of_their_own(open_trade: Trade, limit: str, most: int) -> None:
    trade = open_trade
    rules(trade, **{limit: most})
    code = _card(trade, 5000)

    over, under = send(trade.altona, item(_with_card(trade, code, 1000)), item(_with_card(trade, code, 999)))["results"]

    assert (over["body"]["code"], under["status"]) == ("offline_limit_exceeded", 201)
    holds(trade)


def test_a_limit_counts_what_landed_and_not_what_an_earlier_try_said(open_trade: Trade) -> None:
    trade = open_trade
    rules(trade, device_cash_max_minor=5000)
    keys = [str(uuid4()), str(uuid4())]
    small = [{"article": "no-such-thing", "quantity": 1, "total_minor": 1}]
    tries = [item({**sale(trade, total=1), "lines": small}, key=key) for key in keys]
    assert codes(send(trade.altona, *tries)) == ["unknown_article"] * 2

    answer = send(trade.altona, *(item(sale(trade, 2, receipt_number=1), key=key) for key in keys))

    assert codes(answer) == [201, "offline_limit_exceeded"]
    assert answer["results"][0]["body"]["receipt"]["printed_number"] == 1
    assert counted(trade) == (1, 1, 1, 5000)
    holds(trade)


def test_of_a_tablet_that_is_revoked_the_rest_of_the_queue_is_refused(
    open_trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = open_trade

    def revoke_after_the_first(_name: str) -> None:
        with acting_for(trade.id):
            device = Device.objects.get(register=trade.altona.register)
            if device.revoked_at is None:
                devices.revoke_device(device_id=device.id, now=business_now(trade.id))

    monkeypatch.setattr(batch, "crash_point", revoke_after_the_first)

    answer = send(trade.altona, *(item(sale(trade)) for _ in range(3)))

    assert [row["status"] for row in answer["results"]] == [201, 401, 401]
    assert counted(trade) == (1, 1, 1, 2500)


def test_once_the_register_trains_the_rest_of_the_queue_waits(
    open_trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = open_trade

    def train(_name: str) -> None:
        Register.across_merchants.filter(id=trade.altona.register.id).update(is_training=True)
        callers.forget()

    monkeypatch.setattr(batch, "crash_point", train)

    answer = send(trade.altona, item(sale(trade)), item(sale(trade)))

    assert codes(answer) == [201, "till_in_training"]
    assert counted(trade) == (1, 1, 1, 2500)


def _card(trade: Trade, minor: int) -> str:
    with acting_for(trade.id):
        code = vouchers.issue(amount=Money(minor, "EUR"), source=str(uuid4()), now=business_now(trade.id))[1]
        # Sold for cash at another place, so that the books have the liability.
        legs = between(debit=("cash_safe", ""), credit=("voucher_liability", ""), minor=minor, currency="EUR")
        now = business_now(trade.id)
        ledger.post(recipe="card_sold", source=code, about="test", legs=legs, business_date=now.date(), now=now)
        return code


def _with_card(trade: Trade, code: str, minor: int, **more: Any) -> dict[str, Any]:
    tenders = [{"method": "gift_card", "amount_minor": minor, "code": code}]
    if minor < 2500:
        tenders.append({"method": "cash", "amount_minor": 2500 - minor})
    return sale(trade, tenders=tenders, **more)


def test_a_shut_store_takes_nothing_and_an_approval_lets_one_sale_through(trade: Trade) -> None:
    body, key = sale(trade), str(uuid4())
    refused = send(trade.altona, item(body, key=key))["results"][0]["body"]
    assert (refused["code"], refused["data"]["limit"], counted(trade)[0]) == ("offline_limit_exceeded", "is_allowed", 0)
    owner = a_staff_member(trade.shop.merchant, role="owner")
    browser = signed_in(owner)
    page, home = browser.get("/offline/").content.decode(), browser.get("/").content.decode()
    assert "In sales that were refused and wait in a tablet" in page
    assert "in 1 offline sale that waits in a tablet" in home

    with acting_for(trade.id):
        set_pin(member_id=owner.id, pin="490317")
    wish = {name: refused["data"][name] for name in ("right", "subject", "amount", "store_id")} | {
        "reason": "line was cut"
    }
    asked = trade.altona.post("approvals/", wish).json()
    trade.altona.post(f"approvals/{asked['id']}/pin-grants/", {"member_id": str(owner.id), "pin": "490317"})
    again = send(
        trade.altona,
        item(body | {"approval_id": asked["id"]}, key=key),
        item(sale(trade) | {"approval_id": asked["id"]}),
    )

    assert codes(again) == [201, "approval_needed"]
    with acting_for(trade.id):
        assert sorted(OfflineSale.objects.values_list("status", flat=True)) == ["landed", "refused"]
    assert counted(trade)[0] == 1
    holds(trade)


def test_a_gift_card_that_has_the_money_pays_at_once(open_trade: Trade) -> None:
    trade = open_trade
    code = _card(trade, 1500)

    done = send(trade.altona, item(_with_card(trade, code, 1500)))["results"][0]["body"]

    assert done["at_risk"]["amount_minor"] == 0
    assert (trade.balance("offline_gift_cards"), trade.balance("voucher_liability")) == (0, 0)
    with acting_for(trade.id):
        assert Voucher.objects.get().balance_minor == 0
        assert OfflineRedemption.objects.get().status == "confirmed"
    holds(trade)


def test_what_a_gift_card_does_not_have_is_at_risk_and_seen_until_it_pays_or_is_given_up(open_trade: Trade) -> None:
    trade = open_trade
    code = _card(trade, 600)
    answer = send(trade.altona, item(_with_card(trade, code, 1500)), item(_with_card(trade, "NOSUCHCARD", 700)))
    assert [row["body"]["at_risk"]["amount_minor"] for row in answer["results"]] == [900, 700]
    assert (trade.balance("offline_gift_cards"), trade.balance("voucher_liability")) == (1600, 0)
    owner = signed_in(a_staff_member(trade.shop.merchant, role="owner"))
    [risk] = owner.get("/api/v1/offline-sales/at-risk/").json()["results"]
    assert (risk["kind"], risk["amount"]["amount_minor"], risk["count"]) == ("gift_cards", 1600, 2)
    home, page = owner.get("/").content.decode(), owner.get("/offline/").content.decode()
    assert "at risk on 2 gift cards taken offline" in home
    assert "no such card" in page and "the card has not enough money" in page
    with acting_for(trade.id):
        short, unknown = OfflineRedemption.objects.order_by("id")
        payment = Payment.objects.get(id=short.payment_id)
    back = {"amount": {"amount_minor": 601, "currency": "EUR"}, "reason": "worn"}
    assert trade.altona.post(f"payments/{payment.id}/refunds/", back).json()["code"] == "gift_card_not_confirmed"

    with acting_for(trade.id):
        card = Voucher.objects.get()
        vouchers.put_back(voucher_id=card.id, amount=Money(400, "EUR"), source="found", now=business_now(trade.id))
        legs = between(debit=("cash_safe", ""), credit=("voucher_liability", ""), minor=400, currency="EUR")
        now = business_now(trade.id)
        ledger.post(recipe="card_sold", source="found", about="test", legs=legs, business_date=now.date(), now=now)
    for key in ("a", "a", "b"):
        owner.post(f"/offline/redemptions/{short.id}/retry/", {"idempotency_key": key})
    assert trade.balance("offline_gift_cards") == 1200
    for row in (short, unknown):
        for _ in range(2):
            owner.post(f"/offline/redemptions/{row.id}/write-off/", {"idempotency_key": f"w{row.id}", "reason": "gone"})

    assert (trade.balance("offline_gift_cards"), trade.balance("write_off")) == (0, 1200)
    assert owner.get("/api/v1/offline-sales/at-risk/").json()["results"] == []
    holds(trade)


_CHILD = """
import os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
import django
django.setup()
from django.test import Client
from terminals.pos import batch, offline
passes = [0]
def die_second(*args, **kwargs):
    passes[0] += 1
    if passes[0] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*args, **kwargs)
{before}
till = Client(SERVER_NAME="localhost", headers={{"authorization": "Device " + sys.argv[1]}})
till.post("/api/v1/till/batch/", sys.argv[2], content_type="application/json")
"""


@pytest.mark.parametrize(
    ("before", "landed"),
    [
        ("original = offline._take_tenders; offline._take_tenders = die_second", 1),
        ("original = offline.documents.issue; offline.documents.issue = die_second", 1),
        ("original = batch.crash_point; batch.crash_point = die_second", 2),
    ],
    ids=["in the middle of the second", "before the second's receipt", "between the second and the third"],
)
def test_a_batch_killed_half_way_and_sent_again_lands_the_rest(open_trade: Trade, before: str, landed: int) -> None:
    trade = open_trade
    items = [item(sale(trade, receipt_number=number)) for number in (1, 2, 3)]
    token = str(trade.altona.client.defaults["HTTP_AUTHORIZATION"]).removeprefix("Device ")
    words = [sys.executable, "-c", _CHILD.format(before=before), token, json.dumps({"operations": items})]

    died = subprocess.run(words, cwd=ROOT, timeout=90, capture_output=True, check=False)

    assert died.returncode == KILLED, died.stderr.decode()[-2000:]
    assert counted(trade) == (landed, landed, landed, 2500 * landed)
    again = send(trade.altona, *items)
    assert [row["replayed"] for row in again["results"]] == [True] * landed + [False] * (3 - landed)
    assert [row["body"]["receipt"]["number"] for row in again["results"]] == [1, 2, 3]
    assert counted(trade) == (3, 3, 3, 7500)
    assert send(trade.altona, *items)["results"] == [{**row, "replayed": True} for row in again["results"]]
    holds(trade)
