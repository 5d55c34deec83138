"""How an order is shared, and which payment is for whose part."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from orders.order.models import Order
from payments.records.models import Payment

MODES = ["amount", "item", "person"]


class Split(MerchantModel):
    """What was open of an order when it was shared, and how. A new split ends the one before; `ended_at` null is the one that holds."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    mode = models.CharField(max_length=6, choices=[(mode, mode) for mode in MODES])
    base_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "till_split"
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(ended_at__isnull=True), name="split_one_of_an_order"
            ),
            models.CheckConstraint(condition=models.Q(base_minor__gt=0), name="split_of_something"),
        ]


class SplitPart(MerchantModel):
    """One person's share of a split. `items` are pairs of order line and pieces, where the split is by item."""

    split = models.ForeignKey(Split, models.PROTECT, related_name="parts", db_index=False)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=60)
    share_minor = models.BigIntegerField()
    items = models.JSONField(default=list)

    class Meta(MerchantModel.Meta):
        db_table = "till_split_part"
        constraints = [
            models.UniqueConstraint(fields=["split", "position"], name="split_part_position"),
            models.CheckConstraint(condition=models.Q(share_minor__gt=0), name="split_part_of_something"),
        ]


class PartPayment(MerchantModel):
    """A payment that is for one part."""

    part = models.ForeignKey(SplitPart, models.PROTECT, related_name="payments")
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="+")

    class Meta(MerchantModel.Meta):
        db_table = "till_split_payment"
