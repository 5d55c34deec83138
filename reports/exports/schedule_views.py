"""`/exports/schedules/`: files that are made by the calendar, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from reports.exports import schedules
from reports.exports.accounting_views import detail_words, layout_words
from reports.exports.api import order_of
from reports.exports.formats.base import ExportFormat
from reports.exports.formats.books import BookFormat
from reports.exports.formats.journal_csv import JOURNAL_CSV
from reports.exports.formats.registry import BOOK_FORMATS, FORMATS
from reports.exports.models import ExportSchedule
from reports.exports.schedules import Wish
from reports.exports.words import problem_words

PATH = "/exports/schedules/"


def period_words() -> list[tuple[str, str]]:
    """Return the periods, as (value, words)."""
    return [
        ("day", _("every day")),
        ("week", _("every week, on Monday")),
        ("month", _("every month, on the 1st")),
        ("closed_day", _("every closed day, once it is closed")),
        ("closed_month", _("every closed month, once it is closed")),
    ]


def delivery_words() -> list[tuple[str, str]]:
    """Return where files can go, as (value, words)."""
    return [
        ("keep", _("kept here")),
        ("mail", _("by mail")),
        ("folder", _("into the drop folder")),
        ("webhook", _("told by webhook")),
    ]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One schedule in words. `stop_key` travels with its press, "" where there is none."""

    id: str
    name: str
    what: str
    shape: str
    period: str
    goes: str
    made_by: str
    created_at: datetime
    is_active: bool
    stop_key: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """All schedules, newest first."""

    list: ListFrame
    rows: tuple[ScheduleRow, ...]


class ScheduleListView(StaffPageView):
    """`/exports/schedules/`."""

    right = "export.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of schedules."""
        here = Here.of(request)
        found = paged(ExportSchedule.objects.all(), after=here.one("after") or None, before=here.one("before") or None)
        empty = EmptyState(
            "repeat",
            _("No schedules yet"),
            _("A schedule makes the file of every day, week or month by itself."),
        )
        frame = ListFrame(
            title=_("Scheduled exports"),
            bar=here.bar(),
            pager=here.pager(found),
            empty=empty,
            actions=(Action(_("New schedule"), f"{PATH}new/", "plus", tone="primary"),),
        )
        page = SchedulePage(frame, tuple(_row(schedule) for schedule in found.rows))
        return self.page("reports/exports/schedules.html", page, current="exports")


class NewScheduleView(StaffPageView):
    """`/exports/schedules/new/`."""

    right = "export.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the schedule, once."""
        try:
            return self.act_once(request, self._create)
        except NotFound:
            raise
        except AppError as error:
            return self._form(error)

    def _create(self) -> str:
        entered = self.request.POST
        kind = entered.get("kind", "")
        options = {name: entered[name] for name in _options_of(kind) if entered.get(name)}
        order = order_of(
            self.caller, kind, options, shape="csv" if kind in BOOK_FORMATS else entered.get("shape", "csv")
        )
        delivery = entered.get("delivery", "")
        recipient = entered.get("recipient", "") if delivery == "mail" else ""
        wish = Wish(entered.get("name", ""), order, entered.get("period", ""), delivery, recipient)
        made = schedules.create_schedule(wish, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("{name} is scheduled.").format(name=made.name))
        return PATH

    def _form(self, error: AppError | None = None) -> HttpResponse:
        forms: list[ExportFormat | BookFormat] = [*FORMATS.values(), *BOOK_FORMATS.values()]
        kinds = [
            (form.kind, str(form.title))
            for form in forms
            if {"date_from", "date_to"} <= set(form.filters)
            and self.caller.has_right(form.right)
            and not (form.needs_all_stores and self.caller.stores is not None)
        ]
        fields = answered(schedule_fields(kinds), self.request.POST, error)
        page = FormPage(
            title=_("New schedule"),
            back=Link(_("Scheduled exports"), PATH),
            action_url=f"{PATH}new/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Schedule"),
            notice=_(
                "Each file holds the period that ended the day before, and is made at 05:30 local time; of closed periods as soon as they are closed."
            ),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="exports", status=error.status if error else 200)


class StopScheduleView(StaffPageView):
    """`/exports/schedules/<id>/stop/`."""

    right = "export.create"

    def post(self, request: HttpRequest, schedule_id: UUID) -> HttpResponse:
        """Stop it, once. Its files stay."""
        schedule = schedules.get_schedule(schedule_id)
        return self.act_once(request, lambda: self._stop(schedule.id))

    def _stop(self, schedule_id: UUID) -> str:
        schedules.stop_schedule(schedule_id=schedule_id, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("The schedule is stopped. Its files stay."))
        return PATH


def schedule_fields(kinds: Sequence[tuple[str, str]]) -> tuple[FormField, ...]:
    """Return what is asked of a schedule of one of `kinds`, as (value, words); some only of some lists and ways of delivery."""
    return (
        FormField("name", _("Name"), is_required=True, length_max=80),
        FormField("kind", _("What"), "choice", choices=choices_of(kinds)),
        FormField("shape", _("Format"), "choice", choices=choices_of([("csv", "CSV"), ("xlsx", "Excel")]), hint=_("journal files have their own"), only_for=f"kind={' '.join(FORMATS)}"),
        FormField("detail", _("Vouchers"), "choice", choices=choices_of(detail_words()), hint=_("only for journal files"), only_for=f"kind={' '.join(BOOK_FORMATS)}"),
        FormField("layout", _("Columns"), "choice", choices=choices_of(layout_words()), hint=_("only for journals as CSV"), only_for=f"kind={JOURNAL_CSV.kind}"),
        FormField("period", _("When"), "choice", choices=choices_of(period_words())),
        FormField("delivery", _("Where it goes"), "choice", choices=choices_of(delivery_words())),
        FormField("recipient", _("Mail address"), hint=_("only for mail"), length_max=200, only_for="delivery=mail"),
    )  # fmt: skip


def _options_of(kind: str) -> tuple[str, ...]:
    """What is read besides the list, by its kind: only journal files have vouchers, only those as CSV have columns."""
    if kind not in BOOK_FORMATS:
        return ()
    return ("detail", "layout") if kind == JOURNAL_CSV.kind else ("detail",)


def _row(schedule: ExportSchedule) -> ScheduleRow:
    goes = dict(delivery_words())[schedule.delivery]
    return ScheduleRow(
        id=str(schedule.id),
        name=schedule.name,
        what=_what(schedule),
        shape={"csv": "CSV", "xlsx": "Excel"}[schedule.shape],
        period=dict(period_words())[schedule.period],
        goes=f"{goes}, {schedule.recipient}" if schedule.recipient else goes,
        made_by=schedule.actor_name,
        created_at=schedule.created_at,
        is_active=schedule.is_active,
        stop_key=str(uuid4()) if schedule.is_active else "",
        problem=problem_words(schedule.problem),
    )


def _what(schedule: ExportSchedule) -> str:
    known = FORMATS.get(schedule.kind) or BOOK_FORMATS.get(schedule.kind)
    words = [str(known.title) if known else schedule.kind]
    words += [str(dict(layout_words()).get(schedule.filters["layout"], ""))] if "layout" in schedule.filters else []
    return ", ".join(words)
