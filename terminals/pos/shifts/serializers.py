"""What comes in and goes out over REST about shifts, drawers, Zs and deposits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers as fields

from merchant.accounts.models import StaffMember
from merchant.core.fields import CurrencyField
from merchant.core.money import MINOR_MAX
from orders.documents.render import FORMATS
from payments.reconciliation.models import Deposit
from payments.records.models import METHODS
from terminals.pos.shifts.closings import figures_json
from terminals.pos.shifts.counting import Counted
from terminals.pos.shifts.denominations import denominations_of
from terminals.pos.shifts.figures import Figures
from terminals.pos.shifts.models import Closing, Count, Drawer, Movement, Shift
from terminals.pos.shifts.states import ASKED_KINDS

# A drawer with more pieces of one kind is a typing mistake.
PIECES_MAX = 100_000


class PersonInput(fields.Serializer[Any]):
    """Whose hand it is: a member of staff of the store. Without one it is whoever sends the request."""

    member_id = fields.UUIDField(allow_null=True, default=None)


class OpenShiftInput(PersonInput):
    """A new shift. `float` is put into the drawer from the safe. People in the back office name the register."""

    float_minor = fields.IntegerField(min_value=0, max_value=MINOR_MAX, default=0)
    register_id = fields.UUIDField(allow_null=True, default=None)


class MovementInput(PersonInput):
    """Cash in or out of a drawer, with its reason. `no_sale` opens it for nothing and has no amount."""

    kind = fields.ChoiceField(choices=ASKED_KINDS)
    amount_minor = fields.IntegerField(min_value=0, max_value=MINOR_MAX, default=0)
    reason = fields.CharField(max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An amount belongs to every kind but `no_sale`."""
        if (attrs["kind"] == "no_sale") != (attrs["amount_minor"] == 0):
            raise fields.ValidationError({"amount_minor": _("An amount belongs to every kind but no_sale.")})
        return attrs


class CountInput(PersonInput):
    """
    A count: pieces by the value of the note or coin in minor units, loose money, and the sums of other tenders' slips. An empty drawer is counted as 0;
    a count that names neither pieces nor loose money is refused.
    """

    denominations = fields.DictField(
        child=fields.IntegerField(min_value=0, max_value=PIECES_MAX), default=dict, required=False
    )
    loose_minor = fields.IntegerField(min_value=0, max_value=MINOR_MAX, allow_null=True, default=None)
    tenders = fields.DictField(child=fields.IntegerField(max_value=MINOR_MAX), default=dict, required=False)

    def validate_denominations(self, value: dict[str, int]) -> dict[int, int]:
        """The keys are whole numbers of minor units."""
        if not all(key.isdecimal() and len(key) < 12 for key in value):
            raise fields.ValidationError(_("A note or coin is named by its value in minor units."))
        return {int(key): number for key, number in value.items()}

    def validate_tenders(self, value: dict[str, int]) -> dict[str, int]:
        """Cash is counted by pieces; other tenders by their method."""
        if set(value) - (set(METHODS) - {"cash"}):
            raise fields.ValidationError(_("Only methods other than cash are counted by their slips."))
        return value


class EndInput(fields.Serializer[Any]):
    """How a shift ends: at which count, why it differs, and the approval for what the caller may not accept alone."""

    count_id = fields.UUIDField()
    reason = fields.CharField(max_length=200, default="", allow_blank=True)
    approval_id = fields.UUIDField(allow_null=True, default=None)


class HandOverInput(EndInput):
    """The count at which a shift ends, and who goes on."""

    to_member_id = fields.UUIDField(allow_null=True, default=None)


class CloseInput(EndInput, PersonInput):
    """
    The count at which a shift ends and the Z is made. `left` stays in the drawer, the rest goes to the safe. `unsent` is how many sales the tablet has not
    sent yet; `leaves_orders` lets open orders stay for the next shift.
    """

    left_minor = fields.IntegerField(min_value=0, max_value=MINOR_MAX, default=0)
    unsent = fields.IntegerField(min_value=0, max_value=1_000_000, default=0)
    leaves_orders = fields.BooleanField(default=False)


class DrawerInput(fields.Serializer[Any]):
    """The rules of a drawer; null is no limit."""

    limit_minor = fields.IntegerField(min_value=0, max_value=MINOR_MAX, allow_null=True)
    difference_limit_minor = fields.IntegerField(min_value=0, max_value=MINOR_MAX, allow_null=True)
    is_blind = fields.BooleanField(default=True)


class TrainingInput(fields.Serializer[Any]):
    """Whether a register is in training."""

    is_training = fields.BooleanField()


class DepositInput(PersonInput):
    """Cash that leaves a store's safe for the bank. `reference` is the number of the bag or slip; without one it gets one."""

    store_id = fields.UUIDField(allow_null=True, default=None)
    amount_minor = fields.IntegerField(min_value=1, max_value=MINOR_MAX)
    currency = CurrencyField()
    reference = fields.RegexField(r"^[0-9A-Za-z][0-9A-Za-z./-]{5,39}$", required=False, default="")


class ShiftOutput(fields.Serializer[Any]):
    """A shift. What was expected and counted is shown once it has ended."""

    id = fields.UUIDField()
    register_id = fields.UUIDField()
    store_id = fields.UUIDField()
    status = fields.CharField()
    person = fields.CharField()
    member_id = fields.UUIDField(allow_null=True)
    currency = fields.CharField()
    float_minor = fields.IntegerField()
    business_date = fields.DateField()
    opened_at = fields.DateTimeField()
    ended_at = fields.DateTimeField(allow_null=True)
    receipts_after = fields.IntegerField()
    receipts_until = fields.IntegerField(allow_null=True)
    expected_minor = fields.IntegerField(allow_null=True)
    counted_minor = fields.IntegerField(allow_null=True)
    difference_minor = fields.IntegerField(allow_null=True)
    reason = fields.CharField()
    closing_id = fields.UUIDField(allow_null=True)


