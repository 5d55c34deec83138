"""Channels."""

from datetime import time

from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store

KINDS = [
    "in_store",
    "webshop",
    "app",
    "social",
    "kiosk",
    "assistant",
    "phone",
    "subscription",
    "qr",
    "device",
    "link",
    "marketplace",
]


class Channel(MerchantModel):
    """One way of selling. Online channels have their own business day; in-store sales use their store's."""

    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS])
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    zone = models.CharField(max_length=60)
    day_cutoff = models.TimeField(default=time(0, 0))
    # Goods of an online channel are reserved and shipped from here.
    stock_store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")

    class Meta(MerchantModel.Meta):
        db_table = "merchant_channel"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="channel_code_once")]

    def __str__(self) -> str:
        return self.name
