"""Bank accounts, statements and their lines, matches and exceptions."""

from django.db import models
from django.db.models import Q

from merchant.accounts.models import StaffMember
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from payments.reconciliation.states import DEPOSIT, EXCEPTION, EXCEPTION_KINDS, STATEMENT


class BankAccount(MerchantModel):
    """One of the merchant's bank accounts. The IBAN is sealed; `hint` is its last four characters. `reference_kind` is what payers quote, "" for the country's custom."""

    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    iban = models.BinaryField()
    hint = models.CharField(max_length=4)
    reference_kind = models.CharField(max_length=6, default="", db_default="")

    class Meta(MerchantModel.Meta):
        db_table = "bank_account"


class StatementFile(MerchantModel):
    """
    A bank's file as it came and what was read out of it. `summary` is what `import_statement` prints.

    `left_out` are the files of the zip it came in that were not taken, each with its `name` and the `reason` as `problems.problem_words` tells it.
    """

    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    format = models.CharField(max_length=40, default="")
    status = models.CharField(max_length=16, choices=STATEMENT.choices(), default="received")
    summary = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    left_out = models.JSONField(default=list, db_default=[])
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

    @property
    def rows_known(self) -> int:
        """How many of its lines the account had before; 0 also of a file that was read before that was noted, and of one that nothing was taken of."""
        return int(self.summary.get("lines", {}).get("known", 0))

    @property
    def brings_nothing(self) -> bool:
        """Whether every line was known from earlier files, so that none was taken."""
        return 0 < self.rows_known == self.summary["lines"]["read"]


class StatementLine(MerchantModel):
    """
    One booked entry of the bank, signed from the account holder's view. `line_key` keeps an overlapping file from adding it twice; two equal real entries both stay.

    `reference` is what the payer was asked to quote (OCR, RF; several with a space between), where the bank says it apart from the text. A payment that the bank books as part
    of a sum is a line of its own, and `carried_by` names the sum, which then is none.
    """

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
    reference = models.CharField(max_length=140, default="", db_default="")
    carried_by = models.CharField(max_length=80, default="", db_default="")

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
    One settlement line bound to the operation it settles or to the dispute it is about, or one bank line to its payout, its deposit or the order it pays: by which
    rule, how sure (`score`, per mille), with which evidence, for how much. A live match uses both sides up; undoing one keeps it as history.

    The live match of a settlement line has the line's id, so that a line cannot have two; undone it gets an id of its own. `carried_by_id` is the payout that
    brings the line, where that alone tells how far the payment's money is (`CarriedStage`).

    Where one side is several (a capture paid by two lines, a bank line that is three payouts), the rows share `group_id`: `amount_minor` is each one's part, and
    the database refuses a group whose parts do not make the single side (`recon_group_ties`). `part` numbers the lines of one operation, and the payouts of one
    bank line. `is_barred`: a person undid it, so no pass may make it again.
    """

    rule = models.CharField(max_length=40)
    settlement_line_id = models.UUIDField(null=True)
    operation_id = models.UUIDField(null=True)
    statement_line_id = models.UUIDField(null=True)
    payout_id = models.UUIDField(null=True)
    deposit_id = models.UUIDField(null=True)
    dispute_id = models.UUIDField(null=True)
    carried_by_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    evidence = models.JSONField(default=dict)
    matched_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    group_id = models.UUIDField(null=True)
    part = models.SmallIntegerField(default=0, db_default=0)
    score = models.SmallIntegerField(default=1000, db_default=1000)
    is_barred = models.BooleanField(default=False, db_default=False)

    class Meta(MerchantModel.Meta):
        db_table = "recon_match"
        constraints = [
            # Once for each settlement line, by the primary key.
            models.CheckConstraint(
                condition=Q(settlement_line_id=None)
                | Q(undone_at=None, id=models.F("settlement_line_id"))
                | Q(undone_at=None, group_id__isnull=False)
                | (Q(undone_at__isnull=False) & ~Q(id=models.F("settlement_line_id"))),
                name="live_match_is_its_line",
            ),
            models.UniqueConstraint(
                fields=["operation_id", "part"],
                condition=Q(undone_at=None, operation_id__isnull=False),
                name="operation_matched_once",
            ),
            models.UniqueConstraint(
                fields=["statement_line_id", "part"],
                condition=Q(undone_at=None, statement_line_id__isnull=False),
                name="statement_line_matched_once",
            ),
            models.CheckConstraint(condition=Q(part=0) | Q(group_id__isnull=False), name="match_part_of_group"),
        ]
        # A payout that came short may be completed by a second bank line, so it alone may have several matches.
        indexes = [
            models.Index(fields=["payout_id"], condition=Q(payout_id__isnull=False), name="match_by_payout"),
            models.Index(fields=["group_id"], condition=Q(group_id__isnull=False), name="match_by_group"),
            models.Index(fields=["merchant_id"], condition=Q(is_barred=True), name="match_barred"),
        ]


class Deviation(MerchantModel):
    """
    A reconciliation exception: what differs, by how much, where, and what probably happened. `dedup_key` makes a second run find the same row.

    `amount_minor` is signed from the merchant's view: negative is money missing. `suggestions` are what may belong to it, each with its score per mille and what
    speaks for it, best first: for a person to choose from, never a match.
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
    # Whose work it is, until when (null: what its kind allows), and until when nobody need look at it.
    owner = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="+", db_index=False)
    due_on = models.DateField(null=True)
    snoozed_until = models.DateField(null=True)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    suggestions = models.JSONField(default=list, db_default=[])

    class Meta(MerchantModel.Meta):
        db_table = "recon_exception"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "dedup_key"], name="exception_once"),
            EXCEPTION.check("exception_status_known"),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "status", "-id"], name="exception_by_status"),
            models.Index(
                fields=["operation_id"], condition=Q(operation_id__isnull=False), name="exception_by_operation"
            ),
        ]
        triggers = [EXCEPTION.trigger("exception_states")]
