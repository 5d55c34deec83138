"""Data keys, each wrapped by the master key; and which master keys there were."""

from django.db import models

from merchant.core.ids import new_id


class DataKey(models.Model):
    """One merchant's data key. The newest seals, all of them open; an old one goes when nothing is sealed with it any more."""

    id = models.UUIDField(primary_key=True, default=new_id)
    merchant_id = models.UUIDField(db_index=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "core_data_key"


class MasterKey(models.Model):
    """
    One master key of the installation, by its check code; the newest is in force. The first row is written when the key is changed for the first time.

    `kept` are the derived keys that outlive it, sealed under the one in force; empty for that one itself.
    """

    # Counted under a lock: clocks of two machines differ, and which key is in force must not.
    position = models.PositiveIntegerField(primary_key=True)
    check_code = models.CharField(max_length=64, unique=True)
    kept = models.BinaryField(default=b"")
    in_force_at = models.DateTimeField()

    class Meta:
        db_table = "core_master_key"
