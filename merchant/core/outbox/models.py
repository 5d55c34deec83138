"""The outbox table."""

from django.db import models

from merchant.core.ids import new_id


class OutboxEvent(models.Model):
    """
    One fact, `payment.captured` for example, on its way to its handlers.

    `seq` orders the events of one aggregate; a later one waits until the earlier is done. A commit may overtake a lower number of another
    aggregate, so nobody pages by `seq` alone.
    """

    seq = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=new_id, unique=True)
    merchant_id = models.UUIDField()
    topic = models.CharField(max_length=60)
    aggregate = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField()
    last_error = models.TextField(default="", db_default="")

    class Meta:
        db_table = "core_outbox_event"
        indexes = [
            models.Index(fields=["seq"], name="outbox_pending", condition=models.Q(done_at=None)),
            models.Index(
                fields=["aggregate", "seq"], name="outbox_pending_aggregate", condition=models.Q(done_at=None)
            ),
            models.Index(fields=["merchant_id", "-seq"], name="outbox_by_merchant"),
        ]
