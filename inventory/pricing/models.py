"""Prices, tax rates and promotions."""

from django.db import models

from inventory.catalog.models import TaxClass, Variant
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel


class Price(MerchantModel):
    """What a variant costs in a currency, per piece, tax included (shop prices) or not."""

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    includes_tax = models.BooleanField(default=True)

    class Meta(MerchantModel.Meta):
        db_table = "pricing_price"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "variant", "currency"], name="price_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="price_not_negative"),
        ]


class PriceList(MerchantModel):
    """The prices of one store or one channel in a currency, all with tax included or all without. The store's comes before its channel's."""

    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    includes_tax = models.BooleanField(default=True)
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    channel = models.ForeignKey(Channel, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "pricing_price_list"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(store__isnull=True) ^ models.Q(channel__isnull=True), name="price_list_of_one_place"
            ),
            models.UniqueConstraint(
                fields=["store", "currency"], condition=models.Q(store__isnull=False), name="price_list_store_once"
            ),
            models.UniqueConstraint(
                fields=["channel", "currency"],
                condition=models.Q(channel__isnull=False),
                name="price_list_channel_once",
            ),
        ]


class ListPrice(MerchantModel):
    """What a variant costs on a price list."""

    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="prices", db_index=False)
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()

    class Meta(MerchantModel.Meta):
        db_table = "pricing_list_price"
        constraints = [
            models.UniqueConstraint(fields=["variant", "price_list"], name="list_price_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="list_price_not_negative"),
        ]


class TaxRate(MerchantModel):
    """The rate of a tax class in a country from a day on, in basis points (19 % is 1900). The line stores what was applied."""

    tax_class = models.ForeignKey(TaxClass, models.PROTECT, related_name="rates")
    country = models.CharField(max_length=2)
    rate_basis_points = models.IntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "pricing_tax_rate"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "tax_class", "country", "valid_from"], name="tax_rate_once"),
            models.CheckConstraint(condition=models.Q(rate_basis_points__range=(0, 10_000)), name="tax_rate_sane"),
        ]


class Promotion(MerchantModel):
    """A percentage off, for one product or all, in a time span; with a code it must be asked for."""

    name = models.CharField(max_length=80)
    code = models.CharField(max_length=40, default="")
    product_id = models.UUIDField(null=True)
    percent_basis_points = models.IntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta(MerchantModel.Meta):
        db_table = "pricing_promotion"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent_basis_points__range=(1, 10_000)), name="promotion_percent_sane"
            ),
        ]


COUPON_KINDS = ["percent", "amount", "free_delivery"]


class Coupon(MerchantModel):
    """
    A code a customer shows: a part of the price off, an amount off, or free delivery.

    `used` counts the orders that hold it; the database refuses more than `uses_max`. `category` and `product_id` narrow it to some lines.
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80, default="")
    kind = models.CharField(max_length=14, choices=[(kind, kind) for kind in COUPON_KINDS])
    percent_basis_points = models.IntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="")
    minimum_minor = models.BigIntegerField(default=0)
    category = models.CharField(max_length=80, default="")
    product_id = models.UUIDField(null=True)
    uses_max = models.IntegerField(null=True)
    uses_per_customer_max = models.IntegerField(null=True)
    used = models.IntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta(MerchantModel.Meta):
        db_table = "pricing_coupon"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "code"], name="coupon_code_once"),
            models.CheckConstraint(
                condition=models.Q(used__gte=0)
                & (models.Q(uses_max__isnull=True) | models.Q(used__lte=models.F("uses_max"))),
                name="coupon_never_overused",
            ),
            models.CheckConstraint(
                condition=models.Q(percent_basis_points__range=(0, 10_000), amount_minor__gte=0), name="coupon_sane"
            ),
        ]


class CouponUse(MerchantModel):
    """A coupon held by one order until the order is cancelled."""

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="uses")
    order_id = models.UUIDField()
    customer_key = models.CharField(max_length=254, default="")
    used_at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "pricing_coupon_use"
        constraints = [
            models.UniqueConstraint(
                fields=["order_id"], condition=models.Q(given_back_at=None), name="coupon_use_once_per_order"
            )
        ]
        indexes = [models.Index(fields=["coupon", "customer_key"], name="coupon_use_by_customer")]
