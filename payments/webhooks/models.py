"""Stored webhooks."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount

# A parked event is tried 2, 4, 8 … seconds after it came; the 18th time is three days later, when even a restored backup has been caught up with.
ATTEMPTS_MAX = 18


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
    # The token of a card to be kept, sealed: the body as it is kept does not have it.
    token = models.BinaryField(default=b"", db_default=b"")
    # When and why a person said that nothing is to be done about it; it is not tried again by itself then.
    put_aside_at = models.DateTimeField(null=True)
    put_aside_reason = models.CharField(max_length=200, default="", db_default="")

    class Meta(MerchantModel.Meta):
        db_table = "webhook_inbound"
        constraints = [models.UniqueConstraint(fields=["gateway_account", "external_id"], name="inbound_webhook_once")]
        indexes = [models.Index(fields=["id"], name="inbound_webhook_pending", condition=models.Q(processed_at=None))]
