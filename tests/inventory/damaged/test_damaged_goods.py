"""What a return marks as damaged waits on a list until one decision holds; the shelf changes by a movement or not at all."""

from __future__ import annotations

import csv
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from inventory.damaged import services
from inventory.damaged.models import DamagedGoods
from inventory.stock.models import StockLevel, StockMovement
from merchant.accounts import callers
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.states import IllegalTransition
from reports.exports import services as exports
from reports.exports.services import ExportOrder
from tests.clients import signed_in
from tests.factories import a_staff_member, a_store
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import exchange, holds, put, sell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1000, 2500))


def returned(counter: Counter, sale: dict[str, Any], pieces: int = 1, *, is_damaged: bool = True) -> None:
    lines = [{"line_id": sale["lines"][0]["id"], "quantity": pieces, "damaged": is_damaged}]
    answer = counter.left.post(f"orders/{sale['id']}/returns/", {"lines": lines, "reason": "cracked"})
    assert answer.status_code == 201, answer.content


def a_damaged_mug(counter: Counter, pieces: int = 1) -> DamagedGoods:
    returned(counter, sell(counter, 3)["order"], pieces)
    with counter.scope():
        found: DamagedGoods = DamagedGoods.objects.get()
        return found


def on_hand(counter: Counter) -> int:
    with counter.scope():
        return int(StockLevel.objects.get(variant=counter.goods[0], store=counter.store).on_hand)


def decide(counter: Counter, act: Any, goods: DamagedGoods, reason: str = "only the box") -> Any:
    with counter.scope():
        return act(damaged_id=goods.id, reason=reason, now=business_now(counter.merchant.id))


def manager(counter: Counter, **changes: Any) -> Any:
    return signed_in(a_staff_member(counter.merchant, **{"role": "manager"} | changes))


def key_of(page: str) -> str:
    return page.split('name="idempotency_key"')[1].split('value="')[1].split('"')[0]


def test_damaged_pieces_of_a_return_wait_with_where_why_who_and_of_which_order(counter: Counter) -> None:
    sale = sell(counter, 3)["order"]
    returned(counter, sale, 1, is_damaged=False)
    returned(counter, sale, 2)

    with counter.scope():
        goods = DamagedGoods.objects.get()
        assert (goods.quantity, goods.worth_minor, goods.reason, goods.status) == (2, 2000, "cracked", "waiting")
        assert (goods.variant_id, goods.store_id) == (counter.goods[0].id, counter.store.id)
        assert (str(goods.order_id), goods.origin) == (sale["id"], sale["number"])
        assert goods.brought_by.startswith("register:")
    assert on_hand(counter) == 98
    holds(counter)


def test_goods_without_a_receipt_and_of_an_exchange_wait_too(counter: Counter) -> None:
    put(counter, "return-rules", day_limits={"register": 100_000}, cash_max_minor=100_000)
    sale = sell(counter, 2, 0)["order"]
    loose = {
        "lines": [{"article": counter.goods[0].sku, "quantity": 1, "damaged": True}],
        "payout": "cash",
        "reason": "torn",
    }
    assert counter.left.post("loose-returns/", loose).status_code == 201
    back = [{"line_id": sale["lines"][0]["id"], "quantity": 1, "damaged": True}]
    done = exchange(counter, sale, counter.lines(1, 0), back=back)
    assert done.status_code == 201, done.content

    with counter.scope():
        rows = list(DamagedGoods.objects.order_by("id").values_list("origin", "reason", "worth_minor"))
    assert rows == [("", "torn", 1000), (sale["number"], "size", 1000)]
    holds(counter)


def test_what_goes_back_on_the_shelf_is_a_movement_of_its_own(counter: Counter) -> None:
    goods = a_damaged_mug(counter)
    before = on_hand(counter)

    decide(counter, services.put_back, goods)

    assert on_hand(counter) == before + 1
    with counter.scope():
        moved = StockMovement.objects.get(source=f"damaged:{goods.id}")
        assert (moved.quantity, moved.kind, moved.reason) == (1, "adjusted", "only the box")
    holds(counter)


def test_what_is_written_off_moves_nothing_and_is_told_with_its_reason(counter: Counter) -> None:
    goods = a_damaged_mug(counter)
    with counter.scope():
        before = StockMovement.objects.count()

    done = decide(counter, services.write_off, goods, "cannot be cleaned")

    assert (done.status, done.decision_reason) == ("written_off", "cannot be cleaned")
    with counter.scope():
        assert StockMovement.objects.count() == before
    holds(counter)


