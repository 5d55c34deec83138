"""
Double entry, in one worked example.

A shop sells a mug for EUR 12.50 in cash, 19 % VAT inside. Two facts, two journals:

    goods handed over   debit  receivable            12.50
                        credit sales 19 %            10.50
                        credit VAT payable 19 %       2.00
    money in            debit  cash at register 1    12.50
                        credit receivable            12.50

Debits are positive, credits negative, and each journal sums to zero, so receivable stands at nothing and the drawer at 12.50. Nothing is ever changed: a
mistake is answered by a journal that reverses it. PostgreSQL enforces all of this (see the app's migration `ledger_guards`).
"""

from __future__ import annotations

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Account(MerchantModel):
    """One account in one currency. `kind` comes from `recipes.KINDS`; `subject` tells accounts of a kind apart (a gateway account, a register, a tax rate)."""

    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=80, default="")
    currency = models.CharField(max_length=3)

    class Meta(MerchantModel.Meta):
        db_table = "ledger_account"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "kind", "subject", "currency"], name="ledger_account_once"),
            models.UniqueConstraint(fields=["merchant_id", "id", "currency"], name="ledger_account_key"),
        ]


class Journal(MerchantModel):
    """
    One business fact. `(recipe, source)` is unique, so a fact is booked once however often it is reported.

    `posting_count` is fixed at birth; a trigger refuses more postings, and at commit demands exactly that many, balanced per currency.
    """

    recipe = models.CharField(max_length=40)
    source = models.CharField(max_length=80)
    business_date = models.DateField()
    booked_at = models.DateTimeField()
    posting_count = models.SmallIntegerField()
    about = models.CharField(max_length=80, default="")
    text = models.CharField(max_length=200, default="")
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(MerchantModel.Meta):
        db_table = "ledger_journal"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "recipe", "source"], name="journal_once"),
            models.UniqueConstraint(fields=["merchant_id", "id"], name="journal_key"),
            models.UniqueConstraint(
                fields=["reverses"], condition=models.Q(reverses__isnull=False), name="journal_reversed_once"
            ),
            models.CheckConstraint(condition=models.Q(posting_count__gte=2), name="journal_has_two_postings"),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "business_date", "id"], name="journal_by_day"),
            models.Index(fields=["merchant_id", "about"], name="journal_by_subject"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Posting(MerchantModel):
    """One leg: debit positive, credit negative, in minor units of `currency`, and its worth in the merchant's base currency."""

    journal_id = models.UUIDField()
    account_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()

    class Meta(MerchantModel.Meta):
        db_table = "ledger_posting"
        constraints = [models.CheckConstraint(condition=~models.Q(amount_minor=0), name="posting_not_zero")]
        indexes = [
            models.Index(fields=["journal_id"], name="posting_by_journal"),
            models.Index(fields=["account_id", "id"], name="posting_by_account", include=["amount_minor"]),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class PeriodLock(MerchantModel):
    """
    Days up to `locked_until` are closed: the ledger moves a late fact to the next open day, and the database refuses a journal of a closed one.

    The row with the highest `number` is in force; reopening adds one whose `locked_until` is earlier. `approval_id` names the approval of the second person.
    """

    number = models.IntegerField(default=1)
    locked_until = models.DateField()
    created_at = models.DateTimeField()
    reason = models.CharField(max_length=200, default="")
    actor_name = models.CharField(max_length=120, default="")
    approved_by = models.CharField(max_length=120, default="")
    approval_id = models.UUIDField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "ledger_period_lock"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "number"], name="period_lock_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class ExchangeRate(MerchantModel):
    """What one major unit of a foreign currency is worth in the merchant's base currency from a day on."""

    currency = models.CharField(max_length=3)
    base_per_unit = models.DecimalField(max_digits=18, decimal_places=9)
    valid_from = models.DateField()

    class Meta(MerchantModel.Meta):
        db_table = "ledger_exchange_rate"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "currency", "valid_from"], name="exchange_rate_once")
        ]
