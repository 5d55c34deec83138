"""What tills may do offline, and the sales that arrived from there."""

from django.db import models

from merchant.accounts.models import Device
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register, Store
from terminals.pos.states import OFFLINE_SALE


class OfflineRules(MerchantModel):
    """
    What a merchant's tills, or those of one store, may take while they are offline. A null is inherited: from the merchant's row, then from `offline_rules.DEFAULTS`.

    Amounts are minor units. A sale is as old as the time between its moment and its arrival; the sums and the number of a device are those of the
    `age_minutes_max` before each of its sales.
    """

    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    is_allowed = models.BooleanField(null=True)
    sale_cash_max_minor = models.BigIntegerField(null=True)
    sale_gift_card_max_minor = models.BigIntegerField(null=True)
    device_cash_max_minor = models.BigIntegerField(null=True)
    device_gift_card_max_minor = models.BigIntegerField(null=True)
    device_sales_max = models.IntegerField(null=True)
    age_minutes_max = models.IntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "till_offline_rules"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "store"], nulls_distinct=False, name="offline_rules_once")
        ]


class OfflineSale(MerchantModel):
    """
    One sale that a till made offline and sent later: landed as an order, or refused and still in the tablet's queue, with the reason.

    `key` is the tablet's own. `printed_number` is on the customer's paper; the receipt's own number differs where the register had given it to another meanwhile.
    """

    device = models.ForeignKey(Device, models.PROTECT, related_name="+")
    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    status = models.CharField(max_length=8, choices=OFFLINE_SALE.choices())
    refusal = models.CharField(max_length=60, default="")
    refusal_text = models.CharField(max_length=300, default="")
    order_id = models.UUIDField(null=True)
    receipt_number = models.BigIntegerField(null=True)
    printed_number = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    cash_minor = models.BigIntegerField()
    gift_card_minor = models.BigIntegerField()
    # What the till charged less what the catalogue says now.
    price_difference_minor = models.BigIntegerField(default=0)
    oversold = models.JSONField(default=dict)
    # What the till said was handed over, where that cannot be: less than was paid, or more than anybody gives change for. The sale is booked as paid exactly.
    odd_tendered_minor = models.BigIntegerField(null=True)
    # What the till's clock said, where that is still to come: the sale is booked as of its arrival.
    odd_sold_at = models.DateTimeField(null=True)
    # The order that these goods stood on while the line was up. It may have got money without the till: by a link, at another one.
    replaced_order_id = models.UUIDField(null=True)
    sold_at = models.DateTimeField()
    arrived_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "till_offline_sale"
        constraints = [
            OFFLINE_SALE.check("offline_sale_status_known"),
            models.UniqueConstraint(fields=["device", "key"], name="offline_sale_once"),
            models.CheckConstraint(
                condition=models.Q(cash_minor__gte=0, gift_card_minor__gte=0), name="offline_sale_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["device", "sold_at"], name="offline_sale_by_device", condition=models.Q(status="landed")
            ),
            models.Index(fields=["merchant_id", "-id"], name="offline_sale_newest"),
            models.Index(fields=["merchant_id"], name="offline_sale_refused", condition=models.Q(status="refused")),
            models.Index(
                fields=["register", "printed_number"],
                name="offline_sale_printed",
                condition=models.Q(status="landed", printed_number__isnull=False),
            ),
            models.Index(
                fields=["merchant_id"],
                name="offline_sale_replaces",
                condition=models.Q(status="landed", replaced_order_id__isnull=False),
            ),
        ]
        triggers = [OFFLINE_SALE.trigger("offline_sale_states")]
