"""Watches drawers: what moves cash is noted, and a register's drawer is looked at a moment later, at most once in two seconds."""

from __future__ import annotations

import threading
import time
from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.records.models import Payment
from terminals.pos.shifts import drawer
from terminals.pos.shifts.models import Drawer

# Adding a drawer up costs more the more was sold since the last Z; once in two seconds is live enough for somebody with a cash bag.
EVERY_SECONDS = 2.0
CASH_TOPICS = ("order.paid", "operation.succeeded", "shift.opened", "shift.handed_over")


class DrawerWatch:
    """Registers whose drawer moved since it was looked at last, by merchant. Lost with the process: the next sale notes it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[UUID, UUID] = {}
        self._looked_at: dict[UUID, float] = {}

    def note(self, event: Event) -> None:
        """Note the register whose cash an event moved."""
        register_id = _register_of(event)
        if register_id is not None:
            with self._lock:
                self._noted[register_id] = event.merchant_id

    def look(self) -> int:
        """Compare the drawers whose turn it is with their limits. Returns 0: it waits for the next second."""
        now = time.monotonic()
        with self._lock:
            due = {
                register_id: merchant_id
                for register_id, merchant_id in self._noted.items()
                if now - self._looked_at.get(register_id, -EVERY_SECONDS) >= EVERY_SECONDS
            }
            for register_id in due:
                del self._noted[register_id]
                self._looked_at[register_id] = now
        for register_id, merchant_id in due.items():
            with acting_for(merchant_id):
                drawer.check_limit(register_id, now=business_now(merchant_id))
        return 0


def _register_of(event: Event) -> UUID | None:
    payload = event.payload
    if payload.get("method", "cash") != "cash" or not Drawer.objects.filter(limit_minor__isnull=False).exists():
        return None
    if payload.get("register_id"):
        return UUID(payload["register_id"])
    if payload.get("payment_id"):
        return Payment.objects.filter(id=payload["payment_id"]).values_list("register_id", flat=True).first()
    return Order.objects.filter(id=payload["order_id"]).values_list("register_id", flat=True).first()


watch = DrawerWatch()
