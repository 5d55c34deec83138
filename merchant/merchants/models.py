"""Merchants, stores and registers."""

from datetime import time

from django.db import models

from merchant.core.ids import new_id
from merchant.core.tenancy import MerchantModel


class Merchant(models.Model):
    """A business that sells: the owner of nearly every other row."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120)
    base_currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    zone = models.CharField(max_length=60)
    day_cutoff = models.TimeField(default=time(0, 0))
    locale = models.CharField(max_length=10, default="en")
    is_sandbox = models.BooleanField(default=True)
    # Made to look at: it may be put away, which keeps every row and ends everybody's work there.
    is_demo = models.BooleanField(default=False, db_default=False)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "merchant_merchant"

    def __str__(self) -> str:
        return self.name


class Store(MerchantModel):
    """A place that sells over the counter. Its zone and cut-off decide the business day of its sales."""

    name = models.CharField(max_length=120)
    code = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=60)
    day_cutoff = models.TimeField(default=time(0, 0))
    address = models.JSONField(default=dict)
    tax_number = models.CharField(max_length=40, default="")
    organisation_number = models.CharField(max_length=40, default="")

    class Meta(MerchantModel.Meta):
        db_table = "merchant_store"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="store_code_once")]

    def __str__(self) -> str:
        return self.name


class Register(MerchantModel):
    """A till: one tablet's place at a counter. It numbers its own receipts without gaps."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="registers")
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=20)
    last_receipt_number = models.BigIntegerField(default=0)
    last_control_code = models.CharField(max_length=64, default="", db_default="")
    # Whoever learns at this till sells nothing: see docs/decisions/0008-training.md.
    is_training = models.BooleanField(default=False, db_default=False)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_register"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="register_code_once")]

    def __str__(self) -> str:
        return self.name
