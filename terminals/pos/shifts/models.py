"""Shifts, movements of drawers, counts and closings."""

import pgtrigger
from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register, Store
from terminals.pos.shifts.states import MOVEMENT_SIGNS, SHIFT

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Drawer(MerchantModel):
    """
    The rules of a register's drawer. None is no limit.

    Above `limit_minor` somebody should bring cash to the safe; `over_limit_since` says that it is so. A difference above `difference_limit_minor` needs a
    person with the right to accept it. A blind count does not show what is expected before it is made.
    """

    register = models.OneToOneField(Register, models.PROTECT, related_name="+")
    limit_minor = models.BigIntegerField(null=True)
    difference_limit_minor = models.BigIntegerField(null=True)
    is_blind = models.BooleanField(default=True)
    over_limit_since = models.DateTimeField(null=True)
    seen_minor = models.BigIntegerField(default=0)

    class Meta(MerchantModel.Meta):
        db_table = "till_drawer"
        indexes = [
            models.Index(
                fields=["merchant_id"], condition=Q(over_limit_since__isnull=False), name="drawer_over_its_limit"
            )
        ]


class Closing(MerchantModel):
    """
    A Z: what happened at a register since the one before, frozen. Numbered without gaps; each begins where the last ended, in receipts and in cash.

    `digest` is the SHA-256 of everything on it and stands in the audit trail, which is sealed. `content` holds every figure and word.
    """

    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    number = models.IntegerField()
    business_date = models.DateField()
    began_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    person = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    # The receipts it counts are those above `receipts_after` up to and with `receipts_until`.
    receipts_after = models.BigIntegerField()
    receipts_until = models.BigIntegerField()
    sales_minor = models.BigIntegerField()
    returns_minor = models.BigIntegerField()
    refunds_minor = models.BigIntegerField()
    grand_sales_minor = models.BigIntegerField()
    grand_returns_minor = models.BigIntegerField()
    opening_cash_minor = models.BigIntegerField()
    expected_cash_minor = models.BigIntegerField()
    counted_cash_minor = models.BigIntegerField()
    closing_cash_minor = models.BigIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta(MerchantModel.Meta):
        db_table = "till_closing"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "register", "number"], name="closing_number_once"),
            models.CheckConstraint(
                condition=Q(receipts_until__gte=models.F("receipts_after")), name="closing_receipts_forward"
            ),
        ]
        indexes = [models.Index(fields=["merchant_id", "-id"], name="closing_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Shift(MerchantModel):
    """A person's time at a register, from the float to the count. At most one is open at a register. `closing` is the Z that counts it."""

    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=SHIFT.choices(), default="open")
    member_id = models.UUIDField(null=True)
    person = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    float_minor = models.BigIntegerField()
    business_date = models.DateField()
    opened_at = models.DateTimeField()
    receipts_after = models.BigIntegerField()
    receipts_until = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    expected_minor = models.BigIntegerField(null=True)
    counted_minor = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, default="")
    closing = models.ForeignKey(Closing, models.PROTECT, null=True, related_name="shifts")

    class Meta(MerchantModel.Meta):
        db_table = "till_shift"
        constraints = [
            SHIFT.check("shift_status_known"),
            models.UniqueConstraint(
                fields=["register"], condition=Q(status="open"), name="one_open_shift_per_register"
            ),
            models.CheckConstraint(condition=Q(float_minor__gte=0), name="shift_float_not_negative"),
        ]
        indexes = [
            models.Index(fields=["register"], condition=Q(closing=None), name="shift_to_count"),
            models.Index(fields=["merchant_id", "-id"], name="shift_newest"),
        ]
        triggers = [SHIFT.trigger("shift_states")]

    @property
    def difference_minor(self) -> int | None:
        """What was counted beyond what was expected; None before the count."""
        if self.counted_minor is None or self.expected_minor is None:
            return None
        return int(self.counted_minor - self.expected_minor)


class Movement(MerchantModel):
    """Cash put into or taken out of a drawer beside sales, or the drawer opened for nothing; by whom and why. Positive is into the drawer."""

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in MOVEMENT_SIGNS])
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    person = models.CharField(max_length=120)
    member_id = models.UUIDField(null=True)
    business_date = models.DateField()
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "till_movement"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="no_sale", amount_minor=0)
                | Q(kind__in=["float", "paid_in"], amount_minor__gt=0)
                | Q(kind__in=["paid_out", "safe_drop"], amount_minor__lt=0)
                | Q(kind="over_short") & ~Q(amount_minor=0),
                name="movement_signed_by_its_kind",
            )
        ]
        indexes = [models.Index(fields=["shift"], name="movement_by_shift")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Count(MerchantModel):
    """
    What somebody counted, and what was expected at that moment. Each count stays: the first one is the blind one.

    `denominations` maps the value of a note or coin in minor units to how many there were; `tenders` a method to the sum of its slips.
    """

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="counts")
    denominations = models.JSONField(default=dict)
    loose_minor = models.BigIntegerField(default=0)
    tenders = models.JSONField(default=dict)
    counted_minor = models.BigIntegerField()
    expected_minor = models.BigIntegerField()
    person = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "till_count"
        indexes = [models.Index(fields=["shift"], name="count_by_shift")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