@pytest.mark.parametrize("second", [services.put_back, services.write_off])
def test_a_decision_holds(counter: Counter, second: Any) -> None:
    goods = a_damaged_mug(counter)
    decide(counter, services.write_off, goods)
    before = on_hand(counter)

    with pytest.raises(AppError) as refused:
        decide(counter, second, goods)

    assert refused.value.code == "damaged_already_decided"
    assert on_hand(counter) == before


def test_without_a_reason_nothing_is_decided(counter: Counter) -> None:
    goods = a_damaged_mug(counter)

    with pytest.raises(AppError):
        decide(counter, services.put_back, goods, "  ")

    with counter.scope():
        assert DamagedGoods.objects.get().status == "waiting"


def test_of_many_who_put_the_same_pieces_back_at_once_one_does(counter: Counter) -> None:
    goods = a_damaged_mug(counter)
    before, start = on_hand(counter), threading.Barrier(6)

    def press(_: int) -> str:
        start.wait()
        try:
            decide(counter, services.put_back, goods)
            return "done"
        except (AppError, IllegalTransition):
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(press, range(6)))

    assert answers == ["done"] + ["refused"] * 5
    assert on_hand(counter) == before + 1
    holds(counter)


@pytest.mark.parametrize("change", [{"quantity": 9}, {"status": "waiting"}, {"decision_reason": "other"}])
def test_the_database_keeps_what_was_decided(counter: Counter, change: dict[str, Any]) -> None:
    goods = a_damaged_mug(counter)
    decide(counter, services.write_off, goods)

    with counter.scope(), pytest.raises(DatabaseError), transaction.atomic():
        DamagedGoods.objects.filter(id=goods.id).update(**change)
    with counter.scope(), pytest.raises(DatabaseError), transaction.atomic():
        DamagedGoods.objects.filter(id=goods.id).delete()


def test_staff_decide_on_the_page_with_one_press(counter: Counter) -> None:
    goods, client = a_damaged_mug(counter, 2), manager(counter)
    page = client.get("/stock/damaged/").content.decode()
    before = on_hand(counter)
    for words in (counter.goods[0].sku, counter.store.name, "cracked", goods.origin):
        assert words in page, words
    body = {"idempotency_key": key_of(page), "reason": "only the box"}

    for _ in range(2):
        assert client.post(f"/stock/damaged/{goods.id}/back/", body)["Location"] == "/stock/damaged/"

    assert on_hand(counter) == before + 2
    assert "only the box" in client.get("/stock/damaged/").content.decode()
    late = client.post(f"/stock/damaged/{goods.id}/write-off/", body | {"idempotency_key": "later"})
    assert late.status_code == 409
    assert on_hand(counter) == before + 2


def test_the_list_is_narrowed_and_shows_only_stores_one_sees(counter: Counter) -> None:
    goods = a_damaged_mug(counter)
    client = manager(counter)
    elsewhere = manager(counter, stores=[a_store(counter.merchant)])

    assert goods.origin in client.get("/stock/damaged/?status=waiting").content.decode()
    assert goods.origin not in client.get("/stock/damaged/?status=back,written_off").content.decode()
    assert goods.origin in client.get(f"/stock/damaged/?q={counter.goods[0].sku}").content.decode()
    assert goods.origin not in client.get("/stock/damaged/?date_to=2020-01-01").content.decode()
    assert goods.origin not in elsewhere.get("/stock/damaged/").content.decode()
    assert (
        elsewhere.post(f"/stock/damaged/{goods.id}/back/", {"idempotency_key": "k", "reason": "x"}).status_code == 404
    )
    with counter.scope():
        assert DamagedGoods.objects.get().status == "waiting"


def test_who_may_only_look_decides_nothing(counter: Counter) -> None:
    goods = a_damaged_mug(counter)
    client = manager(counter, role="cashier")

    page = client.get("/stock/damaged/")
    refused = client.post(f"/stock/damaged/{goods.id}/back/", {"idempotency_key": "k", "reason": "x"})

    assert (page.status_code, refused.status_code) == (200, 403)
    assert "idempotency_key" not in page.content.decode()
    with counter.scope():
        assert DamagedGoods.objects.get().status == "waiting"


def test_the_export_has_what_the_list_shows(counter: Counter) -> None:
    goods = a_damaged_mug(counter, 2)
    decide(counter, services.write_off, goods, "=cannot")
    with counter.scope():
        stream = exports.open_stream(ExportOrder("damaged", {"status": "written_off"}, None))
        [row] = csv.DictReader(io.StringIO(b"".join(stream).decode(), newline=""))

    assert (row["sku"], row["quantity"], row["worth"], row["status"]) == (
        counter.goods[0].sku,
        "2",
        "20.00",
        "written_off",
    )
    assert (row["decision_reason"], row["order_number"]) == ("'=cannot", goods.origin)
    assert stream.totals.row_count == 1
