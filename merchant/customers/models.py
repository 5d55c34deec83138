"""Customers."""

from django.db import models

from merchant.core.tenancy import MerchantModel


class Customer(MerchantModel):
    """A person or company over all channels. An order without one is legal."""

    name = models.CharField(max_length=160, default="")
    email = models.EmailField(default="")
    phone = models.CharField(max_length=40, default="")
    locale = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "merchant_customer"
        indexes = [models.Index(fields=["merchant_id", "email"], name="customer_by_email")]
