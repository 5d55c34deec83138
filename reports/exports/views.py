"""Exports for staff: ask for a file, see how far it is, take it."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, FilterBar, ListFrame
from merchant.core.staff_pages import StaffPageView
from reports.exports import queries, services
from reports.exports.api import CSV, order_of, require_export, require_same_stores
from reports.exports.formats.registry import FORMATS, format_of
from reports.exports.pages import ExportForm, ExportListPage, ExportRow

_DAYS = {"day_from": "date_from", "day_to": "date_to"}
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
            raise Invalid(reason=_("choose what to export"))
        known = FORMATS[subject].filters
        filters = {
            name: ",".join(fields.getlist(name)) for name in fields if name in known and name not in _FORM_FIELDS
        }
        filters |= {name: fields[day] for day, name in _DAYS.items() if fields.get(day)}
        services.request_export(order_of(self.caller, subject, filters), now=business_now(self.caller.merchant_id))
        return "/exports/"

    def _list(self, request: HttpRequest, error: AppError | None = None) -> HttpResponse:
        here = Here.of(request)
        found = queries.list_exports(after=here.one("after") or None, before=here.one("before") or None)
        empty = EmptyState("upload", _("No exports yet"), _("Ask for a file above; it is made in the background."))
        page = ExportListPage(
            ListFrame(bar=FilterBar(here.path, clear_url=here.path), pager=here.pager(found), empty=empty),
            tuple(_row(row) for row in found.rows),
            export_form(
                self, subject=request.POST.get("subject", "payments"), errors=(error.message,) if error else ()
            ),
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


class ExportRowView(StaffPageView):
    """`/exports/<id>/row/`: one row of the list, asked again while its file is made."""

    right = "export.create"

    def get(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Show the row."""
        context = _row(queries.get_row(export_id))
        return self.fragment("reports/exports/row_alone.html", context)


class ExportFileView(StaffPageView):
    """`/exports/<id>/file/`."""

    right = "export.create"

    def get(self, request: HttpRequest, export_id: UUID) -> FileResponse:
        """Take the file. 404 until it is made, or for who may not see what it holds."""
        export = queries.get_export(export_id)
        require_export(self.caller, format_of(export.kind))
        require_same_stores(self.caller, export.filters["stores"])
        path = services.record_download(export, now=business_now(self.caller.merchant_id))
        answer = FileResponse(path.open("rb"), as_attachment=True, filename=export.name, content_type=CSV)
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "no-store"
        return answer


def export_form(
    view: StaffPageView,
    *,
    subject: str,
    filters: dict[str, str] | None = None,
    days: tuple[str, str] = ("", ""),
    errors: tuple[str, ...] = (),
) -> ExportForm:
    """Return the form that asks for a file, of what the caller may read."""
    filters = filters or {}
    readable = [
        form
        for form in FORMATS.values()
        if view.caller.has_right(form.right) and not (form.needs_all_stores and view.caller.stores is not None)
    ]
    return ExportForm(
        action_url="/exports/",
        idempotency_key=str(uuid4()),
        subjects=tuple((form.kind, form.title) for form in readable),
        formats=(("csv", "CSV"),),
        zone=view.caller.merchant.zone,
        subject=subject,
        filters_text=", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in filters.items()),
        hidden=tuple(filters.items()),
        day_from=days[0],
        day_to=days[1],
        errors=errors,
    )


def _row(row: queries.ExportRow) -> ExportRow:
    days = [row.filters.get(name, "") for name in ("date_from", "date_to")]
    others = ", ".join(
        f"{name.replace('_', ' ')}: {value}"
        for name, value in row.filters.items()
        if value and name not in _DAYS.values()
    )
    period = " – ".join(dict.fromkeys(day for day in days if day))
    total = row.row_count or 0
    return ExportRow(
        id=str(row.id),
        what=FORMATS[row.kind].title if row.kind in FORMATS else row.kind,
        period=", ".join(part for part in (period or _("all days"), others) if part),
        format="CSV",
        asked_at=row.requested_at,
        asked_by=row.actor_name,
        status=row.status,
        size_text=_size(row.size_bytes) if row.size_bytes is not None else "",
        rows_text=_("{number} rows").format(number=total) if row.finished_at else "",
        download_url=f"/exports/{row.id}/file/" if row.is_there else "",
        progress_permille=-1,
        problem=row.problem.splitlines()[0] if row.problem else "",
        refresh_url=f"/exports/{row.id}/row/" if row.status in ("queued", "running") else "",
    )


def _size(size_bytes: int) -> str:
    return f"{size_bytes} B" if size_bytes < 10_000 else f"{size_bytes / 1000:,.0f} kB"
