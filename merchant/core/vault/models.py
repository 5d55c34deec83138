"""Data keys, each wrapped by the master key."""

from django.db import models

from merchant.core.ids import new_id


class DataKey(models.Model):
    """One merchant's data key. The newest seals, all of them open."""

    id = models.UUIDField(primary_key=True, default=new_id)
    merchant_id = models.UUIDField(db_index=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "core_data_key"
