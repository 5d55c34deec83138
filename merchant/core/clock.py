"""
Two clocks.

The machine's clock rules leases, time-outs and retries. The business clock is a merchant's own: it stamps what was sold and decides
business days, and it can be moved for a demo merchant or a test. `now` is asked at the edge and handed down.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models

# A moved clock is seen by every process within this time; one look-up a second a process costs nothing.
_CACHE_SECONDS = 1.0
_offsets: dict[UUID, tuple[float, timedelta]] = {}


class BusinessClock(models.Model):
    """How far a merchant's clock stands from the machine's. No row means not at all."""

    merchant_id = models.UUIDField(primary_key=True)
    offset = models.DurationField()

    class Meta:
        db_table = "core_business_clock"


def machine_now() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


def business_now(merchant_id: UUID) -> datetime:
    """Return the merchant's time in UTC. A moved clock is seen within a second."""
    return machine_now() + _offset(merchant_id)


def move_business_clock(merchant_id: UUID, *, to: datetime) -> None:
    """Set the merchant's clock so that it reads `to` now. It goes on ticking. Other processes follow within a second."""
    offset = to - machine_now()
    BusinessClock.objects.update_or_create(merchant_id=merchant_id, defaults={"offset": offset})
    _offsets[merchant_id] = (time.monotonic() + _CACHE_SECONDS, offset)


def business_date(moment: datetime, *, zone: str, cutoff: time_of_day) -> date:
    """
    Return the business day of `moment` in a place with `zone` and `cutoff`.

    A cut-off of 04:00 puts a sale at 03:59 local time on the day before. Local wall time decides, so the night the clocks change
    belongs to one day like any other.
    """
    local = moment.astimezone(ZoneInfo(zone))
    return local.date() - timedelta(days=1) if local.time() < cutoff else local.date()


class _HasDays(Protocol):
    """A merchant, as a row or as the facts of a caller."""

    @property
    def id(self) -> UUID: ...

    @property
    def zone(self) -> str: ...

    @property
    def day_cutoff(self) -> time_of_day: ...


def business_today(merchant: _HasDays) -> date:
    """Return the business day it is for a merchant by its own clock, zone and cut-off."""
    return business_date(business_now(merchant.id), zone=merchant.zone, cutoff=merchant.day_cutoff)


def _offset(merchant_id: UUID) -> timedelta:
    expires, offset = _offsets.get(merchant_id, (0.0, timedelta()))
    if time.monotonic() < expires:
        return offset
    offset = BusinessClock.objects.filter(pk=merchant_id).values_list("offset", flat=True).first() or timedelta()
    _offsets[merchant_id] = (time.monotonic() + _CACHE_SECONDS, offset)
    return offset
