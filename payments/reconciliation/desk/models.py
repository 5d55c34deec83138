"""What people decided about exceptions, and batches they closed."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from payments.reconciliation.desk.ways import CLOSING_WAYS
from payments.reconciliation.models import Deviation, StatementFile
from payments.settlement.models import ReportFile

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Decision(MerchantModel):
    """
    How an exception was closed, by whom, and what was booked for it. Undone, it stays as history with the journal that reversed it.

    `account` is the kind of account that was chosen, "" where the way leaves no choice. `approved_by` is the second person above the first one's limit.
    Decisions made about a selection share `selection_id`.
    """

    deviation = models.ForeignKey(Deviation, models.PROTECT, related_name="decisions")
    way = models.CharField(max_length=12, choices=[(way, way) for way in CLOSING_WAYS])
    account = models.CharField(max_length=30, default="")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500)
    journal_id = models.UUIDField(null=True)
    match_id = models.UUIDField(null=True)
    selection_id = models.UUIDField(null=True)
    approval_id = models.UUIDField(null=True)
    approved_by = models.CharField(max_length=120, default="")
    decided_by = models.CharField(max_length=120)
    decided_by_key = models.CharField(max_length=60)
    decided_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, default="")
    undone_note = models.CharField(max_length=500, default="")
    reversal_id = models.UUIDField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "recon_decision"
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=False) | Q(reversal_id=None), name="decision_reversed_when_undone"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="decision_newest"),
            models.Index(fields=["merchant_id", "decided_by_key", "decided_at"], name="decision_of_person"),
            models.Index(
                fields=["selection_id"], condition=Q(selection_id__isnull=False), name="decision_of_selection"
            ),
        ]


class BatchClosing(MerchantModel):
    """A report or a statement that somebody declared done: what was decided in it is not undone any more. `figures` is what it came to."""

    report = models.OneToOneField(ReportFile, models.PROTECT, null=True, related_name="closing")
    statement = models.OneToOneField(StatementFile, models.PROTECT, null=True, related_name="closing")
    figures = models.JSONField(default=dict)
    closed_by = models.CharField(max_length=120)
    closed_by_key = models.CharField(max_length=60)
    closed_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "recon_closing"
        constraints = [
            models.CheckConstraint(
                condition=Q(report=None, statement__isnull=False) | Q(report__isnull=False, statement=None),
                name="closing_of_one_batch",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
