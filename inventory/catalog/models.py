"""Products, variants and barcodes."""

from django.db import models

from merchant.core.tenancy import MerchantModel


class TaxClass(MerchantModel):
    """A group of goods taxed alike: standard, reduced, zero."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)

    class Meta(MerchantModel.Meta):
        db_table = "catalog_tax_class"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="tax_class_once")]


class Product(MerchantModel):
    """Something sold, in one or more variants."""

    name = models.CharField(max_length=160)
    description = models.TextField(default="")
    category = models.CharField(max_length=80, default="")
    tax_class = models.ForeignKey(TaxClass, models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta(MerchantModel.Meta):
        db_table = "catalog_product"


class Variant(MerchantModel):
    """
    One sellable article. `changed_tx` is the transaction that last touched it or its prices: tablets ask for what changed since a transaction
    horizon, so no commit that overtakes another is ever missed.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=160)
    is_stocked = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    weight_grams = models.IntegerField(default=0, db_default=0)
    changed_tx = models.BigIntegerField(default=0, db_default=0)

    class Meta(MerchantModel.Meta):
        db_table = "catalog_variant"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "sku"], name="variant_sku_once")]
        indexes = [models.Index(fields=["merchant_id", "changed_tx"], name="variant_by_change")]


class Barcode(MerchantModel):
    """A code a scanner reads. One variant may have several."""

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="barcodes")
    code = models.CharField(max_length=64)

    class Meta(MerchantModel.Meta):
        db_table = "catalog_barcode"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="barcode_once")]
