"""Approvals and the PINs by which they are granted at a till."""

from django.db import models
from django.db.models import Q

from merchant.accounts.approvals.states import APPROVAL, OPEN_APPROVAL
from merchant.accounts.models import StaffMember
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store


class Approval(MerchantModel):
    """
    One act that somebody may not do alone: the right it needs, what it is done to (`payment:<id>`), up to which amount, and why.

    `asked_by` is the actor's key; a person who asks is named in `asked_by_member` too, so that nobody grants their own request. `amount_minor` null is an act
    without an amount.
    """

    right = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="")
    reason = models.CharField(max_length=200)
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=8, choices=APPROVAL.choices(), default="asked")
    asked_by = models.CharField(max_length=60)
    asked_by_name = models.CharField(max_length=120)
    asked_by_member = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(StaffMember, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_with_pin = models.BooleanField(default=False)
    used_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_approval"
        constraints = [
            APPROVAL.check("approval_status_known"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(asked_by_member=None) | ~Q(decided_by=models.F("asked_by_member")),
                name="approval_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["granted", "refused", "used"]) | Q(decided_by__isnull=False),
                name="approval_has_a_decider",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="approval_newest"),
            models.Index(fields=["expires_at"], name="approval_to_expire", condition=Q(status__in=OPEN_APPROVAL)),
        ]
        triggers = [APPROVAL.trigger("approval_states")]


class StaffPin(MerchantModel):
    """A person's PIN for granting at a till, kept as Argon2id. `failures` in a row lock it until it is set anew."""

    member = models.OneToOneField(StaffMember, models.PROTECT, related_name="+")
    pin_hash = models.CharField(max_length=200)
    failures = models.SmallIntegerField(default=0)
    set_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "merchant_staff_pin"
