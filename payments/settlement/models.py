"""Report files, settlement lines, payouts."""

import pgtrigger
from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount
from payments.settlement.formats.mapping import CODE_PREFIX, SIDES
from payments.settlement.states import PAYOUT, REPORT


class ReportFile(MerchantModel):
    """
    A processor's file as it came (kept under its hash), what was read out of it, and whether it ties. `summary` is what `import_report` prints.

    `covers_until` is the last day its rows speak of, null if they name none; `rows_known` counts those that an earlier report had brought as they are,
    `rows_changed` those it had brought with other amounts; `rows_gone` tells the number and the first of those that a batch no longer has, empty if none;
    `lines_open` counts sales and refunds that no reconciliation has matched, null before the first.
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
    rows_changed = models.IntegerField(default=0, db_default=0)
    rows_gone = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
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

    @property
    def is_empty(self) -> bool:
        """Whether it was read to its end and has no row: processors send such reports of days without payments on purpose, so it is no fault."""
        return bool(self.status == "posted" and self.summary.get("rows") == 0)


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
            # The account has one merchant; his id beside it was a seventh of what storing a million lines took.
            models.UniqueConstraint(fields=["gateway_account", "line_key"], name="settlement_line_once"),
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


class ColumnMapping(MerchantModel):
    """
    One version of how a delimited file nobody has written a format for is read: a processor's report or a bank's statement. A change is a new version, and a
    file keeps the one it was read by (its `format` names it).

    `spec` is `formats.mapping.MappingSpec`; `signature` what its header is known by; `account_id` the gateway or bank account it is for, null for any of them.
    `sample_sha256` is the file it was made with, for its preview.
    """

    side = models.CharField(max_length=10, choices=[(side, side) for side in SIDES])
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    signature = models.CharField(max_length=64)
    header = models.JSONField(default=list)
    account_id = models.UUIDField(null=True)
    sample_sha256 = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, default="")

    class Meta(MerchantModel.Meta):
        db_table = "column_mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "side", "name", "version"], name="column_mapping_version_once"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    @property
    def code(self) -> str:
        """What a file read by this version has as its format."""
        return f"{CODE_PREFIX}{self.id.hex}"


class UnknownFile(MerchantModel):
    """A file in columns that no format and no mapping fits, kept until somebody says what its columns are: `taken_at`."""

    side = models.CharField(max_length=10, choices=[(side, side) for side in SIDES])
    account_id = models.UUIDField()
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "import_unknown_file"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "account_id", "sha256"], name="unknown_file_once")
        ]


class FeeParts(MerchantModel):
    """
    What a settlement line says about its fee and its card, where the format tells more than one figure: a table of its own, so that lines stay light.

    The parts are of the settlement currency, positive when charged. "" is not known; `card_country` is where the card was issued.
    """

    id = None  # type: ignore[assignment]
    line = models.OneToOneField(SettlementLine, models.PROTECT, primary_key=True, db_constraint=False, related_name="+")
    method = models.CharField(max_length=14, default="")
    brand = models.CharField(max_length=20, default="")
    card_kind = models.CharField(max_length=10, default="")
    card_country = models.CharField(max_length=2, default="")
    interchange_minor = models.BigIntegerField(null=True)
    scheme_minor = models.BigIntegerField(null=True)
    markup_minor = models.BigIntegerField(null=True)
    commission_minor = models.BigIntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "settlement_fee_parts"


class LineChange(MerchantModel):
    """
    One row that `report` brought with other amounts than `earlier_report`: the line it `replaced`, its opposite, and the line that holds now. Never changed.

    The three lines stay; the first gives its key to the last. Their ids are plain, as lines are never deleted.
    """

    report = models.ForeignKey(ReportFile, models.PROTECT, related_name="changes")
    earlier_report = models.ForeignKey(ReportFile, models.PROTECT, related_name="+")
    replaced_id = models.UUIDField()
    reversal_id = models.UUIDField()
    line_id = models.UUIDField()

    class Meta(MerchantModel.Meta):
        db_table = "settlement_change"
        constraints = [
            models.UniqueConstraint(fields=["replaced_id"], name="settlement_line_replaced_once"),
            models.UniqueConstraint(fields=["reversal_id"], name="settlement_reversal_once"),
            models.UniqueConstraint(fields=["line_id"], name="settlement_line_replaces_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
