"""Export files, and those that are made by the calendar."""

from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel

SHAPES = ("csv", "xlsx")
PERIODS = ("day", "week", "month", "closed_day", "closed_month")
DELIVERIES = ("keep", "mail", "folder", "webhook")


class ExportSchedule(MerchantModel):
    """
    A file that is made again for each `period` that has ended (`closed_…`: that the books were closed for), and where it goes: nowhere (`keep`), by `mail` to `recipient`, into the operator's drop `folder`, or told by `webhook`.

    `filters` are those of its list without days; `stores` whom its maker saw (None: all). `problem` says why its last file could not be asked for, "" if it could.
    """

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=30)
    shape = models.CharField(max_length=4, choices=[(shape, shape) for shape in SHAPES], default="csv")
    filters = models.JSONField(default=dict)
    stores = models.JSONField(null=True)
    period = models.CharField(max_length=12, choices=[(period, period) for period in PERIODS])
    delivery = models.CharField(max_length=7, choices=[(delivery, delivery) for delivery in DELIVERIES])
    recipient = models.CharField(max_length=200, default="")
    problem = models.CharField(max_length=300, default="", db_default="")
    is_active = models.BooleanField(default=True)
    actor_kind = models.CharField(max_length=12, default="", db_default="")
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "export_schedule"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "name"], name="export_schedule_named_once"),
            models.CheckConstraint(
                condition=~Q(delivery="mail") | ~Q(recipient=""), name="export_schedule_mail_has_recipient"
            ),
        ]


class ExportFile(MerchantModel):
    """
    One file that was asked for: what, filtered how, by whom; its job makes it. `totals` are the control totals, per currency.

    One of a schedule names it and the last day of its period, and is made once, or once for each closing of days that were opened again in between (`closing`:
    its number, null for days that were not waited for); `delivered_at` says when it went where the schedule sends it. `revision` counts up with every file of the
    same days whose content differs from the one before, which it `corrects`.
    """

    kind = models.CharField(max_length=30)
    shape = models.CharField(
        max_length=4, choices=[(shape, shape) for shape in SHAPES], default="csv", db_default="csv"
    )
    filters = models.JSONField(default=dict)
    name = models.CharField(max_length=120)
    path = models.CharField(max_length=300, default="")
    row_count = models.BigIntegerField(null=True)
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, default="")
    totals = models.JSONField(default=dict)
    job_id = models.UUIDField()
    actor_name = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    schedule = models.ForeignKey(ExportSchedule, models.PROTECT, null=True, related_name="files")
    period_end = models.DateField(null=True)
    closing = models.IntegerField(null=True)
    revision = models.IntegerField(default=1, db_default=1)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "export_file"
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "period_end", "closing"],
                condition=Q(schedule__isnull=False),
                name="scheduled_export_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["merchant_id", "-id"], name="export_newest")]
