"""Import of settlement reports and bank statements: the list with its upload form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from merchant.core import files, uploads
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.jobs.models import Job
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, ListFrame, Pager
from merchant.core.pages.status import REPORT, STATEMENT
from merchant.core.staff_pages import StaffPageView
from merchant.core.telling import count_words
from payments.reconciliation.formats.unpacking import LeftOut
from payments.reconciliation.imports import imported, mapping_views
from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.imports import queries as file_queries
from payments.reconciliation.imports.queries import FilesAsked
from payments.reconciliation.statements import recognising
from payments.reconciliation.statements import services as statement_services
from payments.reconciliation.statements.problems import problem_words
from payments.settlement import live
from payments.settlement import services as settlement_services
from payments.settlement.pages import ImportListPage, UploadForm, UploadResult

_VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("All files"), {}),
    (gettext_lazy("Settlement reports"), {"of": "reports"}),
    (gettext_lazy("Bank statements"), {"of": "bank"}),
)
LOOKS = {**STATEMENT, **REPORT}
_STATES = ("posted", "balanced", "unproven", "waiting", "out_of_balance", "refused", "reading")
_SORTS = {
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
    "difference": gettext_lazy("Largest difference first"),
    "rows": gettext_lazy("Most lines first"),
}
_EMPTY = EmptyState(
    "download",
    gettext_lazy("No files yet"),  # type: ignore[arg-type]
    gettext_lazy("Reports and statements are fetched by themselves; the first one appears here. Or import one above."),  # type: ignore[arg-type]
)
# A month's files of a few processors and banks; more are sent one load after the other.
FILES_AT_ONCE_MAX = 50
# Of a zip, so many files that were left out are named one by one.
_LEFT_OUT_SHOWN = 10
# The files whose account is being asked for are named by us, for a day.
_KEPT = "imports.kept"
_KEPT_SECONDS_MAX = 86_400


class ImportListView(StaffPageView):
    """`/imports/`."""

    right = {"GET": "settlement.read", "POST": "settlement.import"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of files, newest first unless asked otherwise, and the form."""
        return self._list()

    def post(self, request: HttpRequest) -> HttpResponse:
        """
        Take files in, each with a result of its own. One file alone leads to its page, where its progress shows. The same bytes twice are one import, so no
        key is needed.

        A file that is none of ours is not stored; the form says on which line and in which column it stopped being one. One whose account cannot be told
        is kept, and the page asks.
        """
        if kept := request.POST.get("kept"):
            return self._answer([self._receive_kept(kept)])
        uploads_sent = request.FILES.getlist("file")
        if not uploads_sent:
            return self._list(errors=(Invalid(reason=_("choose a file")).message,), status=400)
        if len(uploads_sent) > FILES_AT_ONCE_MAX:
            too_many = Invalid(reason=_("send at most {number} files at once").format(number=FILES_AT_ONCE_MAX))
            return self._list(errors=(too_many.message,), status=400)
        return self._answer([self._receive(upload) for upload in uploads_sent])

    def _answer(self, results: list[UploadResult]) -> HttpResponse:
        [*others, result] = results
        if self.is_part:
            page = ImportListPage(
                ListFrame(bar=Here("/imports/", {}).bar(), pager=Pager(), empty=_EMPTY), (), self._form(results=results)
            )
            return self.fragment("payments/settlement/import_results.html", page)
        if not others and result.action:
            return self.lead_to(result.url)
        if others or result.tone == "warn":
            return self._list(results=results)
        if result.tone == "bad":
            return self._list(errors=(result.text,), results=results if result.action else (), status=422)
        return self.lead_to(result.url)

    def _receive(self, upload: Any) -> UploadResult:
        name = upload.name or "file"
        with uploads.on_disk(upload) as path:
            try:
                account = self.request.POST.get("account", "")
                if account:
                    return self._take(path, account=account, name=name)
                found = recognising.recognise(path)
                if len(found.accounts) == 1:
                    return self._take(path, account=found.accounts[0][0], name=name)
                kept = recognising.keep(path, found)
            except NotFound:
                raise
            except AppError as error:
                return self._refused_result(name, error)
        token = signing.dumps(
            {"sha256": kept.sha256, "name": name, "merchant": str(self.caller.merchant_id)}, salt=_KEPT
        )
        text = _("{kind}. Which account is it of?").format(kind=found.label)
        return UploadResult(name, "warn", text, "circle-question-mark", kept=token, accounts=found.accounts)

    def _receive_kept(self, token: str) -> UploadResult:
        """Take in a file that was kept while its account was asked for. The token says which, and is ours."""
        try:
            told = signing.loads(token, salt=_KEPT, max_age=_KEPT_SECONDS_MAX)
        except signing.BadSignature:
            raise Http404 from None
        if told["merchant"] != str(self.caller.merchant_id):
            raise Http404
        try:
            return self._take(
                files.path_of(told["sha256"]), account=self.request.POST.get("account", ""), name=told["name"]
            )
        except NotFound:
            raise
        except AppError as error:
            return self._refused_result(told["name"], error)

    def _take(self, path: Path, *, account: str, name: str) -> UploadResult:
        """Hand a file to settlement or reconciliation. :raises AppError: if it is refused or the account is none."""
        what, _colon, account_id = account.partition(":")
        try:
            key = UUID(account_id)
        except ValueError:
            raise Invalid(reason=_("choose the account the file belongs to")) from None
        now = business_now(self.caller.merchant_id)
        outcome: Any
        left_out: tuple[LeftOut, ...] = ()
        try:
            if what == "bank":
                outcome = statement_services.receive_statement(path=path, account_id=key, name=name, now=now)
                address, left_out = imported.address_of(outcome.file), outcome.left_out
            else:
                outcome = settlement_services.receive_report(path=path, account_id=key, name=name, now=now)
                address = imported.address_of(outcome.report)
        except (statement_services.StatementRefused, settlement_services.ReportRefused) as refusal:
            waiting = mapping_views.keep_for_columns(
                path=path, name=name, what=what, account_id=key, refusal=refusal, now=now
            )
            if not waiting:
                raise
            text = _("Its columns are not known yet. It waits until you say what they are; nothing was booked.")
            action = Action(_("Assign columns"), waiting, "arrow-right")
            return UploadResult(name, "warn", text, "circle-question-mark", waiting, action=action)
        if left_out:
            return _result_with_rest(name, left_out, outcome.duplicate_of, address)
        if outcome.duplicate_of:
            return UploadResult(name, "info", _known_before(), "copy", f"{address}?repeated=1")
        return UploadResult(name, "good", _("Taken in; it is being read."), "circle-check", address)

    def _refused_result(self, name: str, error: AppError) -> UploadResult:
        """Say why a file was not taken. What can be done about it, such as assigning the columns of an unknown CSV, is the result's `action`."""
        return UploadResult(name, "bad", " ".join((error.message, error.money, error.next_step)).strip(), "octagon-x")

    def _list(
        self, *, errors: tuple[str, ...] = (), results: Sequence[UploadResult] = (), status: int = 200
    ) -> HttpResponse:
        here = Here.of(self.request)
        asked = _asked(here)
        found = file_queries.page_of_files(asked, after=here.one("after"), before=here.one("before"))
        received = file_queries.names_of_receivers([file.id for file in found.rows])
        jobs = Job.objects.in_bulk([file.job_id for file in found.rows if file.status == "reading"])
        accounts = [*recognising.gateway_choices(), *recognising.bank_choices()]
        bar = here.bar(
            here.choice("status", _("State"), [(state, LOOKS[state].word) for state in _STATES]),
            here.choice("account", _("Account"), accounts),
            search_hint=_("file name"),
            views=_VIEWS,
        )
        page = ImportListPage(
            ListFrame(bar=bar, pager=here.pager(found), empty=_EMPTY),
            tuple(
                import_pages.import_row(file, received.get(file.id) or _("schedule"), jobs.get(file.job_id))
                for file in found.rows
            ),
            self._form(errors=errors, results=results) if self.caller.has_right("settlement.import") else None,
            list_url=here.url(),
            sorts=tuple(Link(str(words), here.url(sort=sort)) for sort, words in _SORTS.items()),
            sort_label=str(_SORTS[asked.sort]),
        )
        return self.page(
            "payments/settlement/imports.html", page, current="imports", live_topics=(live.TOPIC,), status=status
        )

    def _form(self, *, errors: tuple[str, ...] = (), results: Sequence[UploadResult] = ()) -> UploadForm:
        return UploadForm(
            action_url="/imports/",
            idempotency_key=str(uuid4()),
            kinds=(),
            size_max_text=imported.size_text(settings.UPLOAD_BYTES_MAX),
            accounts=(*recognising.gateway_choices(), *recognising.bank_choices()),
            errors=errors,
            results=tuple(results),
        )


