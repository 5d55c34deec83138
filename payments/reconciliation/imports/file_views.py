"""One imported settlement report or bank statement for staff: what it became, its progress, the file itself, another try."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.jobs import services as job_services
from merchant.core.jobs.models import Job
from merchant.core.pages.parts import Action, Notice
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation import queries
from payments.reconciliation.desk import closing
from payments.reconciliation.desk import queries as desk
from payments.reconciliation.desk.queries import Batch
from payments.reconciliation.imports import imported
from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.imports import queries as file_queries
from payments.reconciliation.imports.pages import FileHistory
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import completing
from payments.reconciliation.statements.raw_files import raw_file
from payments.settlement import live
from payments.settlement import queries as settlement
from payments.settlement.models import ReportFile


class ImportedFileView(StaffPageView):
    """One imported file."""

    right = "settlement.read"
    template = "payments/settlement/import_detail.html"

    def show(self, file: ReportFile | StatementFile) -> HttpResponse:
        """Return the file's page, or its progress alone."""
        is_bank = isinstance(file, StatementFile)
        job = (
            queries.find_statement_job(file)
            if isinstance(file, StatementFile)
            else Job.objects.filter(id=file.job_id).first()
        )
        may_import = self.caller.has_right("settlement.import")
        page = import_pages.import_page(
            file, job, history=_history(file, may_import=may_import), locale=locale_of(self.request.LANGUAGE_CODE),  # type: ignore[attr-defined]
            is_repeat=self.request.GET.get("repeated") == "1",
            bank_lines=file_queries.list_bank_lines(file.id) if is_bank else [],
        )  # fmt: skip
        if isinstance(file, StatementFile):
            page = replace(
                page, actions=(*page.actions, *self._closing_of(file)), notes=(*page.notes, *_closed_notes(file))
            )
        if self.template.endswith("progress.html"):
            response = self.fragment(self.template, page)
            if not page.is_running:
                # What was found stands below the bar, so the whole page is drawn once more.
                response["HX-Refresh"] = "true"
            return response
        return self.page(self.template, page, current="imports", live_topics=(live.TOPIC,))

    def _closing_of(self, file: StatementFile) -> tuple[Action, ...]:
        """Return what leads to the statement's exceptions while some are open, and closes it once nothing is."""
        if file.status not in ("balanced", "unproven") or desk.find_closing(Batch(None, file.id)) is not None:
            return ()
        figures = closing.figures_of(Batch(None, file.id))
        if not closing.is_done(figures):
            return (Action(_("Open exceptions"), "/reconciliation/exceptions/", "shuffle"),) if figures["open"] else ()
        if not self.caller.has_right("reconciliation.close"):
            return ()
        return (Action(_("Close the statement"), f"/reconciliation/close/?statement={file.id}", "lock", "post", "primary", key=str(uuid4())),)  # fmt: skip


def _closed_notes(file: StatementFile) -> tuple[Notice, ...]:
    closed = desk.find_closing(Batch(None, file.id))
    if closed is None:
        return ()
    words = _("Closed by {who}.").format(who=closed.closed_by)
    return (Notice("info", words, _("Nothing of it is undone any more."), "lock"),)


def _history(file: ReportFile | StatementFile, *, may_import: bool) -> FileHistory:
    if isinstance(file, StatementFile):
        return FileHistory(may_import=may_import, retry_key=str(uuid4()))
    return FileHistory(
        changes=settlement.list_changes(file.id) if file.rows_changed else (),
        changed_by=settlement.list_changed_by(file.id),
        booked=file_queries.sum_booked(file) if file.status == "posted" else (),
        may_import=may_import,
        retry_key=str(uuid4()),
    )


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


class ImportedFileActView(StaffPageView):
    """What is done with one imported file."""

    right = "settlement.import"

    def raw(self, file: ReportFile | StatementFile) -> FileResponse:
        """Return the file as it came (card numbers masked), and write down who took it."""
        return raw_file(file, now=business_now(self.caller.merchant_id))

    def retry(self, file: ReportFile | StatementFile) -> HttpResponse:
        """Put an import that was given up in the queue again; it goes on where it stood."""
        return self.act_once(self.request, lambda: self._retried(file))

    def _retried(self, file: ReportFile | StatementFile) -> str:
        job_services.retry(Job.objects.get(id=file.job_id))
        return imported.address_of(file)


class ReportRawView(ImportedFileActView):
    """`/imports/<id>/file/`."""

    def get(self, request: HttpRequest, report_id: UUID) -> FileResponse:
        """Take the report's file."""
        return self.raw(settlement.get_report(report_id))


class ReportRetryView(ImportedFileActView):
    """`/imports/<id>/retry/`."""

    def post(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Try the import again."""
        return self.retry(settlement.get_report(report_id))


class StatementRawView(ImportedFileActView):
    """`/imports/statements/<id>/file/`."""

    def get(self, request: HttpRequest, statement_id: UUID) -> FileResponse:
        """Take the statement's file."""
        return self.raw(queries.get_statement(statement_id))


class StatementRetryView(ImportedFileActView):
    """`/imports/statements/<id>/retry/`."""

    def post(self, request: HttpRequest, statement_id: UUID) -> HttpResponse:
        """Try the import again."""
        return self.retry(queries.get_statement(statement_id))


class StatementCompleteView(ImportedFileActView):
    """`/imports/statements/<id>/complete/`."""

    def post(self, request: HttpRequest, statement_id: UUID) -> HttpResponse:
        """Ask that the pages that came are taken as the whole statement."""
        file = queries.get_statement(statement_id)
        return self.act_once(request, lambda: self._completed(file))

    def _completed(self, file: StatementFile) -> str:
        completing.request_completion(statement_id=file.id)
        return imported.address_of(file)
