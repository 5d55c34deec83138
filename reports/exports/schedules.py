"""Files by the calendar: made for every period that has ended, and again for one that was opened and closed once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.tenancy import current_actor
from merchant.ledger import periods
from merchant.ledger import queries as ledger
from reports.exports import book_orders, makers, revisions, services
from reports.exports.formats.base import Narrowed
from reports.exports.formats.books import BookFormat
from reports.exports.formats.registry import format_of
from reports.exports.models import ExportFile, ExportSchedule
from reports.exports.services import Due, ExportOrder

SCHEDULES_MAX = 100
# Periods that end when the books are closed.
CLOSED = ("closed_day", "closed_month")
# Two months of days: what a closing brings at once. The rest follows with the next tick.
AT_ONCE_MAX = 62


class ScheduleNameTaken(AppError):
    """Another schedule of the merchant has this name."""

    code = "schedule_name_taken"
    field = "name"
    detail = "There is a schedule called {name} already."
    next_step = "Choose another name, or stop that one."


@dataclass(frozen=True, slots=True)
class Wish:
    """A schedule to be. See `ExportSchedule`."""

    name: str
    order: ExportOrder
    period: str
    delivery: str
    recipient: str = ""


@transaction.atomic
def create_schedule(wish: Wish, *, now: datetime) -> ExportSchedule:
    """
    Store a schedule. Its first file is of the period that ends next.

    :raises Invalid: for a list without days, no name, no usable address, or a drop folder where the operator has none.
    :raises ScheduleNameTaken: if the name is used. :raises FilterRefused, UnknownExport: as for a file.
    """
    _check(wish)
    if ExportSchedule.objects.filter(is_active=True).count() >= SCHEDULES_MAX:
        raise Invalid(reason=_("there may be at most {number} schedules").format(number=SCHEDULES_MAX))
    stores, actor = wish.order.only_stores, current_actor()
    try:
        with transaction.atomic():
            schedule = ExportSchedule.objects.create(
                name=wish.name.strip(),
                kind=wish.order.kind,
                shape=wish.order.shape,
                filters=dict(wish.order.filters),
                stores=None if stores is None else sorted(map(str, stores)),
                period=wish.period,
                delivery=wish.delivery,
                recipient=wish.recipient.strip(),
                actor_kind=actor.kind,
                actor_id=actor.id,
                actor_name=actor.name[:120],
                created_at=now,
            )
    except IntegrityError:
        raise ScheduleNameTaken(name=wish.name.strip()) from None
    data = {"name": schedule.name, "kind": schedule.kind, "period": schedule.period, "delivery": schedule.delivery}
    audit.record("export_schedule.created", subject=f"export_schedule:{schedule.id}", now=now, data=data)
    return schedule


def _check(wish: Wish) -> None:
    if not 1 <= len(wish.name.strip()) <= 80 or not wish.name.strip().isprintable():
        raise Invalid(reason=_("give the schedule a name of one line, at most 80 characters"), field="name")
    format_ = format_of(wish.order.kind)
    if not {"date_from", "date_to"} <= set(format_.filters):
        raise Invalid(reason=_("this list has no days, so it cannot be made for a period"), field="kind")
    if isinstance(format_, BookFormat) and wish.order.shape != "csv":
        raise Invalid(reason=_("a journal file has the shape its format says"), field="shape")
    if wish.delivery == "folder" and not settings.EXPORT_DROP_DIR:
        reason = _("this installation has no drop folder; ask who runs it to set EXPORT_DROP_DIR")
        raise Invalid(reason=reason, field="delivery")
    if wish.delivery == "mail":
        try:
            validate_email(wish.recipient.strip())
        except ValidationError:
            raise Invalid(reason=_("mail needs an address"), field="recipient") from None
    if isinstance(format_, BookFormat):
        book_orders.check_options(wish.order.filters)
    else:
        format_.build(Narrowed(wish.order.filters, wish.order.only_stores))


def get_schedule(schedule_id: UUID) -> ExportSchedule:
    """Return a schedule. :raises NotFound: if it is not the merchant's."""
    schedule: ExportSchedule | None = ExportSchedule.objects.filter(id=schedule_id).first()
    if schedule is None:
        raise NotFound()
    return schedule


@transaction.atomic
def stop_schedule(*, schedule_id: UUID, now: datetime) -> ExportSchedule:
    """Stop a schedule; its files stay. A repeat changes nothing. Locks it. :raises NotFound: if it is not the merchant's."""
    schedule: ExportSchedule | None = ExportSchedule.objects.select_for_update().filter(id=schedule_id).first()
    if schedule is None:
        raise NotFound()
    if schedule.is_active:
        schedule.is_active = False
        # The name is free again.
        schedule.name = f"{schedule.name[:60]} ({schedule.id.hex[:8]})"
        schedule.save(update_fields=["is_active", "name"])
        audit.record("export_schedule.stopped", subject=f"export_schedule:{schedule_id}", now=now)
    return schedule


