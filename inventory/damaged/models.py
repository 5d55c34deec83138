"""Damaged goods, and what was decided about them."""

import pgtrigger
from django.db import models
from django.db.models import Q

from inventory.catalog.models import Variant
from inventory.damaged.states import DAMAGED
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store

_DECIDED = ["status", "decision_reason", "decided_by", "decided_by_name", "decided_at"]


class DamagedGoods(MerchantModel):
    """
    So many pieces of one article that came back damaged with one return. They are in nobody's stock: no movement says that they are on the shelf.

    `source` is the return (`return:…`, `loose-return:…`), `origin` its order's number, empty without a receipt. `worth_minor` is what the customer got for them.
    `back` puts them on the shelf with a movement of its own (source `damaged:<id>`); `written_off` moves nothing. Only the decision is ever written, once.
    """

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    quantity = models.IntegerField()
    currency = models.CharField(max_length=3)
    worth_minor = models.BigIntegerField()
    source = models.CharField(max_length=80)
    origin = models.CharField(max_length=20, default="")
    order_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=120)
    brought_by = models.CharField(max_length=60)
    brought_by_name = models.CharField(max_length=120)
    business_date = models.DateField()
    brought_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=DAMAGED.choices(), default="waiting")
    decision_reason = models.CharField(max_length=120, default="")
    decided_by = models.CharField(max_length=60, default="")
    decided_by_name = models.CharField(max_length=120, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "damaged_goods"
        constraints = [
            DAMAGED.check("damaged_status_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="damaged_pieces_positive"),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at=None)
                | (~Q(status="waiting") & ~Q(decision_reason="") & Q(decided_at__isnull=False)),
                name="damaged_decision_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="damaged_newest"),
            models.Index(fields=["merchant_id", "store"], name="damaged_waiting", condition=Q(status="waiting")),
        ]
        triggers = [
            DAMAGED.trigger("damaged_states"),
            pgtrigger.ReadOnly(name="only_decided", exclude=_DECIDED),
            pgtrigger.Protect(
                name="decided_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__status="waiting")
            ),
            pgtrigger.Protect(name="never_gone", operation=pgtrigger.Delete),
        ]
