"""Events reach their handlers once, in the order of their aggregate, and survive a handler that fails."""

import pytest

from merchant.core.clock import machine_now
from merchant.core.outbox import services
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for, current_merchant_id
from merchant.customers.models import Customer
from tests.factories import a_merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def handlers(monkeypatch):
    registered = {}
    monkeypatch.setattr(services, "_handlers", registered)
    return registered


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


@pytest.fixture
def batches(monkeypatch):
    seen = []
    monkeypatch.setattr(services, "_batch_handlers", [lambda events: seen.append([event.topic for event in events])])
    return seen


def test_a_batch_is_handed_on_with_as_few_statements_for_fifty_events_as_for_one(
    merchant, handlers, batches, django_assert_num_queries
):
    publish(merchant, "one", aggregate="order:0")
    # BEGIN's savepoint and its end, one around the handlers and its end, the claim and the mark.
    with django_assert_num_queries(6):
        services.deliver_batch()
    for number in range(50):
        publish(merchant, "many", aggregate=f"order:{number}")
    with django_assert_num_queries(6):
        services.deliver_batch()

    assert [len(batch) for batch in batches] == [1, 50]
    assert not OutboxEvent.objects.filter(done_at=None).exists()


def test_one_refused_event_of_a_batch_is_undone_alone_and_the_others_happen_once(merchant, handlers, batches):
    def write(event):
        Customer.objects.create(name=event.aggregate, created_at=machine_now())
        if event.topic == "bad":
            raise RuntimeError("no")

    services.on("*", write)
    publish(merchant, "good", aggregate="order:1")
    publish(merchant, "bad", aggregate="order:2")
    publish(merchant, "good", aggregate="order:3")

    assert services.deliver_batch() == 3

    assert sorted(Customer.across_merchants.values_list("name", flat=True)) == ["order:1", "order:3"]
    assert list(OutboxEvent.objects.filter(done_at=None).values_list("topic", "attempts")) == [("bad", 1)]
    assert batches == [["good"], ["good"]]


def test_a_batch_handler_gets_each_merchants_events_in_that_merchants_scope(merchant, handlers, monkeypatch):
    other = a_merchant()
    seen = []
    monkeypatch.setattr(
        services,
        "_batch_handlers",
        [lambda events: seen.append((current_merchant_id(), {event.merchant_id for event in events}))],
    )
    publish(merchant, "a", aggregate="order:1")
    publish(other, "a", aggregate="order:2")
    publish(merchant, "a", aggregate="order:3")

    services.deliver_batch()

    assert seen == [(merchant.id, {merchant.id}), (other.id, {other.id})]
