"""Checkout sessions and payment links: one table, because both are a page where one order is paid."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from orders.order.models import Order

LINK_KINDS = ["checkout", "link"]


class PaymentLink(MerchantModel):
    """An opaque address at which one order can be paid until it expires or is revoked. Only the token's hash would do, but staff show its QR again, so it is kept."""

    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in LINK_KINDS])
    token = models.CharField(max_length=43, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="links")
    return_url = models.URLField(max_length=400, default="")
    cancel_url = models.URLField(max_length=400, default="")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    views = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "checkout_link"
        indexes = [models.Index(fields=["merchant_id", "-id"], name="link_newest")]


class DeliveryMethod(MerchantModel):
    """A way goods reach the customer, with its price (tax included) and tax class."""

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    tax_class_id = models.UUIDField()
    countries = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    class Meta(MerchantModel.Meta):
        db_table = "checkout_delivery_method"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="delivery_method_once")]
