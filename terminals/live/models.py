"""The feed of what terminals did."""

from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from terminals.devices.models import Terminal


class TerminalEvent(MerchantModel):
    """What a terminal did, for the feed on the wall and its history."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "terminal_event"
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="terminal_event_newest"),
            models.Index(fields=["terminal", "-id"], name="terminal_event_taken", condition=Q(kind="approved")),
            # When a terminal had no connection: few among many payments.
            models.Index(
                fields=["terminal", "-id"],
                name="terminal_event_line",
                condition=Q(kind__in=["went_offline", "connected"]),
            ),
        ]
