"""`/settings/offline/`: what tills may take while they are offline, for all locations or one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from merchant.core.clock import business_now
from merchant.core.pages.rules import Rule
from merchant.merchants.rules_views import LevelRulesView
from terminals.pos import offline_rules
from terminals.pos.offline_rules import AGE_MINUTES_MAX, SALES_MAX, Limits


class OfflineRulesPageView(LevelRulesView):
    """The merchant's rules, or those of one store."""

    path = "/settings/offline/"
    title = _("Offline rules")
    action = "offline_rules.changed"
    rules = (
        Rule("is_allowed", _("Tills may sell offline"), "switch", hint=_("What is taken offline is your own risk.")),
        Rule("sale_cash_max_minor", _("Cash in one sale"), "amount"),
        Rule("sale_gift_card_max_minor", _("Gift cards in one sale"), "amount"),
        Rule("device_cash_max_minor", _("Cash on one tablet"), "amount"),
        Rule("device_gift_card_max_minor", _("Gift cards on one tablet"), "amount"),
        Rule("device_sales_max", _("Sales on one tablet"), "number", most=SALES_MAX),
        Rule(
            "age_minutes_max",
            _("Oldest sale that lands by itself"),
            "number",
            most=AGE_MINUTES_MAX,
            unit=_("minutes"),
            hint=_("A day has 1,440 minutes."),
        ),
    )

    def in_force(self, store_id: UUID | None) -> Limits:
        """Return what holds."""
        return offline_rules.get_limits(store_id)

    def save(self, store_id: UUID | None, changes: dict[str, Any]) -> None:
        """Change this level's own values."""
        now = business_now(self.caller.merchant_id)
        offline_rules.set_rules(store_id=store_id, changes=changes, now=now)
