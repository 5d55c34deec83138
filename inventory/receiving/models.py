"""Supplier deliveries, transfers and counts with their lines."""

from django.db import models
from django.db.models import F, Q

from inventory.catalog.models import Variant
from inventory.receiving.states import COUNT, DELIVERY, TRANSFER
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store


class Delivery(MerchantModel):
    """Goods a supplier announced for one store."""

    number = models.CharField(max_length=20)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    supplier = models.CharField(max_length=120, default="")
    reference = models.CharField(max_length=60, default="")
    status = models.CharField(max_length=10, choices=DELIVERY.choices(), default="expected")
    expected_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "receiving_delivery"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "number"], name="delivery_number_once"),
            DELIVERY.check("delivery_status_known"),
        ]
        triggers = [DELIVERY.trigger("delivery_states")]


class DeliveryLine(MerchantModel):
    """One variant of a delivery. More may arrive than was expected; damaged pieces never reach the shelf."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    expected_quantity = models.IntegerField(default=0)
    received_quantity = models.IntegerField(default=0)
    damaged_quantity = models.IntegerField(default=0)

    class Meta(MerchantModel.Meta):
        db_table = "receiving_delivery_line"
        constraints = [
            models.UniqueConstraint(fields=["delivery", "variant"], name="delivery_line_once"),
            models.CheckConstraint(
                condition=Q(expected_quantity__gte=0, received_quantity__gte=0, damaged_quantity__gte=0),
                name="delivery_line_sane",
            ),
        ]


class Transfer(MerchantModel):
    """Pieces on their way from one store to another: on no shelf until they arrive."""

    number = models.CharField(max_length=20)
    store_from = models.ForeignKey(Store, models.PROTECT, related_name="+")
    store_to = models.ForeignKey(Store, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=TRANSFER.choices(), default="sent")
    note = models.CharField(max_length=120, default="")
    sent_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "receiving_transfer"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "number"], name="transfer_number_once"),
            models.CheckConstraint(condition=~Q(store_from=F("store_to")), name="transfer_goes_somewhere"),
            TRANSFER.check("transfer_status_known"),
        ]
        triggers = [TRANSFER.trigger("transfer_states")]


class TransferLine(MerchantModel):
    """One variant of a transfer. Sent = received + damaged + lost + returned + still on the way."""

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    sent_quantity = models.IntegerField()
    received_quantity = models.IntegerField(default=0)
    damaged_quantity = models.IntegerField(default=0)
    lost_quantity = models.IntegerField(default=0)
    returned_quantity = models.IntegerField(default=0)

    class Meta(MerchantModel.Meta):
        db_table = "receiving_transfer_line"
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="transfer_line_once"),
            models.CheckConstraint(
                condition=Q(received_quantity__gte=0, damaged_quantity__gte=0, lost_quantity__gte=0)
                & Q(returned_quantity__gte=0, sent_quantity__gt=0)
                & Q(
                    sent_quantity__gte=F("received_quantity")
                    + F("damaged_quantity")
                    + F("lost_quantity")
                    + F("returned_quantity")
                ),
                name="transfer_line_sane",
            ),
        ]

    @property
    def on_the_way(self) -> int:
        """Pieces that left and have not turned up."""
        gone = self.received_quantity + self.damaged_quantity + self.lost_quantity + self.returned_quantity
        return int(self.sent_quantity - gone)


class StockCount(MerchantModel):
    """Pieces of a store counted by hand while it sells."""

    number = models.CharField(max_length=20)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=COUNT.choices(), default="open")
    note = models.CharField(max_length=120, default="")
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "receiving_count"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "number"], name="count_number_once"),
            COUNT.check("count_status_known"),
        ]
        triggers = [COUNT.trigger("count_states")]


class CountLine(MerchantModel):
    """What was counted of one variant at one moment, and what the books said at that moment."""

    count = models.ForeignKey(StockCount, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    counted_quantity = models.IntegerField()
    expected_quantity = models.IntegerField()
    counted_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "receiving_count_line"
        constraints = [
            models.UniqueConstraint(fields=["count", "variant"], name="count_line_once"),
            models.CheckConstraint(condition=Q(counted_quantity__gte=0), name="count_line_sane"),
        ]

    @property
    def difference(self) -> int:
        """More (positive) or fewer pieces than the books said when they were counted."""
        return int(self.counted_quantity - self.expected_quantity)
