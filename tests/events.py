"""Hand stored events to their handlers, as the relay would."""

from merchant.core.outbox import services as outbox
from merchant.core.outbox.models import OutboxEvent
from tests.factories.merchants import FOUNDED_AT

ROUNDS_MAX = 50


def deliver_events() -> None:
    """Deliver until nothing waits. Inside one transaction the database's clock stands, so events are made due long ago."""
    for _ in range(ROUNDS_MAX):
        OutboxEvent.objects.filter(done_at=None, attempts=0).update(next_at=FOUNDED_AT)
        if not outbox.deliver_batch():
            return
    raise AssertionError("events never end")
