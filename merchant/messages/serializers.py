"""What is asked of and said about endpoints, deliveries and mails."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.messages.models import Message, WebhookAttempt, WebhookDelivery, WebhookEndpoint


class CreateEndpointInput(serializers.Serializer[Any]):
    """An address and what it wants to hear of."""

    url = serializers.CharField(max_length=400)
    topics = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=50)


class ChangeEndpointInput(serializers.Serializer[Any]):
    """What shall change; what is left out stays."""

    url = serializers.CharField(max_length=400, required=False)
    topics = serializers.ListField(
        child=serializers.CharField(max_length=60), allow_empty=False, max_length=50, required=False
    )
    is_active = serializers.BooleanField(required=False)


class EndpointOutput(serializers.ModelSerializer[WebhookEndpoint]):
    """An endpoint without its secret."""

    class Meta:
        model = WebhookEndpoint
        fields = ["id", "url", "topics", "is_active", "created_at", "previous_until"]


class AttemptOutput(serializers.ModelSerializer[WebhookAttempt]):
    """One try."""

    class Meta:
        model = WebhookAttempt
        fields = ["id", "at", "http_status", "response_text", "error", "duration_ms"]


class DeliveryOutput(serializers.ModelSerializer[WebhookDelivery]):
    """A delivery as it stands in a list."""

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "endpoint_id",
            "event_id",
            "topic",
            "status",
            "attempts",
            "next_at",
            "created_at",
            "delivered_at",
        ]


class DeliveryDetailOutput(DeliveryOutput):
    """A delivery with its body and every attempt."""

    attempt_rows = AttemptOutput(many=True)

    class Meta(DeliveryOutput.Meta):
        fields = [*DeliveryOutput.Meta.fields, "body", "attempt_rows"]


class MessageOutput(serializers.ModelSerializer[Message]):
    """A mail as it stands in a list. `unanswered` counts tries that may have gone out without anybody reading the answer."""

    class Meta:
        model = Message
        fields = [
            "id",
            "kind",
            "recipient",
            "subject",
            "about",
            "status",
            "attempts",
            "unanswered",
            "next_at",
            "created_at",
            "delivered_at",
            "last_error",
        ]
