"""Fulfilments and returns, append-only."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from orders.fulfilment.states import PICKUP
from orders.order.models import Order

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Fulfilment(MerchantModel):
    """Goods of an order handed over at one moment from one store. `lines` is [[order line id, quantity], …]."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="fulfilments")
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
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


class Pickup(MerchantModel):
    """
    Goods of an order that a customer collects in a store: picked, kept ready until a moment, given to whoever has the code.

    `picked` counts pieces by order line. `wrong_codes` and `locked_until` keep guesses out.
    """

    order = models.OneToOneField(Order, models.PROTECT, related_name="pickup")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=PICKUP.choices(), default="waiting")
    code = models.CharField(max_length=12)
    picked = models.JSONField(default=dict)
    wrong_codes = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    collect_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "fulfilment_pickup"
        constraints = [PICKUP.check("pickup_status_known")]
        indexes = [
            models.Index(fields=["merchant_id", "store", "status"], name="pickup_by_store"),
            models.Index(fields=["collect_until"], name="pickup_due", condition=models.Q(status="ready")),
        ]
        triggers = [PICKUP.trigger("pickup_states")]


class Shipment(MerchantModel):
    """A parcel of an order on its way: who carries it, under which number, and the address where its way is shown ("" if there is none). Append-only."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=60)
    number = models.CharField(max_length=60)
    url = models.URLField(max_length=300, default="")
    sent_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "fulfilment_shipment"
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="shipment_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
