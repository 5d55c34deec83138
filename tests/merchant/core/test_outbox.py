"""Events reach their handlers once, in the order of their aggregate, and survive a handler that fails."""

import pytest

from merchant.core.clock import machine_now
from merchant.core.outbox import services
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from tests.factories import a_merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def handlers(monkeypatch):
    registered = {}
    monkeypatch.setattr(services, "_handlers", registered)
    return registered


@pytest.fixture
def merchant():
    return a_merchant()


def publish(merchant, *topics, aggregate="order:1"):
    with acting_for(merchant.id):
        services.publish_many([(topic, aggregate, {"n": number}) for number, topic in enumerate(topics)])


def test_a_handlers_writes_happen_once_with_the_events_mark(merchant, handlers):
    services.on("order.paid", lambda event: Customer.objects.create(name=str(event.id), created_at=machine_now()))
    publish(merchant, "order.paid")

    assert services.deliver_batch() == 1
    assert services.deliver_batch() == 0
    assert Customer.across_merchants.count() == 1
    assert OutboxEvent.objects.get().done_at is not None


def test_events_of_one_aggregate_arrive_in_order(merchant, handlers):
    seen = []
    services.on("*", lambda event: seen.append(event.payload["n"]))
    publish(merchant, "a", "b", "c")

    while services.deliver_batch():
        pass
    assert seen == [0, 1, 2]


def test_a_failing_handler_undoes_its_event_and_holds_back_only_its_aggregate(merchant, handlers):
    def fail(event):
        Customer.objects.create(name="half done", created_at=machine_now())
        raise RuntimeError("no")

    seen = []
    services.on("bad", fail)
    services.on("good", lambda event: seen.append(event.aggregate))
    publish(merchant, "bad", "good", aggregate="order:1")
    publish(merchant, "good", aggregate="order:2")

    services.deliver_batch()
    services.deliver_batch()
    assert seen == ["order:2"]
    assert not Customer.across_merchants.exists()
    failed = OutboxEvent.objects.get(topic="bad")
    assert (failed.done_at, failed.attempts) == (None, 1)
    assert "no" in failed.last_error


def test_a_handler_works_for_the_events_merchant_only(merchant, handlers):
    services.on("order.paid", lambda event: Customer.objects.create(name="x", created_at=machine_now()))
    publish(merchant, "order.paid")
    services.deliver_batch()

    assert Customer.across_merchants.get().merchant_id == merchant.id
