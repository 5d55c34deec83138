"""Who ends an order, and out of whose drawer its cash goes: never another till's order, never a drawer nobody asked about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from merchant.accounts import callers
from merchant.core.clock import business_now
from orders.carry_over.models import CartHold
from orders.order.models import Order, OrderLine
from payments.records.models import Operation, Payment, TillEntry
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter, Till
from tests.terminals.pos.dealings import balance, counts, exchange, holds, owner, sell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1000, 2500))


def cancel(client: Any, order_id: str, **more: Any) -> Any:
    return client.post(
        f"/api/v1/orders/{order_id}/cancellations/",
        {"reason": "left"} | more,
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=str(uuid4()),
    )


def status(counter: Counter, order_id: str) -> str:
    with counter.scope():
        return str(Order.objects.get(id=order_id).status)


def walked_away(counter: Counter) -> str:
    """An exchange whose customer has not paid the difference: goods that were paid in cash pay a part of the new order."""
    sale = sell(counter, 1)["order"]
    return str(exchange(counter, sale, counter.lines(0, 1)).json()["order"]["id"])


def open_shift(counter: Counter, till: Till) -> None:
    answer = till.post("shifts/", {"float_minor": 0})
    assert answer.status_code == 201, answer.content


def test_a_till_does_not_end_what_another_till_works_on_and_reads_who_has_it(counter: Counter) -> None:
    order = counter.begin()

    refused = cancel(counter.right.client, order["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "cart_held_elsewhere")
    assert counter.left.register.name in refused.json()["detail"]
    assert status(counter, order["id"]) == "draft"
    with counter.scope():
        assert CartHold.objects.get().holder_key == f"register:{counter.left.register.id}"
    assert cancel(counter.left.client, order["id"]).json()["status"] == "cancelled"


def test_an_untouched_order_of_another_till_is_taken_first_and_then_ended(counter: Counter) -> None:
    order = counter.begin()
    with counter.scope():
        CartHold.objects.update(lease_until=business_now(counter.merchant.id) - timedelta(hours=1))

    refused = cancel(counter.right.client, order["id"])
    counter.right.post(f"orders/{order['id']}/resumptions/")
    done = cancel(counter.right.client, order["id"])

    assert (refused.json()["code"], done.status_code) == ("cart_held_elsewhere", 200)


def test_a_parked_order_is_resumed_before_it_is_ended_even_by_the_till_that_parked_it(counter: Counter) -> None:
    order = counter.begin()
    counter.left.post(f"orders/{order['id']}/parkings/", {"name": "Table 4", "version": order["version"]})

    refusals = [cancel(till.client, order["id"]) for till in (counter.left, counter.right)]

    assert [answer.json()["code"] for answer in refusals] == ["order_parked", "order_parked"]
    assert "Table 4" in refusals[1].json()["detail"]
    assert counter.left.register.name in refusals[1].json()["detail"]
    assert status(counter, order["id"]) == "draft"
    counter.right.post(f"orders/{order['id']}/resumptions/")
    assert cancel(counter.right.client, order["id"]).status_code == 200


def test_a_till_takes_no_pieces_off_what_another_till_works_on(counter: Counter) -> None:
    order = counter.begin(counter.left, 2)
    paid = counter.left.pay_cash(order["id"], 500)
    assert paid.status_code == 201, paid.content
    before = counts(counter)

    body = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}], "reason": "wish"}
    refused = counter.right.post(f"orders/{order['id']}/line-cancellations/", body)

    assert (refused.status_code, refused.json()["code"]) == (409, "cart_held_elsewhere")
    assert counts(counter) == before
    with counter.scope():
        assert OrderLine.objects.get().quantity == 2


def test_the_back_office_ends_what_a_till_works_on(counter: Counter) -> None:
    order = counter.begin()

    assert cancel(owner(counter), order["id"]).json()["status"] == "cancelled"


def test_what_exchanged_goods_were_worth_leaves_no_drawer_that_nobody_chose(counter: Counter) -> None:
    new = walked_away(counter)
    before, held = counts(counter), balance(counter, "cash_register")

    refused = cancel(owner(counter), new)

    assert (refused.status_code, refused.json()["code"]) == (409, "cash_needs_till")
    assert "shift is open" in refused.json()["next_step"]
    assert (counts(counter), balance(counter, "cash_register"), status(counter, new)) == (before, held, "open")


@pytest.mark.parametrize("which", ["closed", "elsewhere", "made_up"])
def test_a_drawer_without_an_open_shift_gives_nothing(counter: Counter, which: str) -> None:
    new = walked_away(counter)
    manager = signed_in(a_staff_member(counter.merchant, role="manager", stores=[counter.store]))
    open_shift(counter, counter.elsewhere)
    drawer = {"closed": counter.right.register.id, "elsewhere": counter.elsewhere.register.id, "made_up": uuid4()}
    before, held = counts(counter), balance(counter, "cash_register")

    refused = cancel(manager, new, register_id=str(drawer[which]))

    assert (refused.status_code, refused.json()["code"]) == (409, "drawer_not_open")
    assert (counts(counter), balance(counter, "cash_register")) == (before, held)


def test_the_chosen_drawer_gives_the_cash_and_its_z_has_it(counter: Counter) -> None:
    new = walked_away(counter)
    open_shift(counter, counter.right)

    done = cancel(owner(counter), new, register_id=str(counter.right.register.id))

    assert (done.status_code, done.json()["status"]) == (200, "cancelled"), done.content
    with counter.scope():
        given = TillEntry.objects.filter(kind="refund", method="cash").get()
        assert (given.register_id, given.amount_minor) == (counter.right.register.id, -1000)
    holds(counter)


def test_store_credit_is_the_other_way(counter: Counter) -> None:
    new = walked_away(counter)

    done = cancel(owner(counter), new, cash_as_credit=True)

    assert (done.status_code, done.json()["status"]) == (200, "cancelled"), done.content
    assert (balance(counter, "cash_register"), balance(counter, "voucher_liability")) == (1000, -1000)
    holds(counter)


def test_a_tablet_gives_cash_out_of_its_own_drawer_only(counter: Counter) -> None:
    new = walked_away(counter)

    refused = cancel(counter.left.client, new, register_id=str(counter.right.register.id))
    done = cancel(counter.left.client, new)

    assert (refused.json()["code"], done.status_code) == ("invalid_request", 200), (refused.content, done.content)
    assert balance(counter, "cash_register") == 0
    holds(counter)


def test_pieces_taken_off_in_the_back_office_need_a_drawer_too(counter: Counter) -> None:
    sale = sell(counter, 0, 1)["order"]
    new = exchange(counter, sale, counter.lines(3)).json()["order"]["id"]
    with counter.scope():
        line = OrderLine.objects.get(order_id=new)
        paid = Payment.objects.get(order_id=new)
    assert (paid.method, paid.captured_minor) == ("exchange", 2500)
    before = counts(counter)
    body = {"lines": [{"line_id": str(line.id), "quantity": 1}], "reason": "wish"}

    def ask(**more: Any) -> Any:
        return owner(counter).post(
            f"/api/v1/orders/{new}/line-cancellations/",
            body | more,
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )

    refused = ask()

    assert (refused.status_code, refused.json()["code"]) == (409, "cash_needs_till")
    assert counts(counter) == before
    open_shift(counter, counter.right)
    done = ask(register_id=str(counter.right.register.id))
    assert (done.status_code, done.json()["back"]["amount_minor"]) == (202, 500), done.content
    holds(counter)


def page_key(text: str) -> str:
    return text.split('name="idempotency_key"')[1].split('value="')[1].split('"')[0]


def test_staff_choose_the_drawer_on_the_page(counter: Counter) -> None:
    new, client = walked_away(counter), owner(counter)
    open_shift(counter, counter.right)

    refused = client.post(f"/orders/{new}/cancel/", {"idempotency_key": str(uuid4())})
    text = refused.content.decode()

    assert refused.status_code == 409
    assert counter.right.register.name in text
    assert str(counter.left.register.id) not in text
    assert status(counter, new) == "open"
    body = {"idempotency_key": page_key(text), "drawer": str(counter.right.register.id)}
    for _ in range(2):
        done = client.post(f"/orders/{new}/cancel/", body)
        assert (done.status_code, done["Location"]) == (302, f"/orders/{new}/")
    assert status(counter, new) == "cancelled"
    with counter.scope():
        [given] = Operation.objects.filter(
            kind="refund", instrument__register_id=str(counter.right.register.id), payment__method="cash"
        )
        assert given.amount_minor == 1000
        assert UUID(given.instrument["register_id"]) == counter.right.register.id
    holds(counter)


def test_an_order_without_cash_is_cancelled_on_the_page_with_one_press(counter: Counter) -> None:
    order = counter.begin()

    done = owner(counter).post(f"/orders/{order['id']}/cancel/", {"idempotency_key": "once"})

    assert (done.status_code, status(counter, order["id"])) == (302, "cancelled")
