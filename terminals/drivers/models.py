"""Messages between us and terminals."""

from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from terminals.devices.models import Terminal


class TerminalMessage(MerchantModel):
    """
    One request to a terminal and its answer. The row is committed before a byte is sent; a reconnecting terminal is asked for the status of what was sent, it is never
    sent again. `service_id` pairs request and answer.
    """

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="+")
    service_id = models.CharField(max_length=20)
    category = models.CharField(max_length=24)
    operation_id = models.UUIDField(null=True)
    request = models.JSONField()
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "terminal_message"
        constraints = [models.UniqueConstraint(fields=["terminal", "service_id"], name="terminal_service_id_once")]
        indexes = [
            models.Index(
                fields=["terminal", "id"], name="terminal_message_waiting", condition=Q(sent_at=None, answered_at=None)
            ),
            models.Index(
                fields=["operation_id"], name="terminal_message_operation", condition=Q(operation_id__isnull=False)
            ),
            models.Index(
                fields=["terminal", "category"], name="terminal_message_unanswered", condition=Q(answered_at=None)
            ),
        ]
