"""Report files, settlement lines, payouts."""

from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount
from payments.settlement.states import PAYOUT, REPORT


class ReportFile(MerchantModel):
    """
    A processor's file as it came (kept under its hash), what was read out of it, and whether it ties. `summary` is what `import_report` prints.

    `covers_until` is the last day its rows speak of, null if they name none; `rows_known` counts those that an earlier report had brought; `lines_open` counts sales and refunds that no
    reconciliation has matched, null before the first.
    """

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    format = models.CharField(max_length=40, default="")
    status = models.CharField(max_length=16, choices=REPORT.choices(), default="received")
    summary = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)
    covers_until = models.DateField(null=True)
    rows_known = models.IntegerField(default=0, db_default=0)
    lines_open = models.IntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "settlement_report"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "gateway_account", "sha256"], name="report_once"),
            REPORT.check("report_status_known"),
        ]
        triggers = [REPORT.trigger("report_states")]

    @property
    def brings_nothing(self) -> bool:
        """Whether every row was known from earlier reports, so that nothing was booked."""
        return bool(self.status == "posted" and 0 < self.rows_known == self.summary.get("rows"))


class Payout(MerchantModel):
    """Money a processor says it sends to the bank. `arrived_minor` is what was found on the statement."""

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="+")
    report = models.ForeignKey(ReportFile, models.PROTECT, null=True, related_name="payouts")
    reference = models.CharField(max_length=80)
    batch = models.CharField(max_length=80, default="")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    arrived_minor = models.BigIntegerField(default=0)
    status = models.CharField(max_length=12, choices=PAYOUT.choices(), default="expected")
    announced_on = models.DateField()
    expected_on = models.DateField()

    class Meta(MerchantModel.Meta):
        db_table = "settlement_payout"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "gateway_account", "reference"], name="payout_once"),
            PAYOUT.check("payout_status_known"),
        ]
        triggers = [PAYOUT.trigger("payout_states")]


class SettlementLine(MerchantModel):
    """
    One row of a report in our normal form; the row as it came is line `line` of the kept file. `line_key` is the processor's own id of the row (or a counter among
    equal rows), so an overlapping file adds nothing twice. Signed from the merchant's view; fee positive when charged; net = gross − fee.
    """

    # A report has a million lines, written by its own import in a few statements and never deleted: no key is checked row by row.
    report = models.ForeignKey(ReportFile, models.PROTECT, related_name="lines", db_index=False, db_constraint=False)
    gateway_account = models.ForeignKey(
        GatewayAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    line = models.IntegerField()
    line_key = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    type_text = models.CharField(max_length=60)
    processor_reference = models.CharField(max_length=80, default="")
    operation_reference = models.CharField(max_length=80, default="")
    merchant_reference = models.CharField(max_length=80, default="")
    batch = models.CharField(max_length=80, default="")
    payout_reference = models.CharField(max_length=80, default="")
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    original_currency = models.CharField(max_length=3, default="")
    original_gross_minor = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField(null=True)
    booked_on = models.DateField(null=True)
    store = models.CharField(max_length=60, default="")
    terminal = models.CharField(max_length=60, default="")
    last4 = models.CharField(max_length=4, default="")
    auth_code = models.CharField(max_length=12, default="")

    class Meta(MerchantModel.Meta):
        db_table = "settlement_line"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "gateway_account", "line_key"], name="settlement_line_once"),
            models.CheckConstraint(
                condition=Q(net_minor=models.F("gross_minor") - models.F("fee_minor")), name="settlement_line_ties"
            ),
        ]
        indexes = [
            models.Index(fields=["report", "line"], name="settlement_line_by_report"),
            # What is no sale and no refund is rare, and looked for in every run.
            models.Index(
                fields=["merchant_id", "report"],
                condition=~Q(kind__in=["sale", "refund"]),
                name="settlement_line_others",
            ),
        ]
