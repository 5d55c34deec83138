"""Fee contracts."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from payments.gateways.models import GatewayAccount


class FeeContract(MerchantModel):
    """A blended fee of one gateway account from a day on: basis points of the gross, rounded half up, plus a fixed part per sale. Refunds cost `refund_fixed_minor`."""

    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="fee_contracts")
    valid_from = models.DateField()
    basis_points = models.IntegerField()
    fixed_minor = models.BigIntegerField()
    refund_fixed_minor = models.BigIntegerField(default=0)

    class Meta(MerchantModel.Meta):
        db_table = "fee_contract"
        constraints = [models.UniqueConstraint(fields=["gateway_account", "valid_from"], name="fee_contract_once")]
