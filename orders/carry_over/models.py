"""Who holds a cart."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from orders.order.models import Order


class CartHold(MerchantModel):
    """
    The one who may change a cart: until `lease_until`, or until somebody else takes it with `code`.

    `epoch` grows with every change of hands; who writes with an older one is refused. Parked, nobody holds it: any till of the store resumes it.
    """

    order = models.OneToOneField(Order, models.PROTECT, related_name="hold")
    holder_key = models.CharField(max_length=80)
    holder_name = models.CharField(max_length=120)
    epoch = models.IntegerField(default=1)
    lease_until = models.DateTimeField()
    code = models.CharField(max_length=12, null=True)
    code_until = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    parked_as = models.CharField(max_length=80, default="", db_default="")

    class Meta(MerchantModel.Meta):
        db_table = "carry_over_hold"
        # Once over all merchants: a phone that scans it knows no merchant.
        constraints = [models.UniqueConstraint(fields=["code"], name="cart_code_once")]
        indexes = [
            models.Index(fields=["merchant_id"], name="hold_parked", condition=models.Q(parked_at__isnull=False))
        ]
