"""A receipt names the person whose shift is open at the till that made it, with the till beside; where nobody's is, the till itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.core.clock import business_now, machine_now
from merchant.core.money import Money
from orders.documents.models import Document
from orders.documents.paper import prepare
from payments.processing import tenders
from terminals.pos import completing
from terminals.pos.shifts import services as shifts
from terminals.pos.shifts.accepting import Acceptance
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Count, Shift
from terminals.pos.shifts.queries import register_facts_of
from terminals.pos.training import services as training
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import offline, put, sell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def stand(counter: Counter, name: str, *, ago: timedelta = timedelta()) -> Shift:
    with counter.scope():
        register = register_facts_of(counter.left.register.id)
        now = business_now(counter.merchant.id) - ago
        return shifts.open_shift(register=register, float_minor=0, person=Person(name), now=now)


def hand_over(counter: Counter, shift: Shift, name: str) -> None:
    """The next person stands there; the drawer was counted as it should be."""
    with counter.scope():
        answer = counter.left.post(f"shifts/{shift.id}/counts/", {"denominations": {}, "loose_minor": 1250})
        assert answer.status_code == 201, answer.content
        shifts.hand_over(
            shift_id=shift.id,
            count_id=Count.objects.latest("id").id,
            to=Person(name),
            reason="",
            acceptance=Acceptance(is_own=True),
            now=business_now(counter.merchant.id),
        )


def facts(counter: Counter, kind: str = "receipt") -> list[tuple[str, str]]:
    """Who served and at which till, paper by paper."""
    with counter.scope():
        papers = [prepare(paper) for paper in Document.objects.filter(kind=kind).order_by("id")]
    rows = [{fact.left: fact.right for fact in paper.facts} for paper in papers]
    return [(row["Served by"], row["Till"]) for row in rows]


def test_a_receipt_names_whose_shift_is_open_and_the_till_beside(counter: Counter) -> None:
    till = counter.left.register
    stand(counter, "Kim Roe")

    sell(counter)

    assert facts(counter) == [("Kim Roe", f"{till.name} ({till.code})")]


def test_after_a_hand_over_the_next_receipt_names_the_next_person(counter: Counter) -> None:
    shift = stand(counter, "Kim Roe")
    sell(counter)

    hand_over(counter, shift, "Elif Kaya")
    sell(counter)

    assert [person for person, _till in facts(counter)] == ["Kim Roe", "Elif Kaya"]


def test_without_a_shift_the_till_itself_is_named(counter: Counter) -> None:
    sell(counter)

    [(person, _till)] = facts(counter)
    assert person.startswith(f"{counter.left.register.name} (")


def test_an_order_paid_in_parts_and_money_back_name_the_person_too(counter: Counter) -> None:
    stand(counter, "Kim Roe")
    order = counter.begin()
    counter.left.pay_cash(order["id"], 500)
    counter.left.pay_cash(order["id"], 750)

    back = counter.left.post(
        f"orders/{order['id']}/returns/",
        {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}], "reason": "size"},
    )

    assert back.status_code == 201, back.content
    assert [person for kind in ("receipt", "refund_receipt") for person, _till in facts(counter, kind)] == [
        "Kim Roe"
    ] * 2


def test_a_receipt_that_the_banks_answer_ended_names_who_stood_there_then(counter: Counter) -> None:
    stand(counter, "Kim Roe")
    order = counter.begin()
    counter.left.pay_cash(order["id"], 500)
    with counter.scope():
        tenders.take_cash(
            order_id=order["id"],
            amount=Money(750, "EUR"),
            tendered_minor=None,
            register_id=counter.left.register.id,
            now=machine_now(),
        )
        completing.complete_if_secured(order_id=order["id"], now=machine_now())

    assert [person for person, _till in facts(counter)] == ["Kim Roe"]


@pytest.mark.parametrize(("since", "person"), [(timedelta(hours=1), "Kim Roe"), (timedelta(minutes=5), "")])
def test_a_sale_made_offline_names_who_stood_there_when_it_was_made(
    counter: Counter, since: timedelta, person: str
) -> None:
    put(counter, "offline-rules", is_allowed=True)
    stand(counter, "Kim Roe", ago=since)

    landed = offline(counter, 1250)

    assert landed.status_code == 201, landed.content
    [(named, _till)] = facts(counter)
    assert named == person or (not person and named.startswith(f"{counter.left.register.name} ("))


def test_a_practised_receipt_names_no_one_else(counter: Counter) -> None:
    with counter.scope():
        training.switch(register_id=counter.left.register.id, is_training=True, now=business_now(counter.merchant.id))
    sold = counter.left.post("sales/", {"lines": counter.lines(), "tendered_minor": 5000, "training": True})

    page = counter.left.get(sold.json()["receipt"]["html_url"].removeprefix("/api/v1/")).content.decode()

    assert counter.left.register.name in page
