"""Stock levels, reservations and movements."""

import pgtrigger
from django.db import models

from inventory.catalog.models import Variant
from inventory.stock.states import RESERVATION
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel

MOVEMENT_KINDS = ["opening", "received", "sold", "returned", "adjusted", "transferred", "counted"]


class StockLevel(MerchantModel):
    """
    Pieces of one variant in one store: on the shelf, and of those promised to open orders.

    `oversold` counts pieces that were handed over although the books had none free: a till sold them while it was offline. They are taken off the next pieces that
    become free, by a trigger, so movements always add up to `on_hand` − `oversold`.

    With at most `low_at` free pieces somebody should order more (null: nobody asked to be told); `is_low` remembers that they were told.
    """

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="levels")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    oversold = models.IntegerField(default=0, db_default=0)
    low_at = models.IntegerField(null=True)
    is_low = models.BooleanField(default=False, db_default=False)

    class Meta(MerchantModel.Meta):
        db_table = "stock_level"
        indexes = [
            models.Index(fields=["merchant_id"], name="stock_level_watched", condition=models.Q(low_at__isnull=False)),
            models.Index(fields=["merchant_id"], name="stock_level_oversold", condition=models.Q(oversold__gt=0)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="oversold_is_covered",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__oversold__gt=0),
                declare=[("covered", "integer")],
                func=(
                    "covered := LEAST(NEW.oversold, NEW.on_hand - NEW.reserved); "
                    "IF covered > 0 THEN NEW.on_hand := NEW.on_hand - covered; NEW.oversold := NEW.oversold - covered; END IF; RETURN NEW;"
                ),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "variant", "store"], name="stock_level_once"),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0) & models.Q(on_hand__gte=models.F("reserved")),
                name="stock_never_oversold",
            ),
            models.CheckConstraint(condition=models.Q(oversold__gte=0), name="stock_oversold_counted"),
        ]


class SafetyStock(MerchantModel):
    """Pieces in each store that a channel leaves for others: of one variant, or (null) of every variant without a line of its own."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, models.PROTECT, null=True, related_name="+")
    quantity = models.IntegerField()

    class Meta(MerchantModel.Meta):
        db_table = "stock_safety"
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "channel", "variant"], nulls_distinct=False, name="safety_stock_once"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="safety_stock_not_negative"),
        ]


class Reservation(MerchantModel):
    """Pieces promised to one order line until `expires_at`. Null never expires: the order is paid."""

    order_line_id = models.UUIDField()
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    quantity = models.IntegerField()
    status = models.CharField(max_length=10, choices=RESERVATION.choices(), default="held")
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "stock_reservation"
        constraints = [
            models.UniqueConstraint(
                fields=["order_line_id"], condition=models.Q(status="held"), name="reservation_once_per_line"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="reservation_positive"),
            RESERVATION.check("reservation_status_known"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="reservation_due", condition=models.Q(status="held"))]
        triggers = [RESERVATION.trigger("reservation_states")]


class StockMovement(MerchantModel):
    """Why stock is what it is: the sum of a level's movements is its `on_hand`. Never changed."""

    variant_id = models.UUIDField()
    store_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in MOVEMENT_KINDS])
    quantity = models.IntegerField()
    source = models.CharField(max_length=80)
    reason = models.CharField(max_length=120, default="")
    moved_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "stock_movement"
        constraints = [models.CheckConstraint(condition=~models.Q(quantity=0), name="movement_not_zero")]
        indexes = [models.Index(fields=["merchant_id", "variant_id", "store_id"], name="movement_by_level")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
