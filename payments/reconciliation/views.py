"""The reconciliation workbench: work through what does not agree."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.lists import Here
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation import bench, queries, services
from payments.reconciliation.models import Deviation

_RESOLUTIONS = ("note", "write_off")


class WorkbenchView(StaffPageView):
    """`/reconciliation/`."""

    right = "reconciliation.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a batch, its exceptions and the one to resolve."""
        page = bench.build_bench(Here.of(request), caller=self.caller)
        return self.page(
            "payments/reconciliation/workbench.html",
            page,
            current="reconciliation",
            live_topics=(merchant_topic("reconciliation"),),
        )


class RunView(StaffPageView):
    """`/reconciliation/run/`."""

    right = "reconciliation.resolve"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put a run in the queue now instead of at its hour."""
        return self.act_once(request, self._run)

    def _run(self) -> str:
        services.request_run(key=f"page:{self.request.POST['idempotency_key']}")
        messages.info(self.request, _("Matching has begun. What it finds appears here within seconds."))
        return "/reconciliation/"


class ExceptionView(StaffPageView):
    """`/reconciliation/exceptions/<id>/`: one exception, and its resolution."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.resolve"}

    def get(self, request: HttpRequest, exception_id: UUID) -> HttpResponse:
        """Show the exception."""
        return self._show(queries.get_exception(exception_id))

    def post(self, request: HttpRequest, exception_id: UUID) -> HttpResponse:
        """Resolve it once and lead to the next."""
        found = queries.get_exception(exception_id)
        try:
            return self.act_once(request, lambda: self._resolve(found))
        except NotFound:
            raise
        except AppError as error:
            return self._show(queries.get_exception(exception_id), error)

    def _resolve(self, found: Deviation) -> str:
        fields = self.request.POST
        way, note = fields.get("resolution", ""), fields.get("note", "").strip()
        if way not in _RESOLUTIONS:
            raise Invalid(reason=_("choose how to resolve it"))
        if fields.get("version") != f"{found.status}:{found.amount_minor}":
            raise services.ExceptionNotOpen(state=_("changed meanwhile"))
        services.resolve_exception(
            exception_id=found.id,
            note=note or way.replace("_", " "),
            writes_off=way == "write_off",
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("{reference} is resolved.").format(reference=found.reference))
        return bench.next_open(fields.get("batch", ""), found.id)

    def _show(self, found: Deviation, error: AppError | None = None) -> HttpResponse:
        page = bench.exception_page(found, caller=self.caller, errors=(error.message,) if error else ())
        return self.page(
            "payments/reconciliation/exception.html",
            page,
            current="reconciliation",
            status=error.status if error else 200,
        )
