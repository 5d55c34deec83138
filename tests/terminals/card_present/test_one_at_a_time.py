"""One payment at a time for each terminal and each order, by the database's word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connections, transaction

from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from payments.records.models import Operation, Payment
from terminals.card_present.services import TerminalInUse
from tests.factories.orders import an_order
from tests.terminals.card_present.conftest import a_counter

TILLS = 8


def copy_of(operation, **changes):
    copy = Operation.objects.get(id=operation.id)
    copy.id, copy.reference, copy._state.adding = Operation().id, f"X{operation.reference[1:]}", True
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def test_the_database_refuses_a_second_open_operation_of_a_terminal(counter):
    held, other = counter.pay(), counter.pay(counter.add_terminal())

    with (
        acting_for(counter.merchant.id),
        pytest.raises(IntegrityError, match="one_open_operation_per_terminal"),
        transaction.atomic(),
    ):
        Operation.objects.filter(id=other.id).update(terminal_id=held.terminal_id)

    with acting_for(counter.merchant.id):
        assert Operation.objects.filter(terminal_id=held.terminal_id).count() == 1


@pytest.mark.parametrize("status", ["requested", "submitted", "unknown"])
def test_the_database_refuses_a_second_open_authorisation_of_an_order(counter, status):
    held = counter.pay()

    with (
        acting_for(counter.merchant.id),
        pytest.raises(IntegrityError, match="one_open_authorisation_per_order"),
        transaction.atomic(),
    ):
        copy_of(held, terminal_id=None, status=status).save(force_insert=True)

    with acting_for(counter.merchant.id):
        assert Operation.objects.count() == 1


def test_a_second_till_hears_who_has_the_terminal_and_nothing_is_stored(counter):
    held = counter.pay()

    with pytest.raises(TerminalInUse) as refused:
        counter.pay()

    assert counter.register.name in refused.value.message
    assert refused.value.data["operation_id"] == held.id
    with acting_for(counter.merchant.id):
        assert (Operation.objects.count(), Payment.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_many_tills_at_once_get_one_terminal_once():
    counter = a_counter()
    orders = [an_order(counter.merchant, total_minor=2000) for _ in range(TILLS)]
    gate = Barrier(TILLS)

    def press(order):
        gate.wait()
        try:
            return counter.pay(order=order)
        except AppError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TILLS) as tills:
        results = list(tills.map(press, orders))

    refusals = [result for result in results if isinstance(result, AppError)]
    assert len(refusals) == TILLS - 1
    assert {refusal.code for refusal in refusals} == {"terminal_busy"}
    with acting_for(counter.merchant.id):
        assert (Operation.objects.count(), Payment.objects.count()) == (1, 1)
