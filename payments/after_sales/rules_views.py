"""`/settings/returns/`: what is taken back without a receipt, for all locations or one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from merchant.core.clock import business_now
from merchant.core.pages.rules import Rule, RuleRow
from merchant.core.pages.shell import current_locale
from merchant.merchants.rules_views import LevelRulesView
from payments.after_sales import rules as return_rules
from payments.after_sales.rules import PRICE_DAYS_MAX, Rules
from payments.after_sales.rules_pages import limits_row, read_limits


class ReturnRulesPageView(LevelRulesView):
    """The merchant's rules, or those of one store."""

    path = "/settings/returns/"
    title = _("Return rules")
    action = "return_rules.changed"
    rules = (
        Rule(
            "cash_max_minor",
            _("Most that is given in cash without a receipt"),
            "amount",
            hint=_("Above it the customer gets store credit."),
        ),
        Rule(
            "price_days",
            _("Lowest price is looked for in the last"),
            "number",
            least=1,
            most=PRICE_DAYS_MAX,
            unit=_("days"),
        ),
    )

    def in_force(self, store_id: UUID | None) -> Rules:
        """Return what holds."""
        return return_rules.get_rules(store_id)

    def save(self, store_id: UUID | None, changes: dict[str, Any]) -> None:
        """Change this level's own values."""
        now = business_now(self.caller.merchant_id)
        return_rules.set_rules(store_id=store_id, changes=changes, now=now)

    def rows(self, found: Rules, own: Mapping[str, Any], posted: Mapping[str, str] | None) -> tuple[RuleRow, ...]:
        """Return who takes back how much first."""
        first = limits_row(
            value=found.day_limits,
            own=own["day_limits"],
            source=self.source_name(found.sources["day_limits"]),
            currency=self.currency,
            locale=current_locale(),
            posted=posted,
        )
        return (first, *super().rows(found, own, posted))

    def read(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Return what the form sets."""
        own = self.own_values()["day_limits"]
        limits = read_limits(fields, own=own, currency=self.currency)
        return {"day_limits": limits, **super().read(fields)}
