"""W: webhooks that come when processes die."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from payments.processing import operations
from payments.webhooks import services as webhooks
from payments.webhooks.models import InboundWebhook
from tests.crash import children
from tests.crash.table import case
from tests.crash.world import CARD, World

AT_ONCE = 10


def _asked(world: World, *, token: str = "tok_timeout_landed") -> tuple[str, dict[str, Any]]:
    """A card payment that landed and was not answered: returns (checkout, the operation as the processor tells it)."""
    world.open()
    checkout = children.run(world.begin_checkout)["id"]
    assert children.run(world.pay, checkout, token, str(uuid4()))[0] == 202
    children.run(world.send)
    [operation] = children.run(world.operations)
    return checkout, children.run(world.asked_of_processor, operation["reference"])


def _paid_once(world: World, checkout: str) -> None:
    world.settle()
    shown = children.run(world.shown, checkout)
    assert (shown["payment"]["status"], shown["status"]) == ("succeeded", "paid"), shown["payment"]
    world.told[checkout] = ("succeeded", "paid")
    world.sales += 1


def _stored(world: World) -> int:
    with world.acting():
        return InboundWebhook.objects.count()


@case("W", "W1 stored, not acknowledged")
def stored_not_acknowledged(world: World) -> None:
    checkout, data = _asked(world)
    children.killed_at("W1", world.deliver, "evt_1", data)
    assert children.run(world.deliver, "evt_1", data) == 200
    assert children.run(_stored, world) == 1
    _paid_once(world, checkout)


@case("W", "W2 acknowledged, not processed")
def acknowledged_not_processed(world: World) -> None:
    checkout, data = _asked(world)
    assert children.run(world.deliver, "evt_1", data) == 200
    children.killed_at("W2", webhooks.process_inbound)
    assert children.run(world.open_operations) == ["authorise unknown"]
    _paid_once(world, checkout)


@case("W", "W3 applied, not committed")
def mid_apply(world: World) -> None:
    checkout, data = _asked(world)
    assert children.run(world.deliver, "evt_1", data) == 200
    children.killed_at("W3", webhooks.process_inbound)
    assert children.run(world.open_operations) == ["authorise unknown"]
    _paid_once(world, checkout)


@case("W", "W4 before the synchronous reply is stored")
def before_the_reply(world: World) -> None:
    world.open()
    checkout = children.run(world.begin_checkout)["id"]
    assert children.run(world.pay, checkout, CARD, str(uuid4()))[0] == 202
    waiting = children.begin(world.send, point="S6", how=children.signal.SIGSTOP)
    waiting.wait_stopped()
    [operation] = children.run(world.operations)
    data = children.run(world.asked_of_processor, operation["reference"])
    assert children.run(world.deliver, "evt_1", data) == 200
    children.killed_at("W3", webhooks.process_inbound)
    assert children.run(webhooks.process_inbound) == 1
    waiting.go_on()
    waiting.wait()
    _paid_once(world, checkout)


@case("W", "W5 about a payment nobody knows yet")
def parked_then_matched(world: World) -> None:
    world.open()
    checkout = children.run(world.begin_checkout)
    reference, total = "AHEADOFUS", checkout["order"]["total"]["amount_minor"]
    children.run(world.land, reference, total)
    data = children.run(world.asked_of_processor, reference)
    assert children.run(world.deliver, "evt_1", data) == 200
    children.killed_at("W5", webhooks.process_inbound)
    assert children.run(webhooks.process_inbound) == 0

    def pay_under_that_reference() -> int:
        operations.new_reference = lambda: reference
        return world.pay(checkout["id"], CARD, str(uuid4()))[0]

    assert children.run(pay_under_that_reference) == 202
    children.run(_as_time_passes, world)
    _paid_once(world, checkout["id"])
    assert children.run(_processed, world) == 1


def _as_time_passes(world: World) -> None:
    with world.acting():
        InboundWebhook.objects.update(attempts=0)


def _processed(world: World) -> int:
    with world.acting():
        return InboundWebhook.objects.exclude(processed_at=None).count()


@case("W", "W6 ten deliveries at once, one server killed")
def ten_at_once(world: World) -> None:
    checkout, data = _asked(world)
    dying = children.begin(world.deliver, "evt_1", data, point="W1")
    others = [children.begin(world.deliver, "evt_1", data) for _ in range(AT_ONCE - 1)]
    dying.wait_killed()
    assert {child.wait() for child in others} == {200}
    relays = [children.begin(webhooks.process_inbound) for _ in range(4)]
    assert sum(child.wait() for child in relays) == 1
    assert children.run(_stored, world) == 1
    _paid_once(world, checkout)
