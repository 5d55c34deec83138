"""Ask again, at once, about what a gateway has not answered."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from merchant.core import notify
from merchant.core.clock import machine_now
from payments.records.models import Operation


def look_up_now(*, operation_id: UUID) -> None:
    """
    Have an unanswered operation asked about at once: the button "Ask now", or a shopper who comes back. A repeat is harmless.

    Such a look does not count: whoever presses often, or reloads, would use up the early looks and leave the next one hours away.
    """
    waiting = Operation.objects.filter(id=operation_id, status__in=["submitted", "action_required", "unknown"])
    # Pressed again before it was asked, it is one look.
    waiting.exclude(next_look_at__lte=machine_now()).update(
        next_look_at=machine_now(), looks=Greatest(F("looks") - 1, 0)
    )
    with transaction.atomic():
        notify.after_commit(notify.RELAY, "look-ups")
