"""Bank accounts, statements and their lines, matches and exceptions."""

from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from payments.reconciliation.states import DEPOSIT, EXCEPTION, EXCEPTION_KINDS, STATEMENT


class BankAccount(MerchantModel):
    """One of the merchant's bank accounts. The IBAN is sealed; `hint` is its last four characters."""

    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    iban = models.BinaryField()
    hint = models.CharField(max_length=4)

    class Meta(MerchantModel.Meta):
        db_table = "bank_account"


class StatementFile(MerchantModel):
    """A bank's file as it came and what was read out of it. `summary` is what `import_statement` prints."""

    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    format = models.CharField(max_length=40, default="")
    status = models.CharField(max_length=16, choices=STATEMENT.choices(), default="received")
    summary = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)
    covers_until = models.DateField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "bank_statement_file"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "bank_account", "sha256"], name="statement_file_once"),
            STATEMENT.check("statement_status_known"),
        ]
        triggers = [STATEMENT.trigger("statement_states")]


class StatementLine(MerchantModel):
    """One booked entry of the bank, signed from the account holder's view. `line_key` keeps an overlapping file from adding it twice; two equal real entries both stay."""

    statement = models.ForeignKey(StatementFile, models.PROTECT, related_name="lines")
    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    line_key = models.CharField(max_length=160)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    text = models.CharField(max_length=500, default="")
    end_to_end_id = models.CharField(max_length=80, default="")
    bank_reference = models.CharField(max_length=80, default="")
    counterparty = models.CharField(max_length=160, default="")

    class Meta(MerchantModel.Meta):
        db_table = "bank_statement_line"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "bank_account", "line_key"], name="statement_line_once")
        ]
        indexes = [models.Index(fields=["merchant_id", "booked_on"], name="statement_line_by_day")]


class Deposit(MerchantModel):
    """Cash on its way from a store's safe to the bank. The bank writes `reference` (the number of the bag or slip) on the statement line that brings it."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    arrived_minor = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=DEPOSIT.choices(), default="in_transit")
    person = models.CharField(max_length=120)
    sent_on = models.DateField()
    sent_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "bank_deposit"
        constraints = [
            DEPOSIT.check("deposit_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="deposit_amount_positive"),
            models.UniqueConstraint(fields=["merchant_id", "reference"], name="deposit_reference_once"),
        ]
        triggers = [DEPOSIT.trigger("deposit_states")]


class Match(MerchantModel):
    """
    One settlement line bound to the operation it settles or to the dispute it is about, or one bank line to its payout or deposit: by which rule, with which evidence, for
    how much. A live match
    uses both sides up; undoing one keeps it as history.
    """

    rule = models.CharField(max_length=40)
    settlement_line_id = models.UUIDField(null=True)
    operation_id = models.UUIDField(null=True)
    statement_line_id = models.UUIDField(null=True)
    payout_id = models.UUIDField(null=True)
    deposit_id = models.UUIDField(null=True)
    dispute_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    evidence = models.JSONField(default=dict)
    matched_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "recon_match"
        constraints = [
            models.UniqueConstraint(
                fields=["settlement_line_id"],
                condition=Q(undone_at=None, settlement_line_id__isnull=False),
                name="settlement_line_matched_once",
            ),
            models.UniqueConstraint(
                fields=["operation_id"],
                condition=Q(undone_at=None, operation_id__isnull=False),
                name="operation_matched_once",
            ),
            models.UniqueConstraint(
                fields=["statement_line_id"],
                condition=Q(undone_at=None, statement_line_id__isnull=False),
                name="statement_line_matched_once",
            ),
        ]
        # A payout that came short may be completed by a second bank line, so it alone may have several matches.
        indexes = [models.Index(fields=["payout_id"], condition=Q(payout_id__isnull=False), name="match_by_payout")]


class Deviation(MerchantModel):
    """
    A reconciliation exception: what differs, by how much, where, and what probably happened. `dedup_key` makes a second run find the same row.

    `amount_minor` is signed from the merchant's view: negative is money missing.
    """

    kind = models.CharField(max_length=24, choices=[(kind, kind) for kind in EXCEPTION_KINDS])
    dedup_key = models.CharField(max_length=160)
    reference = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    expected_minor = models.BigIntegerField(null=True)
    found_minor = models.BigIntegerField(null=True)
    cause = models.CharField(max_length=300)
    gateway_account_id = models.UUIDField(null=True)
    operation_id = models.UUIDField(null=True)
    settlement_line_id = models.UUIDField(null=True)
    statement_line_id = models.UUIDField(null=True)
    payout_id = models.UUIDField(null=True)
    business_date = models.DateField()
    status = models.CharField(max_length=10, choices=EXCEPTION.choices(), default="open")
    resolution = models.CharField(max_length=200, default="")
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "recon_exception"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "dedup_key"], name="exception_once"),
            EXCEPTION.check("exception_status_known"),
        ]
        indexes = [models.Index(fields=["merchant_id", "status", "-id"], name="exception_by_status")]
        triggers = [EXCEPTION.trigger("exception_states")]
