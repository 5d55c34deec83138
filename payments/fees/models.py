"""Fee contracts and their prices."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount

PRICINGS = ["blended", "interchange_plus"]
REGIONS = ["domestic", "eea", "other"]
CARD_KINDS = ["debit", "credit", "prepaid", "commercial"]


class FeeContract(MerchantModel):
    """
    One version of what a gateway account charges, from a day on until the next version of the same currency.

    A sale costs basis points of its gross, rounded half up, plus a fixed part, within `minimum_minor` and `maximum_minor`; a `FeePrice` that fits it goes before
    these. `interchange_plus` adds interchange and scheme fees as the report gives them. Of parts that are null the contract says nothing, and nothing is judged.
    `currency` is that of the settlement, "" the account's own. `valid_until` is the day the next version begins, on rows that `queries` reads.
    """

    valid_until: date | None

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="fee_contracts")
    valid_from = models.DateField()
    currency = models.CharField(max_length=3, default="", db_default="")
    pricing = models.CharField(
        max_length=16, choices=[(name, name) for name in PRICINGS], default="blended", db_default="blended"
    )
    basis_points = models.IntegerField()
    fixed_minor = models.BigIntegerField()
    minimum_minor = models.BigIntegerField(null=True)
    maximum_minor = models.BigIntegerField(null=True)
    refund_fixed_minor = models.BigIntegerField(default=0, db_default=0)
    chargeback_fixed_minor = models.BigIntegerField(null=True)
    payout_fixed_minor = models.BigIntegerField(null=True)
    monthly_minor = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, default="", db_default="")
    made_by = models.CharField(max_length=120, default="", db_default="")
    made_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "fee_contract"
        constraints = [
            models.UniqueConstraint(fields=["gateway_account", "currency", "valid_from"], name="fee_contract_once"),
            models.CheckConstraint(
                condition=Q(basis_points__gte=0, fixed_minor__gte=0, refund_fixed_minor__gte=0),
                name="fee_contract_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(minimum_minor=None) | Q(maximum_minor=None) | Q(maximum_minor__gte=F("minimum_minor")),
                name="fee_contract_limits_in_order",
            ),
        ]


class FeePrice(MerchantModel):
    """
    The price of some sales under a contract: the first in the order of `place` that fits decides.

    An empty criterion fits everything; a filled one fits only what is known to be so.
    """

    contract = models.ForeignKey(FeeContract, models.CASCADE, related_name="prices")
    place = models.SmallIntegerField()
    method = models.CharField(max_length=14, default="")
    brand = models.CharField(max_length=20, default="")
    region = models.CharField(max_length=8, choices=[(name, name) for name in REGIONS], default="")
    card_kind = models.CharField(max_length=10, choices=[(name, name) for name in CARD_KINDS], default="")
    basis_points = models.IntegerField()
    fixed_minor = models.BigIntegerField()
    minimum_minor = models.BigIntegerField(null=True)
    maximum_minor = models.BigIntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "fee_price"
        constraints = [
            models.UniqueConstraint(fields=["contract", "place"], name="fee_price_place_once"),
            models.CheckConstraint(condition=Q(basis_points__gte=0, fixed_minor__gte=0), name="fee_price_not_negative"),
            models.CheckConstraint(
                condition=Q(minimum_minor=None) | Q(maximum_minor=None) | Q(maximum_minor__gte=F("minimum_minor")),
                name="fee_price_limits_in_order",
            ),
        ]