def period_before(day: date, period: str) -> tuple[date, date] | None:
    """Return the first and last day of the `period` that ended on the eve of `day`, None if none did."""
    last = day - timedelta(days=1)
    if period == "day":
        return last, last
    if period == "week":
        return (last - timedelta(days=6), last) if day.weekday() == 0 else None
    return (last.replace(day=1), last) if day.day == 1 else None


def closed_periods(*, after: date, until: date, period: str) -> list[tuple[date, date]]:
    """Return the days, or whole months, that end after `after` and no later than `until`, the first `AT_ONCE_MAX` of them."""
    found: list[tuple[date, date]] = []
    last = after
    while last < until and len(found) < AT_ONCE_MAX:
        last += timedelta(days=1)
        is_end = period == "closed_day" or (last + timedelta(days=1)).day == 1
        if is_end:
            found.append((last if period == "closed_day" else last.replace(day=1), last))
    return found


def make_due(*, day: date, now: datetime) -> Sequence[ExportFile]:
    """
    Ask for the file of every active schedule whose period ended on the eve of `day`, and of every period the books were closed for. Return those that are new.

    A repeat asks for none twice. What cannot be asked for (an account without a number) is noted with its schedule and stops no other.
    """
    made = []
    for schedule in ExportSchedule.objects.filter(is_active=True).exclude(period__in=CLOSED).order_by("id"):
        days = period_before(day, schedule.period)
        if days is not None and not schedule.files.filter(period_end=days[1]).exists():
            made += _ask(schedule, [days], now)
    return [*made, *make_closed(now=now)]


def make_closed(*, now: datetime) -> Sequence[ExportFile]:
    """
    Ask for the file of every period that was closed since its schedule was made, and return those that are new; see `make_due`.

    One that was opened after its file was asked for and is closed again is asked for again: if it changed, that file goes out as a correction.
    """
    locks = [(lock.number, lock.locked_until) for lock in reversed(periods.list_locks())]
    if not locks:
        return []
    made: list[ExportFile] = []
    for schedule in ExportSchedule.objects.filter(is_active=True, period__in=CLOSED).order_by("id"):
        wanted = [
            _days_to(end, schedule.period) for end in revisions.closed_again(schedule, locks, at_most=AT_ONCE_MAX)
        ]
        wanted += closed_periods(after=_done_until(schedule), until=locks[-1][1], period=schedule.period)
        made += _ask(schedule, wanted, now)
    return made


def _days_to(end: date, period: str) -> tuple[date, date]:
    return (end if period == "closed_day" else end.replace(day=1)), end


def _done_until(schedule: ExportSchedule) -> date:
    """Return the last day that needs no file of `schedule`: of its newest file, or what was closed before the schedule was made, or the eve of the first booking."""
    newest = schedule.files.order_by("-period_end").values_list("period_end", flat=True).first()
    if newest is not None:
        return newest
    locks = periods.list_locks()
    earlier = [one.locked_until for one in locks if one.created_at < schedule.created_at]
    if earlier:
        return earlier[0]
    first_day = ledger.first_day()
    if first_day is None:
        # Nothing is booked, so no closed day holds anything.
        return locks[0].locked_until
    # The first closing may reach back years; who makes a schedule wants the month before it and what follows, from the first day that holds anything.
    month_before = (schedule.created_at.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    return max(month_before, first_day) - timedelta(days=1)


def _ask(schedule: ExportSchedule, wanted: Sequence[tuple[date, date]], now: datetime) -> list[ExportFile]:
    """Ask for the files of a schedule in the order of their days, up to the first that is refused; what it was refused for stays with the schedule."""
    made: list[ExportFile] = []
    problem = ""
    stores = None if schedule.stores is None else frozenset(map(UUID, schedule.stores))
    for first, last in wanted:
        filters: Mapping[str, str] = {**schedule.filters, "date_from": str(first), "date_to": str(last)}
        order = ExportOrder(schedule.kind, filters, stores, schedule.shape)
        try:
            with transaction.atomic():
                makers.require_maker(schedule, now=machine_now())
                closing = periods.closed_since(last) if schedule.period in CLOSED else None
                due = Due(schedule, last, closing.number if closing else None)
                made.append(services.request_export(order, now=now, due=due))
        except AppError as error:
            problem = f"{last}: {error.message}"[:300]
            break
    if wanted and problem != schedule.problem:
        schedule.problem = problem
        schedule.save(update_fields=["problem"])
        if problem:
            subject = f"export_schedule:{schedule.id}"
            audit.record("export_schedule.failed", subject=subject, now=now, data={"problem": problem})
    return made
