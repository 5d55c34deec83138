"""`/settings/discounts/`: up to what each role gives a discount alone."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import discount_limits, discount_pages
from merchant.accounts.discount_limits import Limit
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages.forms import error_lines
from merchant.core.pages.parts import Link
from merchant.core.pages.rules import RuleInvalid, RulesPage
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.rules_views import TEMPLATE


class DiscountLimitsPageView(StaffPageView):
    """The limits of the whole merchant."""

    right = {"GET": "store.read", "POST": "store.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what holds and where it comes from."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set the limits of every giver, or take them away. All or none."""
        if not self._may_change():
            raise NotFound()
        try:
            changes = discount_pages.read_form(request.POST.dict(), currency=self.caller.merchant.base_currency)
        except RuleInvalid as error:
            return self._show(error)
        return self.act_once(request, lambda: self._save(changes))

    def _save(self, changes: dict[str, Limit | None]) -> str:
        discount_limits.set_limits(changes=changes, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("Saved. Whoever gives a discount from now on is measured by it."))
        return self.request.path

    def _may_change(self) -> bool:
        return self.caller.has_right("store.manage") and self.caller.stores is None

    def _show(self, error: AppError | None = None) -> HttpResponse:
        merchant = self.caller.merchant
        last = AuditEntry.objects.filter(subject="merchant", action="discount_limits.changed").order_by("-id").first()
        page = RulesPage(
            title=_("Discount limits"),
            note=_(
                "What each takes off alone, all their discounts of an order together. More needs another person's approval. "
                "An amount holds in the currency of each order."
            ),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            rows=discount_pages.rows_of(
                discount_limits.get_limits(),
                merchant=merchant.name,
                currency=merchant.base_currency,
                locale=current_locale(),
                posted=self.request.POST.dict() if error else None,
            ),
            places=(),
            back=Link(_("Settings"), "/settings/"),
            can_change=self._may_change(),
            changed_by=last.actor_name if last else "",
            changed_at=last.at if last else None,
            errors=error_lines(error),
        )
        return self.page(TEMPLATE, page, current="settings", status=error.status if error else 200)
