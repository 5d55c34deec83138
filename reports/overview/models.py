"""Who sees to what needs somebody."""

from django.db import models

from merchant.accounts.models import StaffMember
from merchant.core.tenancy import MerchantModel


class NeedOwner(MerchantModel):
    """
    One person who sees to one thing of the inbox. `key` names the thing as the list does (`unknown-<payment id>`).

    What needs somebody is no row of its own: it is read from the slices, and is gone when it needs nobody any more. The note stays and says nothing then.
    """

    key = models.CharField(max_length=160)
    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "overview_need_owner"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "key"], name="need_owner_once")]
