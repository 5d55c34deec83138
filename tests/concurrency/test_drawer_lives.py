"""Random lives of a drawer: whatever is sold, moved, counted, handed over and closed, in whatever order, the drawer is the books and the Zs are everything once."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from merchant.core.errors import AppError
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Closing, Shift
from tests.factories.counter import Counter
from tests.invariants import check_invariants

pytestmark = pytest.mark.django_db
# 25 steps each; `DRAWER_LIVES=400` makes the 10,000 steps of a long night.
EXAMPLES = int(os.environ.get("DRAWER_LIVES", "12"))
PRICE = 1250
amounts = st.integers(min_value=1, max_value=30_000)


class Drawers(RuleBasedStateMachine):
    """One register, and a model of it: what lies in the drawer, and what was sold and given back over all."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter()
        self.holds = self.sold = self.returned = self.in_safe = 0
        self.sales: list[Any] = []
        self.orders: list[Any] = []

    def shift(self) -> Shift | None:
        with self.counter.scope():
            found: Shift | None = Shift.objects.filter(status="open").first()
            return found

    @rule(minor=st.integers(min_value=0, max_value=30_000))
    def open(self, minor: int) -> None:
        if self.shift() is None:
            self.counter.open(minor)
            self.holds += minor
            self.in_safe -= minor
        else:
            self.refused("shift_already_open", lambda: self.counter.open(minor))

    @rule(quantity=st.integers(min_value=1, max_value=3))
    def sell(self, quantity: int) -> None:
        self.sales.append(self.counter.sell(quantity))
        self.holds += quantity * PRICE
        self.sold += quantity * PRICE

    @precondition(lambda self: self.sales)
    @rule()
    def take_back(self) -> None:
        sale = self.sales.pop()
        self.counter.take_back(sale, 1)
        self.holds -= PRICE
        self.returned += PRICE

    @rule()
    def pay_an_order_in_two_parts(self) -> None:
        order = self.counter.begin(1)
        self.counter.pay_cash(order.id, 250)
        self.counter.pay_cash(order.id, 1_000)
        self.holds += PRICE
        self.sold += PRICE

    @rule(kind=st.sampled_from(["paid_in", "paid_out", "safe_drop"]), minor=amounts)
    def move(self, kind: str, minor: int) -> None:
        shift = self.shift()
        if shift is None:
            return
        if kind != "paid_in" and minor > self.holds:
            self.refused("drawer_holds_less", lambda: self.counter.move(shift, kind, minor))
            return
        self.counter.move(shift, kind, minor)
        self.holds += minor if kind == "paid_in" else -minor
        self.in_safe += minor if kind == "safe_drop" else 0

    @rule(off=st.integers(min_value=-50, max_value=50))
    def hand_over(self, off: int) -> None:
        shift = self.shift()
        if shift is not None and self.holds + off >= 0:
            self.counter.hand_over(shift, Person("Nils"), off_minor=off, reason="counted")
            self.holds += off

    @rule(off=st.integers(min_value=-50, max_value=50), left=st.integers(min_value=0, max_value=5_000))
    def close(self, off: int, left: int) -> None:
        shift = self.shift()
        if shift is None or self.holds + off < 0:
            return
        counted = self.holds + off
        if left > counted:
            self.refused(
                "leaves_too_much", lambda: self.counter.close(shift, off_minor=off, left_minor=left, reason="counted")
            )
            return
        self.counter.close(shift, off_minor=off, left_minor=left, reason="counted")
        self.in_safe += counted - left
        self.holds = left

    def refused(self, code: str, work: Any) -> None:
        with pytest.raises(AppError) as refusal:
            work()
        assert refusal.value.code == code

    @invariant()
    def the_drawer_is_the_books(self) -> None:
        assert self.counter.holds() == self.counter.booked() == self.holds
        assert self.counter.booked("cash_safe", str(self.counter.shop.store.id)) == self.in_safe

    @invariant()
    def every_sale_is_in_one_z_or_in_the_x(self) -> None:
        with self.counter.scope():
            closings = list(Closing.objects.order_by("number"))
        x = self.counter.figures()
        assert [closing.number for closing in closings] == list(range(1, len(closings) + 1))
        assert sum(closing.sales_minor for closing in closings) + x.sales_minor == self.sold
        assert sum(closing.returns_minor for closing in closings) + x.returns_minor == self.returned
        assert (closings[-1].grand_sales_minor if closings else 0) + x.sales_minor == self.sold

    def teardown(self) -> None:
        connection.check_constraints()
        check_invariants()


def test_a_drawer_is_always_what_was_put_in_and_taken_out() -> None:
    run_state_machine_as_test(
        Drawers,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
