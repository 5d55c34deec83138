"""How a merchant looks to shoppers."""

from django.db import models

from merchant.core.tenancy import MerchantModel


class Brand(MerchantModel):
    """
    The one look of a merchant. What is empty is Tillsyn's own, and `name` the merchant's.

    `texts` is {"welcome" | "legal": {language: text}}. `version` grows with every change and stands in the addresses of logo and stylesheet, so browsers keep them for ever.
    """

    name = models.CharField(max_length=80, default="")
    accent = models.CharField(max_length=7, default="")
    logo = models.BinaryField(null=True)
    texts = models.JSONField(default=dict)
    imprint_url = models.URLField(max_length=300, default="")
    returns_url = models.URLField(max_length=300, default="")
    privacy_url = models.URLField(max_length=300, default="")
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "brand_brand"
        constraints = [models.UniqueConstraint(fields=["merchant_id"], name="brand_once")]
