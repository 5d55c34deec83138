"""The reconciliation workbench: work through what does not agree."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.pages.lists import Here
from merchant.core.staff_pages import StaffPageView
from payments.reconciliation import services
from payments.reconciliation.workbench import bench


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
            live_topics=bench.LIVE_TOPICS,
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
