"""What the till does when others report facts."""

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from terminals.pos import completing


def finish_secured_order(event: Event) -> None:
    """Hand over and print a till order whose card payment has arrived, whatever became of the tablet."""
    completing.complete_if_secured(order_id=UUID(event.payload["order_id"]), now=business_now(event.merchant_id))
