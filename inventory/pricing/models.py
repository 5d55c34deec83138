"""Prices, tax rates and promotions."""

from django.db import models

from inventory.catalog.models import TaxClass, Variant
from merchant.core.tenancy import MerchantModel


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
