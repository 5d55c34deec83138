"""Tills that go for one parked order at once: one of them has it."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction

from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from orders.carry_over import parking
from orders.carry_over.models import CartHold
from orders.carry_over.services import Holder
from tests.factories import a_merchant, an_order

pytestmark = pytest.mark.django_db(transaction=True)
TILLS = 20


def test_of_many_tills_that_resume_one_order_one_wins_and_the_others_read_who(at_once, deadlocks):
    merchant = a_merchant()
    order = an_order(merchant, status="draft")
    with acting_for(merchant.id):
        parking.park(order_id=order.id, holder=Holder("till:0", "Till 0"), name="Table 4", version=1, now=machine_now())

    def resume(number: int) -> tuple[str, str]:
        try:
            with acting_for(merchant.id), transaction.atomic():
                holder = Holder(f"till:{number}", f"Till {number}")
                return "done", parking.resume(order_id=order.id, holder=holder, now=machine_now()).holder_name
        except AppError as refusal:
            return refusal.code, refusal.data["holder"]

    outcomes = at_once(TILLS, resume)

    assert Counter(code for code, _ in outcomes) == {"done": 1, "cart_held_elsewhere": TILLS - 1}
    assert len({name for _, name in outcomes}) == 1
    assert deadlocks() == 0
    with acting_for(merchant.id):
        assert (CartHold.objects.get().epoch, CartHold.objects.get().parked_at) == (3, None)
