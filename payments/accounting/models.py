"""Account plans with their numbers, and the log of journal files."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class AccountPlan(MerchantModel):
    """
    One version of how the ledger's accounts are called in the accountant's books; the highest `number` is in force, earlier ones stay.

    `settings` holds what files say of the merchant and what single formats need: see `settings.PlanSettings`.
    """

    number = models.IntegerField()
    chart = models.CharField(max_length=10)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    actor_name = models.CharField(max_length=120)

    class Meta(MerchantModel.Meta):
        db_table = "accounting_plan"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "number"], name="account_plan_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class AccountNumber(MerchantModel):
    """
    The accountant's number and name for one account of the ledger, in one version of the plan.

    `subject` "" stands for every account of the kind that has no number of its own. `is_automatic`: the accountant's program takes the tax out of it by itself.
    """

    plan = models.ForeignKey(AccountPlan, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=80, default="")
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    is_automatic = models.BooleanField(default=False)

    class Meta(MerchantModel.Meta):
        db_table = "accounting_number"
        constraints = [models.UniqueConstraint(fields=["plan", "kind", "subject"], name="account_number_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class JournalExport(MerchantModel):
    """
    One journal file that was made: who, when, which days, which format, and what it came to. Its id is that of the export.

    `head` is everything in the file that is not in the ledger, so that a closed period can be written again byte for byte. `closing` is the number of the
    closing since which its days are closed, null if they were open. `days` maps each day to its journals and debits in minor units of the base currency.
    `revision` above 1: it corrects an earlier file, `corrects_id`, of the same days, whose content was another.
    """

    format = models.CharField(max_length=30)
    date_from = models.DateField()
    date_to = models.DateField()
    detail = models.CharField(max_length=10)
    closing = models.IntegerField(null=True)
    plan_number = models.IntegerField()
    head = models.JSONField()
    days = models.JSONField()
    journal_count = models.BigIntegerField()
    posting_count = models.BigIntegerField()
    debit_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sha256 = models.CharField(max_length=64)
    revision = models.IntegerField(default=1, db_default=1)
    corrects_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "accounting_export"
        indexes = [models.Index(fields=["merchant_id", "format", "date_from", "-id"], name="journal_export_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
