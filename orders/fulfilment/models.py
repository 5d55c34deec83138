"""Fulfilments and returns, append-only."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from orders.order.models import Order

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Fulfilment(MerchantModel):
    """Goods of an order handed over at one moment from one store. `lines` is [[order line id, quantity], …]."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="fulfilments")
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)
    lines = models.JSONField()
    total_minor = models.BigIntegerField()
    business_date = models.DateField()
    fulfilled_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "fulfilment_fulfilment"
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Return(MerchantModel):
    """Goods (or a price reduction) taken back. `lines` is [[order line id, quantity, total minor, tax minor, rate bp], …]."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    lines = models.JSONField()
    total_minor = models.BigIntegerField()
    is_restocked = models.BooleanField()
    reason = models.CharField(max_length=120, default="")
    business_date = models.DateField()
    returned_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "fulfilment_return"
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
