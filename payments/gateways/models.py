"""The merchant's accounts at processors."""

from django.db import models

from merchant.core.tenancy import MerchantModel

CAPTURE_MODES = ["automatic", "on_fulfilment", "day_close"]


class GatewayAccount(MerchantModel):
    """One account at one processor. `secret` is sealed JSON (API key, webhook secrets); `config` holds what is no secret."""

    gateway = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    external_id = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    config = models.JSONField(default=dict)
    secret = models.BinaryField(default=b"")
    capture_mode = models.CharField(
        max_length=14, choices=[(mode, mode) for mode in CAPTURE_MODES], default="automatic"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "gateway_account"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "gateway", "external_id"], name="gateway_account_once")
        ]

    def __str__(self) -> str:
        return self.name
