"""The job table: the truth about long work."""

from django.db import models

from merchant.core.jobs.states import JOB
from merchant.core.tenancy import MerchantModel


class Job(MerchantModel):
    """
    One piece of long work for one merchant.

    `dedup_key` makes a second request for the same work a no-op for ever. `step` and `cursor` are written in the transaction of the effect
    they describe, so a new owner resumes exactly there.
    """

    kind = models.CharField(max_length=60)
    dedup_key = models.CharField(max_length=160)
    status = models.CharField(max_length=10, choices=JOB.choices(), default="queued")
    payload = models.JSONField(default=dict)
    step = models.CharField(max_length=60, default="")
    cursor = models.JSONField(default=dict)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    message = models.CharField(max_length=300, default="")
    result = models.JSONField(default=dict)
    attempts = models.SmallIntegerField(default=0)
    owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    run_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")

    class Meta(MerchantModel.Meta):
        db_table = "core_job"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "dedup_key"], name="job_once"),
            JOB.check("job_status_known"),
        ]
        indexes = [
            models.Index(fields=["run_at"], name="job_due", condition=models.Q(status__in=["queued", "running"])),
            models.Index(fields=["merchant_id", "kind", "-id"], name="job_by_kind"),
        ]
        triggers = [JOB.trigger("job_states")]
