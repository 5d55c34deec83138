"""Documents and merchant-wide number sequences."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register
from orders.order.models import Order

DOCUMENT_KINDS = ["receipt", "refund_receipt", "invoice", "credit_note"]


class Document(MerchantModel):
    """A paper as it was handed over. `content` holds every figure and word on it; it is never recomputed or changed."""

    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in DOCUMENT_KINDS])
    series = models.CharField(max_length=60)
    number = models.BigIntegerField()
    # Null: goods came back without a receipt.
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="documents")
    register = models.ForeignKey(
        Register, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    business_date = models.DateField()
    issued_at = models.DateTimeField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    content = models.JSONField()
    access_token = models.CharField(max_length=32)

    class Meta(MerchantModel.Meta):
        db_table = "document_document"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "series", "number"], name="document_number_once"),
            models.UniqueConstraint(fields=["access_token"], name="document_token_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Sequence(MerchantModel):
    """The last number given in a series of the merchant. Taken last in a transaction, so that it stays gapless and briefly locked."""

    series = models.CharField(max_length=60)
    last_number = models.BigIntegerField(default=0)

    class Meta(MerchantModel.Meta):
        db_table = "document_sequence"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "series"], name="sequence_once")]
