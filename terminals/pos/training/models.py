"""What was practised."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register


class TrainingSale(MerchantModel):
    """
    An order practised at a register in training, whole in one row: lines, tenders, what was given back. Numbered apart from every receipt.

    No other table knows it, and no list, report or export reads it.
    """

    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    number = models.IntegerField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    content = models.JSONField()
    version = models.IntegerField(default=1)
    person = models.CharField(max_length=120)
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "till_training_sale"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "register", "number"], name="training_number_once")
        ]
