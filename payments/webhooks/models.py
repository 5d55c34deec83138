"""Stored webhooks."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount


class InboundWebhook(MerchantModel):
    """One delivery as it came. A repeat of the same external id is not stored twice."""

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=120)
    topic = models.CharField(max_length=60)
    body = models.JSONField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="")

    class Meta(MerchantModel.Meta):
        db_table = "webhook_inbound"
        constraints = [models.UniqueConstraint(fields=["gateway_account", "external_id"], name="inbound_webhook_once")]
        indexes = [models.Index(fields=["id"], name="inbound_webhook_pending", condition=models.Q(processed_at=None))]
