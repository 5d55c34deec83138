"""Stored answers."""

from django.db import models


class StoredAnswer(models.Model):
    """The answer that was given to one key of one actor on one route. Kept 30 days."""

    pk = models.CompositePrimaryKey("merchant_id", "scope", "key")
    merchant_id = models.UUIDField()
    scope = models.CharField(max_length=160)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "core_stored_answer"
        indexes = [models.Index(fields=["created_at"], name="stored_answer_age")]
