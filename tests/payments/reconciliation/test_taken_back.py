"""A processor takes money back after it was settled: the next report's row is bound to it, and nothing is left to explain."""

from __future__ import annotations

import time

import pytest

from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.ledger import queries as ledger
from orders.order.models import Order
from payments.reconciliation.models import Match
from payments.records.models import Operation, Payment
from payments.settlement import services as settlement
from tests.payments.reconciliation.test_against_the_processor import NEXT_MORNING, Day, day, found

__all__ = ["day"]
pytestmark = pytest.mark.django_db
# Long enough for the first day to be closed before, on a busy machine too.
TAKEN_BACK_AFTER_SECONDS = 6


def next_report(day: Day) -> None:
    """Close the next day, in whose report the processor takes back."""
    day.control("POST", "close-day", {"date": "2026-11-21"})
    move_business_clock(day.merchant.id, to=NEXT_MORNING.replace(day=22))
    assert jobs.run(settlement.request_fetch(account_id=day.account.id).id) == "done"
    day.run_jobs()


@pytest.mark.parametrize("kind", ["capture", "refund"])
def test_what_is_taken_back_after_settlement_is_told_by_the_report_and_bound_to_its_row(day: Day, kind: str) -> None:
    day.plant({"kind": f"{kind}_fails_late", "seconds": TAKEN_BACK_AFTER_SECONDS})
    sold = day.sell(5000)
    taken = day.refund(sold, 2000) if kind == "refund" else sold
    day.close()
    assert found() == []
    time.sleep(TAKEN_BACK_AFTER_SECONDS + 1)

    next_report(day)

    [back] = Operation.objects.filter(kind="take_back")
    assert (back.parent_id, back.result_minor) == (taken.id, 2000 if kind == "refund" else 5000)
    assert Match.objects.filter(operation_id=back.id, undone_at=None).count() == 1
    assert found() == []
    assert ledger.balance("suspense") == {}
    assert ledger.balance("clearing") == {}
    payment, order = Payment.objects.get(), Order.objects.get()
    assert (payment.captured_minor, payment.refunded_minor) == ((5000, 0) if kind == "refund" else (0, 0))
    assert order.secured_minor == payment.captured_minor
