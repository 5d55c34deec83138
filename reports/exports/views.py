"""Exports for staff: ask for a file, see how far it is, take it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.pages.forms import FormField, answered, choices_of, error_lines, sentence_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, FilterBar, ListFrame
from merchant.core.staff_pages import StaffPageView
from reports.exports import queries, services
from reports.exports.api import file_answer, order_of
from reports.exports.formats.registry import BOOK_FORMATS, FORMATS
from reports.exports.pages import ExportForm, ExportListPage, ExportRow
from reports.exports.words import days_words, filters_words, rows_words

_DAYS = {"day_from": "date_from", "day_to": "date_to"}
# What a journal file has unless somebody chose otherwise goes without saying.
_PLAIN = {("detail", "journals"), ("layout", "full")}
_FORM_FIELDS = frozenset({"csrfmiddlewaretoken", "idempotency_key", "subject", "format", "format_", *_DAYS})


class ExportListView(StaffPageView):
    """`/exports/`."""

    right = "export.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the files, newest first, and the form for a new one."""
        return self._list(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, once. A job makes it; the list shows how far it is."""
        try:
            return self.act_once(request, self._ask)
        except NotFound:
            raise
        except AppError as error:
            return self._list(request, error)

    def _ask(self) -> str:
        fields = self.request.POST
        subject = fields.get("subject", "")
        if subject not in FORMATS:
            raise Invalid(reason=_("choose what to export"), field="subject")
        filters = self._filters(subject) | {name: fields[day] for day, name in _DAYS.items() if fields.get(day)}
        order = order_of(self.caller, subject, filters, shape=fields.get("format", "csv"))
        services.request_export(order, now=business_now(self.caller.merchant_id))
        return "/exports/"

    def _filters(self, subject: str) -> dict[str, str]:
        """What the list was filtered by that the form was opened from."""
        known, fields = FORMATS[subject].filters if subject in FORMATS else (), self.request.POST
        return {name: ",".join(fields.getlist(name)) for name in fields if name in known and name not in _FORM_FIELDS}

    def _list(self, request: HttpRequest, error: AppError | None = None) -> HttpResponse:
        subject = request.POST.get("subject", "payments")
        here = Here.of(request)
        found = queries.list_exports(after=here.one("after") or None, before=here.one("before") or None)
        empty = EmptyState("upload", _("No exports yet"), _("Ask for a file above; it is made in the background."))
        page = ExportListPage(
            ListFrame(
                bar=FilterBar(here.path, clear_url=here.path),
                pager=here.pager(found),
                empty=empty,
                actions=(Action(_("Schedules"), "/exports/schedules/", "repeat"),),
            ),
            tuple(export_row(row) for row in found.rows),
            export_form(self, subject=subject, filters=self._filters(subject), error=error),
        )
        return self.page("reports/exports/list.html", page, current="exports", status=error.status if error else 200)


class NewExportView(StaffPageView):
    """`/exports/new/`: the form with the filters of the list it was opened from, as a dialog."""

    right = "export.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        here = Here.of(request)
        subject = here.one("subject")
        known = FORMATS[subject].filters if subject in FORMATS else ()
        filters = {name: value for name, value in here.joined(known).items() if name not in _DAYS.values()}
        form = export_form(self, subject=subject, filters=filters, days=(here.one("date_from"), here.one("date_to")))
        if self.is_part:
            return self.fragment("reports/exports/dialog.html", form)
        return self.page("reports/exports/new.html", form, current="exports")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the form for the rows that are ticked in a list. Nothing is stored by it."""
        subject, ids = request.GET.get("subject", ""), request.POST.getlist("selected")
        filters = {"ids": ",".join(ids)} if ids and "ids" in getattr(FORMATS.get(subject), "filters", ()) else {}
        return self.page(
            "reports/exports/new.html", export_form(self, subject=subject, filters=filters), current="exports"
        )


class ExportRowView(StaffPageView):
    """`/exports/<id>/row/`: one row of the list, asked again while its file is made."""

    right = "export.create"

    def get(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Show the row."""
        context = export_row(queries.get_row(export_id))
        return self.fragment("reports/exports/row_alone.html", context)


class ExportFileView(StaffPageView):
    """`/exports/<id>/file/`."""

    right = "export.create"

    def get(self, request: HttpRequest, export_id: UUID) -> FileResponse:
        """Take the file. 404 until it is made, or for who may not see what it holds."""
        return file_answer(self.caller, export_id)


def export_form(
    view: StaffPageView,
    *,
    subject: str,
    filters: dict[str, str] | None = None,
    days: tuple[str, str] = ("", ""),
    error: AppError | None = None,
) -> ExportForm:
    """Return the form that asks for a file, of what the caller may read; one that was refused for `error` as it was filled in."""
    filters = filters or {}
    fields = _marked(_fields(view, subject, days), view.request, error)
    return ExportForm(
        action_url="/exports/",
        idempotency_key=str(uuid4()),
        fields=fields,
        zone=view.caller.merchant.zone,
        filters_text=filters_words(filters, kind=subject),
        hidden=tuple(filters.items()),
        errors=error_lines(error, fields),
    )


def _fields(view: StaffPageView, subject: str, days: tuple[str, str]) -> tuple[FormField, ...]:
    readable = [
        form
        for form in FORMATS.values()
        if view.caller.has_right(form.right) and not (form.needs_all_stores and view.caller.stores is not None)
    ]
    subjects = [(form.kind, str(form.title)) for form in readable]
    return (
        FormField("subject", _("What"), "choice", choices=choices_of(subjects, subject)),
        FormField("format", _("Format"), "choice", choices=choices_of([("csv", "CSV"), ("xlsx", "Excel")])),
        FormField("day_from", _("From"), "date", text=days[0]),
        FormField("day_to", _("To, inclusive"), "date", text=days[1]),
    )


def _marked(fields: tuple[FormField, ...], request: HttpRequest, error: AppError | None) -> tuple[FormField, ...]:
    """The fields with what is wrong: a filter that was refused is a day of the form, or came along from the list."""
    wrong = {name: day for day, name in _DAYS.items()}.get(str(error.data.get("name")), "") if error else ""
    return tuple(
        replace(field, error=sentence_of(error)) if error and field.name == wrong else field
        for field in answered(fields, request.POST, error)
    )


def _revision_words(revision: int) -> str:
    return _("revision {number}").format(number=revision) if revision > 1 else ""


def export_row(row: queries.ExportRow) -> ExportRow:
    """Return a file as a row of a page."""
    others = {
        name: value
        for name, value in row.filters.items()
        if value and name not in _DAYS.values() and (name, value) not in _PLAIN
    }
    period = days_words(row.filters.get("date_from", ""), row.filters.get("date_to", ""))
    return ExportRow(
        id=str(row.id),
        what=_what(row.kind),
        period=", ".join(
            part
            for part in (period or _("all days"), filters_words(others, kind=row.kind), _revision_words(row.revision))
            if part
        ),
        format=_format_words(row),
        asked_at=row.requested_at,
        asked_by=row.actor_name,
        status=row.status,
        size_text=_size(row.size_bytes) if row.size_bytes is not None else "",
        rows_text=rows_words(row.row_count or 0) if row.finished_at else "",
        download_url=f"/exports/{row.id}/file/" if row.is_there else "",
        progress_permille=-1,
        problem=row.problem.splitlines()[0] if row.problem else "",
        detail_url=f"/accounting/files/{row.id}/" if row.kind in BOOK_FORMATS and row.finished_at else "",
        refresh_url=f"/exports/{row.id}/row/" if row.status in ("queued", "running") else "",
    )


def _what(kind: str) -> str:
    if kind in BOOK_FORMATS:
        return _("Journal")
    return str(FORMATS[kind].title) if kind in FORMATS else kind


def _format_words(row: queries.ExportRow) -> str:
    if row.kind in BOOK_FORMATS:
        return str(BOOK_FORMATS[row.kind].title)
    return "Excel" if row.shape == "xlsx" else "CSV"


def _size(size_bytes: int) -> str:
    return f"{size_bytes} B" if size_bytes < 10_000 else f"{size_bytes / 1000:,.0f} kB"
