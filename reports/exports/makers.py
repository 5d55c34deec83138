"""Whether whoever made a schedule may still have its files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from merchant.accounts.access import rights_of_role, rights_of_scopes
from merchant.accounts.models import ApiKey, StaffMember
from merchant.core.errors import AppError
from reports.exports.formats.registry import format_of
from reports.exports.models import ExportSchedule


class MakerMayNot(AppError):
    """Whoever made the schedule left, or lost a right to its list or stores."""

    code = "schedule_maker_may_not"
    detail = "{name} made this schedule and may not have its files any more, so none is made."
    next_step = "Stop the schedule and make it anew."


def require_maker(schedule: ExportSchedule, *, now: datetime) -> None:
    """
    Refuse a schedule whose maker could not ask for its file by hand now. One of the system, or of before makers were noted, goes on.

    :raises MakerMayNot: if the person or key is gone, or may not see the list or all of its stores any more.
    """
    rights, stores = _standing(schedule, now)
    wanted = None if schedule.stores is None else frozenset(map(UUID, schedule.stores))
    sees_stores = stores is None or (wanted is not None and wanted <= stores)
    if rights is not None and not ({"export.create", format_of(schedule.kind).right} <= rights and sees_stores):
        raise MakerMayNot(name=schedule.actor_name)


def _standing(schedule: ExportSchedule, now: datetime) -> tuple[frozenset[str] | None, frozenset[UUID] | None]:
    """Return the rights (None: nobody asks) and stores (None: all) of the maker today."""
    if schedule.actor_kind == "staff":
        member = StaffMember.objects.filter(id=schedule.actor_id, is_active=True, user__is_active=True).first()
        if member is None:
            return frozenset(), None
        stores = None if member.all_stores else frozenset(member.stores.values_list("id", flat=True))
        return rights_of_role(member.role, at_all_stores=member.all_stores), stores
    if schedule.actor_kind == "api_key":
        key = ApiKey.objects.filter(id=schedule.actor_id, revoked_at=None).first()
        is_over = key is None or (key.expires_at is not None and key.expires_at <= now)
        return frozenset() if key is None or is_over else rights_of_scopes(key.scopes), None
    return None, None
