"""Checkout sessions and payment links: one table, because both are a page where one order is paid."""

from django.db import models

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel
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
    # Goods worth this much or more (after discounts) are sent for nothing; null never.
    free_from_minor = models.BigIntegerField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta(MerchantModel.Meta):
        db_table = "checkout_delivery_method"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "code"], name="delivery_method_once")]


class DeliveryRate(MerchantModel):
    """
    What a way of delivery costs for some orders: of a channel, to a zone (countries), up to a weight, from a value on.

    A way with rates goes only where one fits; of those that fit, one of the channel's own, the lightest, then the one with the highest value is taken.
    """

    method = models.ForeignKey(DeliveryMethod, models.PROTECT, related_name="rates")
    channel = models.ForeignKey(Channel, models.PROTECT, null=True, related_name="+")
    zone = models.CharField(max_length=40, default="")
    countries = models.JSONField(default=list)
    weight_grams_max = models.IntegerField(null=True)
    value_from_minor = models.BigIntegerField(default=0)
    price_minor = models.BigIntegerField()

    class Meta(MerchantModel.Meta):
        db_table = "checkout_delivery_rate"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0, value_from_minor__gte=0), name="delivery_rate_sane"
            )
        ]


class Sign(MerchantModel):
    """A printed QR code: of a product, or of a table in a café. Whoever scans it finds a filled cart and can pay."""

    token = models.CharField(max_length=22, unique=True)
    label = models.CharField(max_length=80)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    # [[article, quantity], …]; what stands on it is priced when it is scanned.
    lines = models.JSONField()
    note = models.CharField(max_length=120, default="")
    is_active = models.BooleanField(default=True)
    scans = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "checkout_sign"


PAYEE_SCHEMES = ["epc", "swish"]


class Payee(MerchantModel):
    """Where a customer's own bank app sends money: an IBAN (EPC, euro) or a Swish number. It stands in every code we draw, so it is no secret."""

    scheme = models.CharField(max_length=6, choices=[(scheme, scheme) for scheme in PAYEE_SCHEMES])
    name = models.CharField(max_length=70)
    account = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, default="")

    class Meta(MerchantModel.Meta):
        db_table = "checkout_payee"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "scheme"], name="payee_once")]
