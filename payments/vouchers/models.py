"""Vouchers and their movements."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel
from payments.vouchers.states import REDEMPTION

VOUCHER_KINDS = ["gift_card", "store_credit"]


class Voucher(MerchantModel):
    """
    A gift card or store credit: money the merchant owes whoever has its code.

    Only the hash of the code is stored, and `hint`, which staff see; the code itself follows from the row's id and the installation's key, unless it was printed on the card
    before (`card:…`). `origin` names what it was made for, once: `line:<id>:<piece>`, `refund:<reference>`.
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


class OfflineRedemption(MerchantModel):
    """
    A gift card that a till took while it was offline: money at risk until the card turns out to have it.

    `amount_minor` is what the till took, `confirmed_minor` what came off the card since, `written_off_minor` what nobody will pay; the rest stands on the account of
    offline gift cards. The code is kept as its hash, as on the card; `voucher_id` is null while no such card is known.
    """

    payment_id = models.UUIDField()
    order_id = models.UUIDField()
    store_id = models.UUIDField()
    register_id = models.UUIDField()
    voucher_id = models.UUIDField(null=True)
    code_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    confirmed_minor = models.BigIntegerField(default=0)
    written_off_minor = models.BigIntegerField(default=0)
    status = models.CharField(max_length=11, choices=REDEMPTION.choices(), default="at_risk")
    why = models.CharField(max_length=40, default="")
    reason = models.CharField(max_length=120, default="")
    taken_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "voucher_offline_redemption"
        constraints = [
            REDEMPTION.check("offline_redemption_status_known"),
            models.UniqueConstraint(fields=["payment_id"], name="offline_redemption_once"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, confirmed_minor__gte=0, written_off_minor__gte=0)
                & models.Q(confirmed_minor__lte=models.F("amount_minor") - models.F("written_off_minor")),
                name="offline_redemption_sane",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id"], name="offline_redemption_open", condition=models.Q(status="at_risk"))
        ]
        triggers = [REDEMPTION.trigger("offline_redemption_states")]

    @property
    def open_minor(self) -> int:
        """What is still at risk."""
        return int(self.amount_minor - self.confirmed_minor - self.written_off_minor)