def _known_before() -> str:
    return _("This file was imported before. Nothing was changed.")


def _result_with_rest(name: str, left_out: Sequence[LeftOut], duplicate_of: Any, address: str) -> UploadResult:
    """Say what became of the statements of a zip, and name what in it is of another account or none."""
    taken = _known_before() if duplicate_of else _("Its statements are taken in and are being read.")
    rest = "; ".join(f"{one.name}: {problem_words(one.reason)}" for one in left_out[:_LEFT_OUT_SHOWN])
    more = len(left_out) - _LEFT_OUT_SHOWN
    if more > 0:
        rest += "; " + ngettext("{number} more", "{number} more", more).format(number=count_words(more))
    text = _("{taken} Left out: {files}").format(taken=taken, files=rest)
    return UploadResult(name, "warn", text, "triangle-alert", address)


def _asked(here: Here) -> FilesAsked:
    """Return what the address asks for. `of=bank` is what links have always said for statements."""
    statuses = tuple(status for status in here.params.get("status", ()) if status in LOOKS)
    return FilesAsked(
        side={"bank": "statement", "reports": "report"}.get(here.one("of"), ""),
        # A file that waits for its turn is one that is being read, to whoever looks for it.
        statuses=(*statuses, "received") if "reading" in statuses else statuses,
        account=here.one("account"),
        text=here.one("q"),
        sort=here.one("sort") if here.one("sort") in _SORTS else "newest",
    )
