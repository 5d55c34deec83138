"""Documents and merchant-wide number sequences."""

import pgtrigger
from django.db import models
from django.db.models.fields.json import KeyTransform

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
    # A digest of this paper and the one before it in its series: a receipt that is changed, taken out or put in breaks the chain.
    control_code = models.CharField(max_length=64, default="", db_default="")

    class Meta(MerchantModel.Meta):
        db_table = "document_document"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "series", "number"], name="document_number_once"),
            models.UniqueConstraint(fields=["access_token"], name="document_token_once"),
        ]
        indexes = [
            # What tills printed without a line: the paper is looked for by that number, too.
            models.Index(
                "merchant_id",
                "series",
                KeyTransform("printed_number", "content"),
                condition=models.Q(content__has_key="printed_number"),
                name="document_printed_number",
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Sequence(MerchantModel):
    """The last number given in a series of the merchant. Taken last in a transaction, so that it stays gapless and briefly locked."""

    series = models.CharField(max_length=60)
    last_number = models.BigIntegerField(default=0)
    last_control_code = models.CharField(max_length=64, default="", db_default="")

    class Meta(MerchantModel.Meta):
        db_table = "document_sequence"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "series"], name="sequence_once")]


class DocumentPrint(MerchantModel):
    """One print of a document on paper; `number` 1 is the original, the others are copies. Gift receipts count for themselves."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="prints", db_index=False)
    number = models.IntegerField()
    is_gift = models.BooleanField(default=False)
    printed_by = models.CharField(max_length=120)
    printed_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "document_print"
        constraints = [
            models.UniqueConstraint(fields=["document", "is_gift", "number"], name="document_print_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Invoice(MerchantModel):
    """
    An invoice or a credit note: the paper is `document`; here is what it bills, `lines` as order line, pieces, total and tax.

    One invoice of an order holds at a time: `ended_at` says that it was credited whole. `credited_minor` is what credit notes took off it.
    """

    document = models.OneToOneField(Document, models.PROTECT, related_name="invoice")
    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=11, choices=[(kind, kind) for kind in ("invoice", "credit_note")])
    refers_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="credit_notes")
    return_id = models.UUIDField(null=True)
    total_minor = models.BigIntegerField()
    credited_minor = models.BigIntegerField(default=0)
    lines = models.JSONField()
    ended_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "document_invoice"
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(kind="invoice", ended_at__isnull=True),
                name="invoice_one_of_an_order",
            ),
            models.UniqueConstraint(
                fields=["return_id"], condition=models.Q(return_id__isnull=False), name="invoice_credit_once"
            ),
            models.CheckConstraint(
                condition=models.Q(credited_minor__range=(0, models.F("total_minor"))), name="invoice_credit_within"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="invoice", refers_to__isnull=True)
                | models.Q(kind="credit_note", refers_to__isnull=False),
                name="invoice_credit_refers",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
