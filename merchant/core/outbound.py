"""
Whether this installation may act on the world outside: send money operations, mails and webhooks.

A restored copy wakes with it paused, because the installation it was copied from may still be running: both would ask for the same money.
"""

from __future__ import annotations

import time
from datetime import datetime

from django.db import models

# A pause is seen by every relay within this time; one look-up a second a process costs nothing.
_CACHE_SECONDS = 1.0
_ONLY_ROW = 1
_seen: tuple[float, bool] = (0.0, False)


class OutboundPause(models.Model):
    """One row while effects on the outside are paused, none otherwise. Belongs to the installation, not to a merchant."""

    id = models.SmallIntegerField(primary_key=True, default=_ONLY_ROW)
    reason = models.CharField(max_length=200)
    paused_at = models.DateTimeField()

    class Meta:
        db_table = "core_outbound_pause"
        constraints = [models.CheckConstraint(condition=models.Q(id=_ONLY_ROW), name="one_outbound_pause")]

    def __str__(self) -> str:
        return self.reason


def is_paused() -> bool:
    """Whether nothing may be sent to the outside now. May be a second old."""
    global _seen
    until, paused = _seen
    if time.monotonic() >= until:
        paused = OutboundPause.objects.exists()
        _seen = (time.monotonic() + _CACHE_SECONDS, paused)
    return paused


def pause(*, reason: str, now: datetime) -> None:
    """Send nothing to the outside from now on. A repeat keeps the first reason."""
    OutboundPause.objects.get_or_create(id=_ONLY_ROW, defaults={"reason": reason[:200], "paused_at": now})


def resume() -> bool:
    """Let effects go out again; returns whether they were paused."""
    deleted, _ = OutboundPause.objects.filter(id=_ONLY_ROW).delete()
    return bool(deleted)
