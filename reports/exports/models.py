"""Export files."""

from django.db import models

from merchant.core.tenancy import MerchantModel


class ExportFile(MerchantModel):
    """One file that was asked for: what, filtered how, by whom; its job makes it. `totals` are the control totals, per currency."""

    kind = models.CharField(max_length=30)
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

    class Meta(MerchantModel.Meta):
        db_table = "export_file"
        indexes = [models.Index(fields=["merchant_id", "-id"], name="export_newest")]
