"""The rules that people set for matching."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class MatchRules(MerchantModel):
    """
    One version of the rules, of one gateway account or (without one) of the merchant. The newest version holds.

    Windows are days after the business day. `rounding_max_minor` is the largest difference that is booked to `rounding_account` by itself, in minor units of the
    difference's own currency. `limits` maps a role to what it decides alone, in minor units of the base currency; null is no limit.
    """

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, null=True, related_name="+")
    version = models.IntegerField()
    card_window_days = models.SmallIntegerField()
    payout_window_days = models.SmallIntegerField()
    rounding_max_minor = models.BigIntegerField()
    rounding_account = models.CharField(max_length=30)
    limits = models.JSONField(default=dict)
    saved_by = models.CharField(max_length=120)
    saved_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "recon_rules"
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "gateway_account", "version"], name="rules_version_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(
                    card_window_days__range=(0, 31), payout_window_days__range=(0, 31), rounding_max_minor__gte=0
                ),
                name="rules_sane",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
