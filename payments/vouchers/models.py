"""Vouchers and their movements."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel

VOUCHER_KINDS = ["gift_card", "store_credit"]


class Voucher(MerchantModel):
    """
    A gift card or store credit: money the merchant owes whoever has its code.

    Only the hash of the code is stored, and `hint`, which staff see; the code itself follows from the row's id and the installation's key. `origin` names what it
    was made for, once: `line:<id>:<piece>`, `refund:<reference>`.
    """

    kind = models.CharField(
        max_length=12, choices=[(kind, kind) for kind in VOUCHER_KINDS], default="gift_card", db_default="gift_card"
    )
    origin = models.CharField(max_length=80, null=True)
    blocked_at = models.DateTimeField(null=True)
    block_reason = models.CharField(max_length=120, default="", db_default="")
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
            models.UniqueConstraint(fields=["merchant_id", "origin"], name="voucher_origin_once"),
            models.CheckConstraint(condition=models.Q(balance_minor__gte=0), name="voucher_never_below_zero"),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="voucher_newest"),
            models.Index(
                fields=["merchant_id", "expires_at"], name="voucher_to_expire", condition=models.Q(balance_minor__gt=0)
            ),
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
