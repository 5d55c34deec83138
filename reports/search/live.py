"""
Rows of payments and orders on open lists, drawn in the relay when something happened to them: once for each kind of reader who watches.

Handlers only note what changed; a pump draws it within a second, several changes of one row at once, for merchants of whom somebody watches.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from django.template.loader import render_to_string

from merchant.core.clock import business_now
from merchant.core.outbox import readers, screens
from merchant.core.outbox.readers import Drawings, Reader
from merchant.core.outbox.services import Event
from merchant.core.pages.shell import FragmentShell, locale_of
from merchant.core.tenancy import acting_for
from merchant.merchants.queries import get_merchant
from orders.order.models import Order
from payments.records import queries as payments
from payments.records.models import Payment
from reports.search import queries
from reports.search.order_pages import order_row
from reports.search.payment_pages import payment_row
from reports.search.queries import ListedOrder, ListedPayment, Marks

# A burst beyond this is an import or a test; open lists are complete again when they are reloaded.
_NOTED_MAX = 2_000
# Drawn in one go, so that the first of many appear at once.
_BATCH = 100

Noted = tuple[UUID, str, UUID]


class ChangedRows:
    """What changed and was not drawn yet. Handlers note from any thread; the pump takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[Noted, None] = {}

    def note(self, event: Event) -> None:
        """Note which rows an event is about."""
        for kind in ("payment", "order"):
            if key := event.payload.get(f"{kind}_id"):
                with self._lock:
                    if len(self._noted) < _NOTED_MAX:
                        self._noted[event.merchant_id, kind, UUID(key)] = None

    def draw(self) -> int:
        """Draw what was noted and return how much there was."""
        with self._lock:
            taken = list(self._noted)[:_BATCH]
            for noted in taken:
                del self._noted[noted]
        watched = screens.list_readers() if taken else {}
        for merchant_id in {noted[0] for noted in taken} & watched.keys():
            payments = [key for owner, kind, key in taken if owner == merchant_id and kind == "payment"]
            orders = [key for owner, kind, key in taken if owner == merchant_id and kind == "order"]
            with acting_for(merchant_id):
                push_rows(merchant_id, watched[merchant_id], payment_ids=payments, order_ids=orders)
        return len(taken)


changed_rows = ChangedRows()


def push_rows(
    merchant_id: UUID, watching: Collection[Reader], *, payment_ids: list[UUID], order_ids: list[UUID]
) -> None:
    """Send rows to the lists that those `watching` have open, and word of the change to pages about one of them, with at most three statements."""
    now, zone = business_now(merchant_id), get_merchant(merchant_id).zone
    changed = queries.shown_payments(payments.with_stage(Payment.objects.filter(id__in=payment_ids)))
    # A payment's row names nobody, so one drawing serves all who read a language.
    languages = {Reader(reader.language) for reader in watching}
    for payment in changed.order_by("id"):
        drawings = readers.draw_for(languages, partial(_payment_html, payment, now=now, zone=zone))
        _push(merchant_id, "payment", payment.id, payment.store_id, drawings)
    marks = queries.get_marks(order_ids)
    for order in queries.shown_orders(Order.objects.filter(id__in=order_ids)).order_by("id"):
        draw = partial(_order_html, order, marks.get(order.id, Marks()), now=now, zone=zone)
        _push(merchant_id, "order", order.id, order.store_id, readers.draw_for(watching, draw))


def _payment_html(payment: ListedPayment, reader: Reader, *, now: datetime, zone: str) -> str:
    shell = FragmentShell(now, zone, locale_of(reader.language))
    return render_to_string("payments/records/row.html", {"row": payment_row(payment), "shell": shell})


def _order_html(order: ListedOrder, marks: Marks, reader: Reader, *, now: datetime, zone: str) -> str:
    # Only who is known to read names is shown one.
    row = order_row(order, marks, is_masked=reader.is_masked is not False)
    shell = FragmentShell(now, zone, locale_of(reader.language))
    return render_to_string("orders/order/row.html", {"row": row, "shell": shell})


def _push(merchant_id: UUID, kind: str, key: UUID, store_id: UUID | None, drawings: Drawings) -> None:
    store_id = store_id or screens.ALL_STORES
    screens.push(merchant_id, screens.merchant_topic(f"{kind}s"), drawings=drawings, store_id=store_id)
    screens.push(merchant_id, f"{kind}:{key}", event={"kind": "changed", "id": str(key)}, store_id=store_id)
