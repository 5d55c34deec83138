"""A catalogue file for staff: chosen, its columns assigned with a preview, taken in, and what became of it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.products import imports, queries, sheets
from inventory.products.imports import PROBLEMS, Terms
from inventory.products.pages import ColumnField, ImportPage, PastImport, PreviewPage, PreviewRow, UploadPage
from inventory.products.tasks import IMPORT_JOB
from inventory.products.views import PATH
from merchant.core import files, uploads
from merchant.core.clock import business_date, business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.pages.display import count_text
from merchant.core.pages.forms import FormField, choices_of, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Choice, Link, Stat
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView

IMPORT_PATH = f"{PATH}import/"
# What is looked at before a file is taken in: enough to see a wrong column, and an answer at once.
_PREVIEW_ROWS, _SHOWN_ROWS, _PAST_SHOWN = 500, 10, 10
_KEPT, _KEPT_SECONDS_MAX = "products.kept", 86_400
_FIELD_WORDS = {
    "sku": gettext_lazy("SKU"),
    "name": gettext_lazy("Name"),
    "variant": gettext_lazy("Variant"),
    "category": gettext_lazy("Category"),
    "barcodes": gettext_lazy("Barcodes"),
    "tax": gettext_lazy("Tax class"),
    "price": gettext_lazy("Price"),
    "currency": gettext_lazy("Currency"),
    "pieces": gettext_lazy("Pieces to begin with"),
}
_LOOKS = {
    "queued": ("info", "hourglass", gettext_lazy("Waiting")),
    "running": ("info", "refresh-cw", gettext_lazy("Being taken in")),
    "done": ("good", "circle-check", gettext_lazy("Taken in")),
    "refused": ("bad", "octagon-x", gettext_lazy("Refused")),
    "dead": ("bad", "triangle-alert", gettext_lazy("Stopped")),
}


class UploadView(StaffPageView):
    """`/products/import/`."""

    right = "catalog.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show where a file is chosen, and the files before it."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the file and lead to its columns. Nothing is taken in yet; the same bytes twice are kept once."""
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise Invalid(reason=_("choose a file"))
            with uploads.on_disk(upload) as path:
                sheets.look_at(path, rows=1)
                with path.open("rb") as stream:
                    kept = files.keep_pieces(files.pieces(stream))
        except AppError as error:
            return self._show(error)
        token = signing.dumps(
            {"sha256": kept.sha256, "name": (upload.name or "file")[:120], "merchant": str(self.caller.merchant_id)}, salt=_KEPT
        )  # fmt: skip
        return self.lead_to(f"{IMPORT_PATH}columns/?file={token}")

    def _show(self, error: AppError | None = None) -> HttpResponse:
        past = Job.objects.filter(kind=IMPORT_JOB).order_by("-id")[:_PAST_SHOWN]
        page = UploadPage(
            action_url=IMPORT_PATH,
            size_max_text=f"{settings.UPLOAD_BYTES_MAX // 1024 // 1024} MB",
            past=tuple(_past(job) for job in past),
            back=Link(_("Products & prices"), PATH),
            errors=error_lines(error),
        )
        status = error.status if error else 200
        return self.page("inventory/products/upload.html", page, current="products", status=status)


