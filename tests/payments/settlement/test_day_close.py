"""At a store's cut-off everything authorised on the day that ended is captured, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from merchant.core.jobs import services as jobs
from payments.gateways.models import GatewayAccount
from payments.records.models import Operation, Payment
from payments.settlement import tasks
from tests.factories import a_gateway_account, a_store, an_authorised_payment

AUTHORISED = {"captures_at_once": False}


@pytest.fixture
def closing(books):
    books.closing = a_gateway_account(
        books.merchant, capture_mode="day_close", created_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    return books


def close(store=None, day="2026-11-21"):
    job = jobs.enqueue(
        tasks.DAY_CLOSE_JOB,
        dedup_key=f"close:{store}:{day}",
        payload={"store_id": str(store.id) if store else None, "date": day},
    )
    assert jobs.run(job.id) == "done"
    job.refresh_from_db()
    return job.result


def captures():
    return sorted(Operation.objects.filter(kind="capture").values_list("amount_minor", flat=True))


def test_what_was_authorised_on_the_day_that_ended_is_captured_once(closing):
    an_authorised_payment(closing.closing, minor=1000, **AUTHORISED)
    an_authorised_payment(closing.closing, minor=2000, day=date(2026, 11, 21), **AUTHORISED)
    GatewayAccount.objects.filter(id=closing.account.id).update(capture_mode="on_fulfilment")
    an_authorised_payment(closing.account, minor=4000, **AUTHORISED)

    assert close() == {"asked": 1, "refused": []}
    assert captures() == [1000]
    again = jobs.enqueue(tasks.DAY_CLOSE_JOB, dedup_key="again", payload={"store_id": None, "date": "2026-11-21"})
    jobs.run(again.id)
    assert captures() == [1000]


def test_each_store_closes_at_its_own_cut_off(closing):
    berlin = a_store(closing.merchant, zone="Europe/Berlin", day_cutoff=time(4, 0))
    payment = an_authorised_payment(closing.closing, minor=1000, **AUTHORISED)
    Payment.objects.filter(id=payment.payment_id).update(store=berlin)

    places = {place.key: place for place in tasks.closing_places()}

    assert (places[str(berlin.id)].at, places[str(berlin.id)].zone) == (time(4, 0), "Europe/Berlin")
    assert close()["asked"] == 0
    assert close(store=berlin)["asked"] == 1


def test_a_merchant_that_captures_at_once_has_nothing_to_close(books):
    GatewayAccount.across_merchants.update(capture_mode="automatic")

    assert list(tasks.closing_places()) == []
