"""Vouchers and their movements."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel


class Voucher(MerchantModel):
    """A gift card or store credit. Only the hash of its code is stored; `hint` is what staff see."""

    code_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "voucher_voucher"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "code_hash"], name="voucher_code_once"),
            models.CheckConstraint(condition=models.Q(balance_minor__gte=0), name="voucher_never_below_zero"),
        ]


class VoucherMovement(MerchantModel):
    """Money put on (positive) or taken off (negative) a voucher."""

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="movements")
    amount_minor = models.BigIntegerField()
    source = models.CharField(max_length=80)
    moved_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "voucher_movement"
        constraints = [models.UniqueConstraint(fields=["voucher", "source"], name="voucher_movement_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
