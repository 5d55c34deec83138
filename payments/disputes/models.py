"""Disputes, what they moved, what was said about them, and what we answered."""

import pgtrigger
from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from payments.disputes.states import ANSWER, ANSWER_KINDS, DISPUTE, MOVEMENT_KINDS, ORIGINS, PHASES, REASONS
from payments.gateways.models import GatewayAccount
from payments.records.models import Payment


def _choices(words: list[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in words]


class Dispute(MerchantModel):
    """
    One dispute. `held_minor` (at stake now) and `lost_minor` (gone) are projections of its movements, written by `movements.project` alone.

    `payment` is null while nobody knows which payment it is about. `external_id` is the processor's; `sequence` its latest change that we know of. `round` is 2
    once a won dispute came back. `due_at` is the last moment for an answer.
    """

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+")
    external_id = models.CharField(max_length=80, default="")
    payment_reference = models.CharField(max_length=80, default="")
    origin = models.CharField(max_length=10, choices=_choices(ORIGINS))
    phase = models.CharField(max_length=16, choices=_choices(PHASES))
    round = models.SmallIntegerField(default=1)
    sequence = models.IntegerField(default=0)
    status = models.CharField(max_length=14, choices=DISPUTE.choices(), default="opened")
    reason = models.CharField(max_length=24, choices=_choices(REASONS))
    reason_text = models.CharField(max_length=80, default="")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    held_minor = models.BigIntegerField(default=0)
    lost_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=60)
    store_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    business_date = models.DateField()

    class Meta(MerchantModel.Meta):
        db_table = "dispute_dispute"
        constraints = [
            DISPUTE.check("dispute_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(condition=Q(held_minor__gte=0, lost_minor__gte=0), name="dispute_projections_sane"),
            models.UniqueConstraint(
                fields=["gateway_account", "external_id"], condition=~Q(external_id=""), name="dispute_once"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="dispute_newest"),
            models.Index(fields=["merchant_id", "status", "due_at"], name="dispute_by_deadline"),
            models.Index(fields=["payment"], name="dispute_by_payment"),
        ]
        triggers = [DISPUTE.trigger("dispute_states")]


class DisputeMovement(MerchantModel):
    """
    Money of a dispute that moved, booked by one journal of the source `dispute:<id>:<cycle>`. Never changed, but for the report row that proves it.

    A cycle begins with `withdrawn` or `recovered` and ends with `returned`, `lost` or both. `withdrawn` and `returned` stand on clearing until a settlement
    line says the same.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=_choices(MOVEMENT_KINDS))
    cycle = models.SmallIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    settlement_line_id = models.UUIDField(null=True)
    business_date = models.DateField()
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "dispute_movement"
        constraints = [
            models.UniqueConstraint(fields=["dispute", "cycle", "kind"], name="dispute_movement_once"),
            models.UniqueConstraint(
                fields=["settlement_line_id"],
                condition=Q(settlement_line_id__isnull=False),
                name="dispute_line_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="dispute_movement_positive"),
        ]
        indexes = [
            models.Index(fields=["dispute"], condition=Q(settlement_line_id=None), name="dispute_movement_unproven")
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="amounts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("dispute", "kind", "cycle", "amount_minor", "currency", "business_date"),
            ),
        ]


class DisputeNote(MerchantModel):
    """What somebody said about a dispute, kept as it came (scrubbed). Never changed."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="notes")
    source = models.CharField(max_length=10)
    said = models.CharField(max_length=14)
    text = models.CharField(max_length=300, default="")
    data = models.JSONField(default=dict)
    changed = models.BooleanField()
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "dispute_note"
        indexes = [models.Index(fields=["dispute"], name="dispute_note_by_dispute")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class DisputeFile(MerchantModel):
    """A file that goes with the evidence, kept under its hash."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    content_type = models.CharField(max_length=40)
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "dispute_file"
        constraints = [models.UniqueConstraint(fields=["dispute", "sha256"], name="dispute_file_once")]


class DisputeReply(MerchantModel):
    """
    What we answer, exactly as it is sent: `items` of the evidence pack, our own words, files by hash. `reference` makes sending it again harmless.

    At most one waits to be sent per dispute.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=10, choices=_choices(ANSWER_KINDS))
    status = models.CharField(max_length=10, choices=ANSWER.choices(), default="requested")
    round = models.SmallIntegerField()
    reference = models.CharField(max_length=40, unique=True)
    text = models.TextField(default="")
    items = models.JSONField(default=list)
    files = models.JSONField(default=list)
    refusal = models.CharField(max_length=200, default="")
    job_id = models.UUIDField(null=True)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "dispute_reply"
        constraints = [
            ANSWER.check("dispute_reply_status_known"),
            models.UniqueConstraint(
                fields=["dispute"], condition=Q(status="requested"), name="one_reply_on_its_way_per_dispute"
            ),
        ]
        triggers = [ANSWER.trigger("dispute_reply_states")]
