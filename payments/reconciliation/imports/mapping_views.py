"""Pages of column mappings: the list, assigning the columns of a file that waits, changing a mapping."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core import files
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages.forms import error_lines
from merchant.core.staff_pages import StaffPageView
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from payments.gateways.models import GatewayAccount
from payments.reconciliation.imports import imported, mapping_pages, mapping_preview, mapping_services
from payments.reconciliation.imports.mapping_pages import MappingListPage, MappingPage, MappingRow, WaitingRow
from payments.reconciliation.models import BankAccount
from payments.settlement import mapping_queries
from payments.settlement import mapping_services as kept
from payments.settlement.formats.mapping import REPORT, STATEMENT, MappingSpec
from payments.settlement.models import ColumnMapping, UnknownFile

# What a reader says of a file that may simply be in columns of its own.
_UNKNOWN = ("not_a_report", "not_a_statement")


def keep_for_columns(*, path: Path, name: str, what: str, account_id: UUID, refusal: AppError, now: datetime) -> str:
    """Keep a refused file that is a table, and return the page on which its columns are assigned; "" if it is none."""
    if refusal.data.get("problem") not in _UNKNOWN:
        return ""
    side = STATEMENT if what == "bank" else REPORT
    file = kept.keep_unknown(path=path, side=side, account_id=account_id, name=name, now=now)
    return f"/imports/unknown/{file.id}/" if file else ""


class MappingListView(StaffPageView):
    """`/imports/mappings/`."""

    right = "settlement.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the latest version of each mapping, and the files that wait for one."""
        names = {account.id: account.name for model in (GatewayAccount, BankAccount) for account in model.objects.all()}
        rows = [
            MappingRow(
                f"/imports/mappings/{mapping.id}/", mapping.name, mapping.side, mapping.version,
                names.get(mapping.account_id, "") if mapping.account_id else "", mapping.created_at, mapping.created_by,
            )
            for mapping in mapping_queries.list_latest()
        ]  # fmt: skip
        waiting = [
            WaitingRow(f"/imports/unknown/{file.id}/", file.name, names.get(file.account_id, ""), file.received_at)
            for file in mapping_queries.list_unknown_files()[:50]
        ]
        page = MappingListPage(tuple(rows), tuple(waiting))
        return self.page("payments/reconciliation/mappings.html", page, current="imports")


class ColumnsView(StaffPageView):
    """A form of columns with its preview. Subclasses say what it begins with and what saving does."""

    right = "settlement.import"

    def show(self, source: UnknownFile | ColumnMapping, *, error: AppError | None = None) -> HttpResponse:
        """Show the form, or the part of it that htmx asks for, as it is filled in."""
        page = self._page(source, error)
        if self.is_part:
            return self.fragment("payments/reconciliation/mapping_form.html", page)
        status = error.status if error else 200
        return self.page("payments/reconciliation/mapping.html", page, current="imports", status=status)

    def answer(self, source: UnknownFile | ColumnMapping) -> HttpResponse:
        """Draw the preview again, or save."""
        if self.is_part or "save" not in self.request.POST:
            return self.show(source)
        try:
            return self.act_once(self.request, lambda: self.save(source))
        except NotFound:
            raise
        except AppError as error:
            return self.show(source, error=error)

    def save(self, source: Any) -> str:
        """Save what was entered and return where to go."""
        raise NotImplementedError

    def entered(self, source: UnknownFile | ColumnMapping) -> dict[str, Any]:
        """Return what saving takes from the form."""
        post = self.request.POST
        document = mapping_pages.entered_document(source.side, post.dict())
        spec, _problem = mapping_pages.loose_spec(document)
        header = mapping_preview.header_of(_path_of(source), spec)
        return {
            "name": post.get("name", ""),
            "document": document,
            "header": header,
            "now": business_now(self.caller.merchant_id),
        }

    def _page(self, source: UnknownFile | ColumnMapping, error: AppError | None) -> MappingPage:
        path, post = _path_of(source), self.request.POST
        if self.request.method == "POST":
            spec, problem = mapping_pages.loose_spec(mapping_pages.entered_document(source.side, post.dict()))
            name, only = post.get("name", ""), bool(post.get("only_this_account"))
        else:
            spec, problem, name, only = *_first_spec(source, path), _first_name(source), source.account_id is not None
        is_file = isinstance(source, UnknownFile)
        return mapping_pages.mapping_page(
            path,
            spec,
            header=tuple(source.header) if isinstance(source, ColumnMapping) else (),
            title=_("Assign columns") if is_file else _("Change the mapping"),
            file_name=source.name if is_file else _("first made with the file shown here"),
            name=name,
            only_this_account=only,
            action_url=self.request.path,
            idempotency_key=("" if error else post.get("idempotency_key", "")) or str(uuid4()),
            button=_("Save and import") if is_file else _("Save as a new version"),
            problem=problem,
            errors=error_lines(error),
        )


class UnknownFileView(ColumnsView):
    """`/imports/unknown/<id>/`."""

    def get(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        """Show the file's first rows as they seem to be meant."""
        return self.show(mapping_queries.get_unknown_file(file_id))

    def post(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        """Draw the preview again, or save the mapping and import the file by it."""
        return self.answer(mapping_queries.get_unknown_file(file_id))

    def save(self, source: UnknownFile) -> str:
        """Save the mapping, take the file in, and lead to its page."""
        only = bool(self.request.POST.get("only_this_account"))
        taken = mapping_services.assign_columns(file=source, only_this_account=only, **self.entered(source))
        return imported.address_of(taken)


class MappingView(ColumnsView):
    """`/imports/mappings/<id>/`."""

    def get(self, request: HttpRequest, mapping_id: UUID) -> HttpResponse:
        """Show the mapping over the file it was made with."""
        return self.show(mapping_queries.get_mapping(mapping_id))

    def post(self, request: HttpRequest, mapping_id: UUID) -> HttpResponse:
        """Draw the preview again, or save a new version."""
        return self.answer(mapping_queries.get_mapping(mapping_id))

    def save(self, source: ColumnMapping) -> str:
        """Save a version; files read by an earlier one keep that."""
        account_id = source.account_id if self.request.POST.get("only_this_account") else None
        taken = self.entered(source)
        header = taken.pop("header") or source.header
        mapping_services.save_mapping(account_id=account_id, sample_sha256=source.sample_sha256, header=header, **taken)
        return "/imports/mappings/"


def _path_of(source: UnknownFile | ColumnMapping) -> Path:
    sha256 = source.sha256 if isinstance(source, UnknownFile) else source.sample_sha256
    path = files.path_of(sha256) if sha256 else Path("/dev/null")
    return path if path.exists() else Path("/dev/null")


def _first_spec(source: UnknownFile | ColumnMapping, path: Path) -> tuple[MappingSpec, str]:
    if isinstance(source, ColumnMapping):
        return MappingSpec.from_json(source.spec), ""
    accounts = BankAccount.objects if source.side == STATEMENT else GatewayAccount.objects
    account: Any = accounts.filter(id=source.account_id).first()
    zone = merchants.get_merchant(current_merchant_id()).zone
    spec = mapping_preview.guess(path, source.side, currency=account.currency if account else "", zone=zone)
    return mapping_pages.loose_spec(spec.as_json())


def _first_name(source: UnknownFile | ColumnMapping) -> str:
    return source.name if isinstance(source, ColumnMapping) else source.name.rpartition(".")[0][:80]
