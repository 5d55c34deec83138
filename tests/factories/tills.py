"""Shifts, Zs and practised sales as bare rows, for tests of who may see them."""

from __future__ import annotations

from merchant.accounts.callers import register_facts
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from terminals.pos.shifts import counting, services
from terminals.pos.shifts.accepting import Acceptance
from terminals.pos.shifts.counting import Counted
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Closing, Shift
from terminals.pos.training.models import TrainingSale
from tests.factories.merchants import FOUNDED_AT, a_register, a_store

LEA = Person("Lea")


def a_shift(merchant: Merchant) -> Shift:
    """A shift that is open."""
    register = a_register(a_store(merchant))
    with acting_for(merchant.id):
        return services.open_shift(register=register_facts(register), float_minor=0, person=LEA, now=FOUNDED_AT)


def a_closing(merchant: Merchant) -> Closing:
    """A Z of a shift in which nothing happened."""
    shift = a_shift(merchant)
    with acting_for(merchant.id):
        count = counting.count_drawer(shift_id=shift.id, counted=Counted({}, 0), person=LEA, now=FOUNDED_AT)
        return services.close_shift(
            shift_id=shift.id, count_id=count.id, left_minor=0, reason="", unsent=0, leaves_orders=False, acceptance=Acceptance(is_own=False),
            person=LEA, now=FOUNDED_AT,
        )  # fmt: skip


def a_training_sale(merchant: Merchant) -> TrainingSale:
    """Something that was practised."""
    register = a_register(a_store(merchant))
    with acting_for(merchant.id):
        return TrainingSale.objects.create(
            register=register, number=1, currency="EUR", total_minor=100, content={"lines": [], "tenders": []}, person="Lea",
            begun_at=FOUNDED_AT,
        )  # fmt: skip
