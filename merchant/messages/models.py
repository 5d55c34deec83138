"""Mail, webhook endpoints, their deliveries and every attempt."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.messages.states import DELIVERY


class Message(MerchantModel):
    """
    One mail to one person, rendered when it was decided, sent by the relay. `attachment_path` is a file of ours that goes with it under `attachment_name`.

    `unanswered` counts tries whose answer nobody read because the relay died: each may have gone out, under the same Message-ID as the others.
    """

    kind = models.CharField(max_length=40)
    dedup_key = models.CharField(max_length=120)
    recipient = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    body_text = models.TextField()
    body_html = models.TextField(default="")
    about = models.CharField(max_length=80)
    attachment_path = models.CharField(max_length=300, default="", db_default="")
    attachment_name = models.CharField(max_length=120, default="", db_default="")
    status = models.CharField(max_length=10, choices=DELIVERY.choices(), default="pending")
    attempts = models.SmallIntegerField(default=0)
    unanswered = models.SmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, default="")

    class Meta(MerchantModel.Meta):
        db_table = "merchant_message"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "dedup_key"], name="message_once"),
            DELIVERY.check("message_status_known"),
        ]
        indexes = [models.Index(fields=["next_at"], name="message_due", condition=models.Q(status="pending"))]
        triggers = [DELIVERY.trigger("message_states")]


class WebhookEndpoint(MerchantModel):
    """Where the merchant wants to hear about events. Two secrets live side by side while one is rotated out."""

    url = models.URLField(max_length=400)
    topics = models.JSONField(default=list)
    secret = models.BinaryField()
    previous_secret = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "merchant_webhook_endpoint"


class WebhookDelivery(MerchantModel):
    """One event on its way to one endpoint. The event's id is the webhook-id, so the receiver can drop repeats."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    event_id = models.UUIDField()
    topic = models.CharField(max_length=60)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=DELIVERY.choices(), default="pending")
    attempts = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_webhook_delivery"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_delivery_once"),
            DELIVERY.check("webhook_delivery_status_known"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="webhook_delivery_due", condition=models.Q(status="pending")),
            models.Index(fields=["merchant_id", "-id"], name="webhook_delivery_newest"),
        ]
        triggers = [DELIVERY.trigger("webhook_delivery_states")]


class WebhookAttempt(MerchantModel):
    """One try: what the endpoint answered, or why it could not be reached."""

    delivery = models.ForeignKey(WebhookDelivery, models.PROTECT, related_name="attempt_rows")
    at = models.DateTimeField()
    http_status = models.SmallIntegerField(null=True)
    response_text = models.CharField(max_length=500, default="")
    error = models.CharField(max_length=300, default="")
    duration_ms = models.IntegerField(default=0)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_webhook_attempt"
