"""Goods that came back without a receipt, and the rules for that."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register, Store

# What is given for goods that come back.
PAYOUTS = ["cash", "store_credit", "exchange"]


class ReturnRules(MerchantModel):
    """
    What a merchant, or one of its stores, lets happen without a receipt. A null is inherited: from the merchant's row, then from `rules.DEFAULTS`.

    `day_limits` maps a role (`register` for a tablet, `api_key` for a key) to minor units that one such caller takes back in a day without a second person; null in
    it is no limit. Above `cash_max_minor` the customer gets store credit. `price_days` is how far back the lowest price is looked for.
    """

    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    day_limits = models.JSONField(null=True)
    cash_max_minor = models.BigIntegerField(null=True)
    price_days = models.SmallIntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "after_sales_return_rules"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "store"], nulls_distinct=False, name="return_rules_once"),
            models.CheckConstraint(
                condition=models.Q(cash_max_minor__isnull=True) | models.Q(cash_max_minor__gte=0),
                name="return_cash_not_negative",
            ),
        ]


class LooseReturn(MerchantModel):
    """
    Goods that came back without a receipt: their prices, taxes and place, and what was given for them. Never changed.

    `lines` is [{variant_id, sku, name, quantity, unit_price_minor, total_minor, tax_minor, rate_basis_points, price_rule, goods_to}, …]. `rounding_minor` is what the
    drawer gave beyond `total_minor`, negative less, because there are no smaller coins.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    lines = models.JSONField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    rounding_minor = models.BigIntegerField(default=0, db_default=0)
    payout = models.CharField(max_length=12, choices=[(payout, payout) for payout in PAYOUTS])
    voucher_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    approval_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=120)
    actor_key = models.CharField(max_length=60)
    actor_name = models.CharField(max_length=120)
    business_date = models.DateField()
    returned_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "after_sales_loose_return"
        constraints = [models.CheckConstraint(condition=models.Q(total_minor__gt=0), name="loose_return_of_something")]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="loose_return_newest"),
            models.Index(fields=["merchant_id", "actor_key", "business_date"], name="loose_return_by_day"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
