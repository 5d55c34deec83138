"""Endpoints, deliveries and mails of the merchant in scope."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from merchant.messages.models import Message, WebhookDelivery, WebhookEndpoint


def list_endpoints() -> QuerySet[WebhookEndpoint]:
    """Return the endpoints."""
    return WebhookEndpoint.objects.all()


def get_endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    """
    Return one endpoint.

    :raises NotFound: if the merchant has none with this id.
    """
    endpoint: WebhookEndpoint | None = WebhookEndpoint.objects.filter(id=endpoint_id).first()
    if endpoint is None:
        raise NotFound()
    return endpoint


def get_endpoint_for_update(endpoint_id: UUID) -> WebhookEndpoint:
    """Return one endpoint and lock it until the transaction ends. :raises NotFound: if the merchant has none with this id."""
    endpoint: WebhookEndpoint | None = WebhookEndpoint.objects.select_for_update().filter(id=endpoint_id).first()
    if endpoint is None:
        raise NotFound()
    return endpoint


def list_deliveries(*, endpoint_id: UUID | None = None, status: str = "", topic: str = "") -> QuerySet[WebhookDelivery]:
    """Return deliveries, narrowed by what is given."""
    rows: QuerySet[WebhookDelivery] = WebhookDelivery.objects.select_related("endpoint")
    rows = rows.filter(endpoint_id=endpoint_id) if endpoint_id else rows
    rows = rows.filter(status=status) if status else rows
    return rows.filter(topic=topic) if topic else rows


def get_delivery(delivery_id: UUID) -> WebhookDelivery:
    """
    Return one delivery with its endpoint; its attempts are `delivery.attempt_rows`.

    :raises NotFound: if the merchant has none with this id.
    """
    delivery: WebhookDelivery | None = list_deliveries().filter(id=delivery_id).first()
    if delivery is None:
        raise NotFound()
    return delivery


def list_messages(*, about: str = "") -> QuerySet[Message]:
    """Return mails; `about` is `order:<id>` and the like."""
    rows: QuerySet[Message] = Message.objects.all()
    return rows.filter(about=about) if about else rows
