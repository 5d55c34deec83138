"""Give what needs somebody to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.accounts.models import StaffMember
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import NotFound
from merchant.core.outbox import screens
from merchant.core.tenancy import current_merchant_id
from reports.overview.models import NeedOwner

TOPIC = screens.merchant_topic("inbox")


@transaction.atomic
def give(*, keys: Sequence[str], member_id: UUID | None, now: datetime) -> int:
    """
    Let a person see to the things of `keys`, or nobody with None, and return how many changed hands. A repeat changes nothing.

    Two that give at once wait for each other; the later one holds.

    :raises NotFound: if the merchant in scope has no such person at work.
    """
    if member_id is not None and not StaffMember.objects.filter(id=member_id, is_active=True).exists():
        raise NotFound()
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 46))", [f"need-owners:{current_merchant_id()}"])
    held = dict(
        NeedOwner.objects.select_for_update().filter(key__in=keys).order_by("id").values_list("key", "member_id")
    )
    changed = sorted({key for key in keys if held.get(key) != member_id})
    NeedOwner.objects.filter(key__in=changed).delete()
    if member_id is not None:
        NeedOwner.objects.bulk_create([NeedOwner(key=key, member_id=member_id, given_at=now) for key in changed])
    for key in changed:
        given = {"member_id": str(member_id) if member_id else None}
        audit.record("need.given", subject=f"need:{key}"[:80], now=now, data=given)
    if changed:
        screens.push(current_merchant_id(), TOPIC, event={"kind": "changed"})
    return len(changed)
