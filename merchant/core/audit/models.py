"""Audit rows and the chain that seals them."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class AuditEntry(MerchantModel):
    """One act of one actor. `tx` lets the sealing job wait for transactions that are still open."""

    action = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    subject = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "core_audit_entry"
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="audit_by_merchant"),
            models.Index(fields=["merchant_id", "subject"], name="audit_by_subject"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class AuditLink(MerchantModel):
    """The place of one entry in its merchant's chain: `digest` covers the entry and the digest before it."""

    position = models.BigIntegerField()
    entry_id = models.UUIDField(unique=True)
    digest = models.BinaryField(max_length=32)

    class Meta(MerchantModel.Meta):
        db_table = "core_audit_link"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "position"], name="audit_link_position")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class AuditHead(MerchantModel):
    """A signed statement of how long the chain was at a moment; it also goes to a file outside the database, so a cut tail shows."""

    position = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "core_audit_head"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "position"], name="audit_head_position")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class AuditCheck(MerchantModel):
    """One recomputation of the chain: up to which place it was looked at, and the first fault, if there was one."""

    position = models.BigIntegerField()
    fault_position = models.BigIntegerField(null=True)
    fault = models.CharField(max_length=120, default="")
    checked_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "core_audit_check"
        indexes = [models.Index(fields=["merchant_id", "-id"], name="audit_check_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
