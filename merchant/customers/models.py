"""Customers, and what they allowed."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel


class Customer(MerchantModel):
    """
    A person or company over all channels. An order without one is legal.

    Joined with another record of the same person, it is empty and `merged_into` leads there; `former_emails` are the addresses that came with such records
    or stood here before, in small letters.
    Erased, it is empty for good.
    """

    name = models.CharField(max_length=160, default="")
    email = models.EmailField(default="")
    phone = models.CharField(max_length=40, default="")
    locale = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField()
    former_emails = models.JSONField(default=list, db_default=[])
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    erased_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_customer"
        indexes = [
            models.Index(fields=["merchant_id", "email"], name="customer_by_email"),
            models.Index(
                fields=["merchant_id", "-id"], name="customer_newest", condition=models.Q(merged_into__isnull=True)
            ),
            models.Index(fields=["merchant_id", "name", "id"], name="customer_by_name"),
        ]


PURPOSES = ["marketing_mail", "marketing_sms", "profiling"]


class CustomerConsent(MerchantModel):
    """What a customer said to one purpose: yes or no, to which words, where, and who wrote it down. The newest of a purpose holds."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=20, choices=[(word, word) for word in PURPOSES])
    is_given = models.BooleanField()
    words = models.CharField(max_length=400, default="")
    source = models.CharField(max_length=40)
    recorded_by = models.CharField(max_length=120)
    said_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "merchant_customer_consent"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
