"""What came in and what waits."""

from django.db.models import QuerySet

from payments.webhooks.models import InboundWebhook


def list_inbound(*, is_waiting: bool | None = None) -> QuerySet[InboundWebhook]:
    """Return stored deliveries of the merchant in scope; `is_waiting` narrows to those not applied yet (or applied)."""
    rows: QuerySet[InboundWebhook] = InboundWebhook.objects.select_related("gateway_account")
    return rows if is_waiting is None else rows.filter(processed_at__isnull=is_waiting)


def count_parked() -> int:
    """Return how many events speak of operations that are not in the books."""
    return int(InboundWebhook.objects.filter(processed_at=None, attempts__gt=0).count())