class ColumnsView(StaffPageView):
    """`/products/import/columns/`."""

    right = "catalog.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the columns as they were recognised or chosen, and what the first rows would become."""
        return self._show(request.GET.dict())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the file in with the chosen columns, once; or look again at what they would make of it."""
        told = request.POST.dict()
        if told.get("again"):
            return self._show(told)
        try:
            return self.act_once(request, lambda: self._begin(told))
        except AppError as error:
            return self._show(told, error)

    def _begin(self, told: dict[str, str]) -> str:
        name, sha256, path = self._file(told.get("file", ""))
        sheet = sheets.look_at(path, rows=0)
        columns = _columns_of(told, sheet)
        if "sku" not in columns:
            raise Invalid(reason=_("choose the column of the SKU: articles are known by it"))
        terms = self._terms(told)
        payload = {
            "sha256": sha256, "name": name, "columns": columns, "currency": terms.currency, "tax_class": terms.tax_class,
            "includes_tax": terms.includes_tax, "store_id": str(terms.store_id) if terms.store_id else "",
            "today": terms.today.isoformat(),
        }  # fmt: skip
        job = jobs.enqueue(IMPORT_JOB, dedup_key=f"{IMPORT_JOB}:{uuid4()}", payload=payload)
        return f"{IMPORT_PATH}{job.id}/"

    def _show(self, told: dict[str, str], error: AppError | None = None) -> HttpResponse:
        token = told.get("file", "")
        name, _sha256, path = self._file(token)
        sheet = sheets.look_at(path, rows=_PREVIEW_ROWS)
        columns = _columns_of(told, sheet)
        terms = self._terms(told)
        with transaction.atomic():
            count = imports.stage(islice(sheets.read_rows(path, sheet, columns), _PREVIEW_ROWS), terms=terms)
            judged = imports.list_judged()
            transaction.set_rollback(True)
        refused = [row for row in judged if row["problem"]]
        shown = (refused + [row for row in judged if not row["problem"]])[:_SHOWN_ROWS]
        page = PreviewPage(
            file_name=name,
            token=token,
            key=str(uuid4()),
            columns=_column_fields(sheet, columns),
            rows=tuple(preview_row(row) for row in shown),
            count=count,
            refused=len(refused),
            fields=self._fields(terms),
            back=Link(_("Another file"), IMPORT_PATH),
            errors=error_lines(error),
        )
        status = error.status if error else 200
        return self.page("inventory/products/columns.html", page, current="products", status=status)

    def _file(self, token: str) -> tuple[str, str, Path]:
        """Return name, hash and path of a file that was kept here. The token says which, and is ours."""
        try:
            told = signing.loads(token, salt=_KEPT, max_age=_KEPT_SECONDS_MAX)
        except signing.BadSignature:
            raise Http404 from None
        if told["merchant"] != str(self.caller.merchant_id):
            raise Http404
        return told["name"], told["sha256"], files.path_of(told["sha256"])

    def _terms(self, told: dict[str, str]) -> Terms:
        store = next((place.id for place in places_of(self.caller).stores if str(place.id) == told.get("store")), None)
        taxes = [tax.code for tax in queries.list_tax_classes()]
        wanted = told.get("tax_class", "")
        merchant = self.caller.merchant
        return Terms(
            currency=merchant.base_currency,
            today=business_date(business_now(merchant.id), zone=merchant.zone, cutoff=merchant.day_cutoff),
            tax_class=wanted if wanted in taxes else next(iter(taxes), ""),
            # The first look knows no answer yet; shops' own prices include tax.
            includes_tax=bool(told.get("includes_tax")) if "tax_class" in told else True,
            store_id=store,
        )

    def _fields(self, terms: Terms) -> tuple[FormField, ...]:
        taxes = [(tax.code, tax.name) for tax in queries.list_tax_classes()]
        stores = [
            ("", _("Do not read pieces")),
            *((str(place.id), place.name) for place in places_of(self.caller).stores),
        ]
        chosen = str(terms.store_id) if terms.store_id else ""
        return (
            FormField("tax_class", _("Tax class of rows that name none"), "choice", choices=choices_of(taxes, terms.tax_class)),
            FormField("store", _("The pieces are in"), "choice", choices=choices_of(stores, chosen), hint=_("Only articles that this location does not know yet are given pieces.")),
            FormField("includes_tax", _("Prices include tax"), "tick", text="on" if terms.includes_tax else ""),
        )  # fmt: skip


class ImportView(StaffPageView):
    """`/products/import/<id>/`."""

    right = "catalog.manage"

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        """Show how far the import is, or what became of it; htmx is given the progress alone."""
        page = import_page(find_import(import_id))
        if not self.is_part:
            return self.page("inventory/products/import.html", page, current="products")
        return self.fragment("inventory/products/progress.html", page)


class RefusedRowsView(StaffPageView):
    """`/products/import/<id>/refused.csv`."""

    right = "catalog.manage"

    def get(self, request: HttpRequest, import_id: UUID) -> FileResponse:
        """Return the rows that were refused, each with the reason."""
        kept = find_import(import_id).result.get("refused_sha256")
        if not kept:
            raise NotFound()
        return FileResponse(
            files.path_of(kept).open("rb"),
            as_attachment=True,
            filename="refused.csv",
            content_type="text/csv; charset=utf-8",
        )


def find_import(import_id: UUID) -> Job:
    """Return the import, or raise `NotFound`."""
    job: Job | None = Job.objects.filter(id=import_id, kind=IMPORT_JOB).first()
    if job is None:
        raise NotFound()
    return job


def import_page(job: Job) -> ImportPage:
    """Return an import as its page."""
    tone, icon, word = _LOOKS[job.status]
    result, url = job.result, f"{IMPORT_PATH}{job.id}/"
    figures = (
        (_("New"), "added"),
        (_("Changed"), "changed"),
        (_("As they were"), "unchanged"),
        (_("Refused"), "refused"),
    )
    stats = tuple(
        Stat(label, count_text(result[name], locale=current_locale())) for label, name in figures if name in result
    )
    return ImportPage(
        id=str(job.id), file_name=job.payload["name"], is_running=job.status in ("queued", "running"), tone=tone, icon=icon,
        word=str(word), done=job.progress_done, total=job.progress_total, stats=stats,
        refused=tuple(preview_row(row) for row in result.get("refused_rows", ())), progress_url=url,
        back=Link(_("Products & prices"), PATH), problem=job.last_error if job.status in ("refused", "dead") else "",
        refused_url=f"{url}refused.csv" if result.get("refused_sha256") else "",
    )  # fmt: skip


def preview_row(row: dict[str, Any]) -> PreviewRow:
    """Return a judged row as pages show it."""
    problem = str(PROBLEMS[row["problem"]]) if row["problem"] else ""
    price = f"{row['price']} {row['iso']}" if row["price"] else ""
    return PreviewRow(row["line"], row["sku"] or "", row["name"] or "", price, problem)


def _columns_of(told: dict[str, str], sheet: sheets.Sheet) -> dict[str, int]:
    """Return the chosen columns, or those that were recognised where nobody has chosen. Of two columns with one field the first counts."""
    if not any(name.startswith("column-") for name in told):
        return sheets.guess_columns(sheet.headings)
    chosen: dict[str, int] = {}
    for number in range(len(sheet.headings)):
        field = told.get(f"column-{number}", "")
        if field in sheets.FIELDS:
            chosen.setdefault(field, number)
    return chosen


def _column_fields(sheet: sheets.Sheet, columns: dict[str, int]) -> tuple[ColumnField, ...]:
    field_of = {number: field for field, number in columns.items()}
    return tuple(
        ColumnField(
            number,
            heading or _("column {number}").format(number=number + 1),
            next((row[number] for row in sheet.first_rows if number < len(row) and row[number].strip()), "")[:60],
            (
                Choice(_("Leave out"), "", number not in field_of),
                *(Choice(str(word), field, field_of.get(number) == field) for field, word in _FIELD_WORDS.items()),
            ),
        )
        for number, heading in enumerate(sheet.headings)
    )


def _past(job: Job) -> PastImport:
    numbers = job.result
    words = (
        _("{added} new, {changed} changed, {refused} refused").format(**{name: numbers[name] for name in ("added", "changed", "refused")})
        if "added" in numbers
        else str(_LOOKS[job.status][2])
    )  # fmt: skip
    return PastImport(job.payload["name"], f"{IMPORT_PATH}{job.id}/", job.created_at, words)
