"""What REST says about events of processors that nothing could be made of."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class GatewayEventOutput(serializers.Serializer[Any]):
    """One event. `status` is `trying`, `given_up`, `put_aside` or `used`; `reason` is why nothing could be made of it."""

    id = serializers.UUIDField()
    gateway_account_id = serializers.UUIDField()
    external_id = serializers.CharField()
    topic = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.CharField()
    attempts = serializers.IntegerField()
    reason = serializers.CharField()
    received_at = serializers.DateTimeField()
    put_aside_at = serializers.DateTimeField(allow_null=True)
    put_aside_reason = serializers.CharField()


class GatewayEventDetailOutput(GatewayEventOutput):
    """The same with what the processor told, without secrets."""

    payload = serializers.JSONField()


class GatewayEventListOutput(serializers.Serializer[Any]):
    """One page of events and the cursors of its neighbours."""

    results = GatewayEventOutput(many=True)
    older = serializers.CharField(allow_null=True)
    newer = serializers.CharField(allow_null=True)