class CurrentShiftOutput(fields.Serializer[Any]):
    """What a till needs to know before it opens or counts."""

    shift = ShiftOutput(allow_null=True)
    denominations = fields.ListField(child=fields.IntegerField())
    is_training = fields.BooleanField()
    is_blind = fields.BooleanField()
    is_over_limit = fields.BooleanField()
    blockers = fields.ListField(child=fields.DictField())


class MovementOutput(fields.Serializer[Any]):
    """A movement of a drawer. Positive is into it."""

    id = fields.UUIDField()
    shift_id = fields.UUIDField()
    kind = fields.CharField()
    amount_minor = fields.IntegerField()
    currency = fields.CharField()
    reason = fields.CharField()
    person = fields.CharField()
    at = fields.DateTimeField()
    opens_drawer = fields.SerializerMethodField()

    def get_opens_drawer(self, movement: Movement) -> bool:
        """Cash needs an open drawer."""
        return True


class CountOutput(fields.Serializer[Any]):
    """A count, beside what was expected at that moment."""

    id = fields.UUIDField()
    shift_id = fields.UUIDField()
    counted_minor = fields.IntegerField()
    expected_minor = fields.IntegerField()
    difference_minor = fields.SerializerMethodField()
    at = fields.DateTimeField()

    def get_difference_minor(self, count: Count) -> int:
        """What was counted beyond what was expected."""
        return int(count.counted_minor - count.expected_minor)


class ClosingOutput(fields.Serializer[Any]):
    """A Z. `content` is everything on it, as it was frozen."""

    id = fields.UUIDField()
    register_id = fields.UUIDField()
    store_id = fields.UUIDField()
    number = fields.IntegerField()
    business_date = fields.DateField()
    began_at = fields.DateTimeField()
    closed_at = fields.DateTimeField()
    person = fields.CharField()
    currency = fields.CharField()
    receipts_after = fields.IntegerField()
    receipts_until = fields.IntegerField()
    sales_minor = fields.IntegerField()
    returns_minor = fields.IntegerField()
    refunds_minor = fields.IntegerField()
    grand_sales_minor = fields.IntegerField()
    grand_returns_minor = fields.IntegerField()
    opening_cash_minor = fields.IntegerField()
    expected_cash_minor = fields.IntegerField()
    counted_cash_minor = fields.IntegerField()
    closing_cash_minor = fields.IntegerField()
    content = fields.DictField()
    digest = fields.CharField()
    files = fields.SerializerMethodField()

    def get_files(self, closing: Closing) -> dict[str, str]:
        """Where the paper is."""
        return {format_: f"/api/v1/closings/{closing.id}/z.{format_}" for format_ in FORMATS}


class ShiftPage(fields.Serializer[Any]):
    """Shifts, newest first."""

    results = ShiftOutput(many=True)
    older = fields.CharField(allow_null=True)
    newer = fields.CharField(allow_null=True)


class ClosingPage(fields.Serializer[Any]):
    """Zs, newest first."""

    results = ClosingOutput(many=True)
    older = fields.CharField(allow_null=True)
    newer = fields.CharField(allow_null=True)


class DepositOutput(fields.ModelSerializer[Deposit]):
    """A deposit, and what of it the bank has credited."""

    store_id = fields.UUIDField()

    class Meta:
        model = Deposit
        fields = [
            "id",
            "store_id",
            "reference",
            "currency",
            "amount_minor",
            "arrived_minor",
            "status",
            "person",
            "sent_on",
            "sent_at",
        ]


class DepositPage(fields.Serializer[Any]):
    """Deposits, newest first."""

    results = DepositOutput(many=True)
    older = fields.CharField(allow_null=True)
    newer = fields.CharField(allow_null=True)


class DrawerOutput(fields.Serializer[Any]):
    """The rules of a register's drawer."""

    register_id = fields.UUIDField()
    limit_minor = fields.IntegerField(allow_null=True)
    difference_limit_minor = fields.IntegerField(allow_null=True)
    is_blind = fields.BooleanField()
    over_limit_since = fields.DateTimeField(allow_null=True)


class CashiersOutput(fields.Serializer[Any]):
    """Who may stand at a till of the store."""

    results = fields.ListField(child=fields.DictField())


def counted(data: dict[str, Any]) -> Counted:
    """Return a validated count as services take it."""
    return Counted(data["denominations"], data["loose_minor"], data["tenders"])


def current_output(
    shift: Shift | None, drawer: Drawer, *, currency: str, is_training: bool, blockers: list[dict[str, str]]
) -> dict[str, Any]:
    """Return what a till needs to know."""
    return {
        "shift": ShiftOutput(shift).data if shift else None,
        "denominations": list(denominations_of(currency)),
        "is_training": is_training,
        "is_blind": drawer.is_blind,
        "is_over_limit": drawer.over_limit_since is not None,
        "blockers": blockers,
    }


def x_output(found: Figures, *, currency: str) -> dict[str, Any]:
    """Return an X."""
    return {"currency": currency, **figures_json(found), "expected_cash_minor": found.expected_cash_minor}


def cashier_output(member: StaffMember) -> dict[str, Any]:
    """Return a member of staff as the till lists them."""
    return {"member_id": str(member.id), "name": str(member.user), "role": member.role}
