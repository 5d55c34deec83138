"""Two opens, two closes, sales and refunds that race a close: one winner, and each cent in exactly one Z."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import connections, transaction

from merchant.core.errors import AppError
from terminals.pos.shifts.counting import CountIsOld
from terminals.pos.shifts.drawer import ShiftNotOpen
from terminals.pos.shifts.models import Closing, Shift
from terminals.pos.shifts.services import ShiftAlreadyOpen
from tests.factories.counter import Counter

pytestmark = pytest.mark.django_db(transaction=True)
PRICE = 1250
ROUNDS = 5


def tried(work: Any) -> Any:
    """What `work` returns, or the refusal."""
    try:
        return work()
    except AppError as refused:
        return refused


def test_of_eight_opens_at_once_one_wins_and_its_float_alone_is_booked(at_once: Any) -> None:
    counter = Counter()

    answers = at_once(8, lambda number: tried(lambda: counter.open(1_000)))

    assert sorted(type(answer).__name__ for answer in answers) == ["Shift"] + ["ShiftAlreadyOpen"] * 7
    assert isinstance(answers[0], Shift | ShiftAlreadyOpen)
    assert counter.booked() == 1_000


def test_of_eight_closes_at_once_one_makes_the_z(at_once: Any) -> None:
    counter = Counter()
    shift = counter.open(1_000)
    count = counter.count(shift)

    answers = at_once(8, lambda number: tried(lambda: counter.close(shift, count=count)))

    assert sorted(type(answer).__name__ for answer in answers) == ["Closing"] + ["ShiftNotOpen"] * 7
    assert any(isinstance(answer, ShiftNotOpen) for answer in answers)
    assert (counter.booked(), counter.booked("cash_safe", str(counter.shop.store.id))) == (0, 0)


def test_every_sale_that_races_the_closes_is_in_exactly_one_z() -> None:
    """Three clients sell at one register with short pauses while shifts are closed and opened again."""
    counter = Counter()
    closings: list[Closing] = []
    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(_sell_many, counter, 12) for _ in range(3)]
        while not all(one.done() for one in running):
            closings += _close_once(counter)
        assert sum(one.result() for one in running) == 36
    while not (found := _close_once(counter)):
        pass
    closings += found

    assert len(closings) >= 3
    ranges = [(closing.receipts_after, closing.receipts_until) for closing in closings]
    assert (ranges[0][0], ranges[-1][1]) == (0, 36)
    assert all(before[1] == after[0] for before, after in pairwise(ranges))
    assert sum(closing.sales_minor for closing in closings) == 36 * PRICE
    assert sum(closing.content["figures"]["receipts"] for closing in closings) == 36
    assert [closing.number for closing in closings] == list(range(1, len(closings) + 1))
    assert counter.booked() == counter.holds() == 0
    assert counter.booked("cash_safe", str(counter.shop.store.id)) == 36 * PRICE


def test_a_close_waits_for_the_sale_that_has_its_receipt_number_and_then_asks_for_a_new_count() -> None:
    counter = Counter()
    shift = counter.open(0)
    count = counter.count(shift)
    has_number, may_end = Event(), Event()

    def sell_slowly() -> None:
        try:
            with transaction.atomic():
                counter.sell(1)
                has_number.set()
                assert may_end.wait(20)
        finally:
            connections.close_all()

    def close() -> Any:
        try:
            return tried(lambda: counter.close(shift, count=count))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        sale = threads.submit(sell_slowly)
        assert has_number.wait(20)
        closing = threads.submit(close)
        sleep(0.5)
        assert not closing.done()
        may_end.set()
        sale.result()
        answer = closing.result()

    assert isinstance(answer, CountIsOld)
    z = counter.close(shift)
    assert (z.receipts_until, z.sales_minor, counter.booked()) == (1, PRICE, 0)


def test_every_refund_that_races_a_close_is_in_exactly_one_z(at_once: Any) -> None:
    counter = Counter()
    sales = [counter.sell(1) for _ in range(ROUNDS * 4)]
    closings: list[Closing] = []
    for round_number in range(ROUNDS):
        shift = counter.open(50_000)
        now = sales[round_number * 4 : round_number * 4 + 4]
        work = [*(lambda sale=sale: counter.take_back(sale) for sale in now), lambda shift=shift: counter.close(shift)]
        answers = at_once(5, lambda number, work=work: tried(work[number]))
        closings += [answer for answer in answers if isinstance(answer, Closing)]
        if not isinstance(answers[4], Closing):
            closings.append(counter.close(shift))
    closings.append(counter.close(counter.open(50_000)))

    assert sum(closing.refunds_minor for closing in closings) == ROUNDS * 4 * PRICE
    assert sum(closing.returns_minor for closing in closings) == ROUNDS * 4 * PRICE
    assert counter.booked() == counter.holds() == 0


def _sell_many(counter: Counter, number: int) -> int:
    try:
        for _ in range(number):
            counter.sell(1)
            sleep(random.uniform(0, 0.6))
        return number
    finally:
        connections.close_all()


def _close_once(counter: Counter) -> list[Closing]:
    """Open, and close if no sale came between count and close."""
    with counter.scope():
        shift = Shift.objects.filter(status="open").first()
    answer = tried(lambda: counter.close(shift or counter.open(0)))
    return [answer] if isinstance(answer, Closing) else []
