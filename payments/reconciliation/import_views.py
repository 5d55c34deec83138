"""Import of settlement reports and bank statements: the list with its upload form, one file, its progress."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core import uploads
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.jobs.models import Job
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, ListFrame
from merchant.core.pages.shell import locale_of
from merchant.core.pages.status import REPORT as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.gateways.models import GatewayAccount
from payments.reconciliation import file_queries, import_pages, queries, services
from payments.reconciliation.models import StatementFile
from payments.settlement import queries as settlement
from payments.settlement import services as settlement_services
from payments.settlement.models import ReportFile
from payments.settlement.pages import ImportListPage, UploadForm

_VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("Settlement reports"), {}),
    (gettext_lazy("Bank statements"), {"of": "bank"}),
)


class ImportListView(StaffPageView):
    """`/imports/`."""

    right = {"GET": "settlement.read", "POST": "settlement.import"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of files, newest first, and the form."""
        return self._list()

    def post(self, request: HttpRequest) -> HttpResponse:
        """
        Take a file in and lead to its page, where its progress shows. The same bytes twice are one import, so no key is needed.

        A file that is none of ours is not stored; the form says on which line and in which column it stopped being one.
        """
        try:
            return self.lead_to(self._receive(request))
        except NotFound:
            raise
        except AppError as error:
            return self._list(error)

    def _receive(self, request: HttpRequest) -> str:
        upload = request.FILES.get("file")
        if upload is None:
            raise Invalid(reason=_("choose a file"))
        what, _colon, account_id = request.POST.get("account", "").partition(":")
        try:
            key = UUID(account_id)
        except ValueError:
            raise Invalid(reason=_("choose the account the file belongs to")) from None
        now, name = business_now(self.caller.merchant_id), upload.name or "file"
        with uploads.on_disk(upload) as path:
            outcome: Any
            if what == "bank":
                outcome = services.receive_statement(path=path, account_id=key, name=name, now=now)
                address = import_pages.address_of(outcome.file)
            else:
                outcome = settlement_services.receive_report(path=path, account_id=key, name=name, now=now)
                address = import_pages.address_of(outcome.report)
        return f"{address}?repeated=1" if outcome.duplicate_of else address

    def _list(self, error: AppError | None = None) -> HttpResponse:
        here = Here.of(self.request)
        files: Any = queries.list_statements() if here.one("of") == "bank" else settlement.list_reports()
        if statuses := here.params.get("status"):
            files = files.filter(status__in=statuses)
        if text := here.one("q"):
            files = files.filter(name__icontains=text)
        found = paged(files, after=here.one("after") or None, before=here.one("before") or None)
        received = file_queries.names_of_receivers([file.id for file in found.rows])
        empty = EmptyState(
            "download",
            _("No files yet"),
            _("Reports and statements are fetched by themselves; the first one appears here. Or import one above."),
        )
        bar = here.bar(
            here.choice(
                "status",
                _("State"),
                [(state, LOOKS[state].word) for state in ("posted", "balanced", "out_of_balance", "reading")],
            ),
            search_hint=_("file name"),
            views=_VIEWS,
        )
        page = ImportListPage(
            ListFrame(bar=bar, pager=here.pager(found), empty=empty),
            tuple(import_pages.import_row(file, received.get(file.id) or _("schedule")) for file in found.rows),
            self._upload_form(error) if self.caller.has_right("settlement.import") else None,
        )
        return self.page(
            "payments/settlement/imports.html", page, current="imports", status=error.status if error else 200
        )

    def _upload_form(self, error: AppError | None) -> UploadForm:
        accounts = GatewayAccount.objects.filter(is_active=True).exclude(gateway="manual").order_by("name")
        choices = [(f"gateway:{account.id}", f"{account.name} ({account.currency})") for account in accounts]
        choices += [
            (f"bank:{account.id}", f"{account.name} …{account.hint} ({account.currency})")
            for account in queries.list_bank_accounts()
        ]
        return UploadForm(
            action_url="/imports/",
            idempotency_key=str(uuid4()),
            kinds=(),
            size_max_text=import_pages.size_text(settings.UPLOAD_BYTES_MAX),
            accounts=tuple(choices),
            errors=(f"{error.message} {error.money}",) if error else (),
        )


class ImportedFileView(StaffPageView):
    """One imported file."""

    right = "settlement.read"
    template = "payments/settlement/import_detail.html"

    def show(self, file: ReportFile | StatementFile) -> HttpResponse:
        """Return the file's page, or its progress alone."""
        job = Job.objects.filter(id=file.job_id).first()
        is_bank = isinstance(file, StatementFile)
        page = import_pages.import_page(
            file, job, locale=locale_of(self.request.LANGUAGE_CODE),  # type: ignore[attr-defined]
            back="/imports/?of=bank" if is_bank else "/imports/", is_repeat=self.request.GET.get("repeated") == "1",
            bank_lines=file_queries.list_bank_lines(file.id) if is_bank else [],
        )  # fmt: skip
        if self.template.endswith("progress.html"):
            response = self.fragment(self.template, page)
            if not page.is_running:
                # What was found stands below the bar, so the whole page is drawn once more.
                response["HX-Refresh"] = "true"
            return response
        return self.page(self.template, page, current="imports")


class ReportFileView(ImportedFileView):
    """`/imports/<id>/`."""

    def get(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Show a settlement report."""
        return self.show(settlement.get_report(report_id))


class ReportProgressView(ReportFileView):
    """`/imports/<id>/progress/`."""

    template = "payments/settlement/progress.html"


class StatementFileView(ImportedFileView):
    """`/imports/statements/<id>/`."""

    def get(self, request: HttpRequest, statement_id: UUID) -> HttpResponse:
        """Show a bank statement."""
        return self.show(queries.get_statement(statement_id))


class StatementProgressView(StatementFileView):
    """`/imports/statements/<id>/progress/`."""

    template = "payments/settlement/progress.html"
