"""Orders and their lines."""

from django.db import models
from django.db.models.functions import Upper

from merchant.core.tenancy import MerchantModel
from merchant.customers.models import Customer
from merchant.merchants.models import Register, Store
from merchant.sales_channels.models import Channel
from orders.order.states import FULFILMENT, ORDER

# As `overpaid_minor` says it, in the words of every statement that looks for such orders: only then is their index used.
OVERPAID = models.Q(
    secured_minor__gt=models.F("refunded_minor")
    + models.Case(
        models.When(status="cancelled", then=models.Value(0, output_field=models.BigIntegerField())),
        default=models.F("total_minor"),
    )
)


class Order(MerchantModel):
    """
    One agreement with one customer.

    `total_minor` includes tax. `secured_minor` (authorised and not yet captured + captured + cash), `captured_minor` and `refunded_minor` are projections
    that payments write in their own transaction; nobody assigns "paid". `draft` is a cart, `open` is placed, `completed` is handed over and paid.
    """

    number = models.CharField(max_length=20)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)
    register = models.ForeignKey(Register, models.PROTECT, null=True, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=ORDER.choices(), default="draft")
    fulfilment_status = models.CharField(max_length=12, choices=FULFILMENT.choices(), default="unfulfilled")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    secured_minor = models.BigIntegerField(default=0)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    # Value of the goods handed over and not taken back: with the money kept it decides receivable and prepayments.
    handed_over_minor = models.BigIntegerField(default=0)
    email = models.EmailField(default="")
    delivery = models.JSONField(default=dict)
    note = models.CharField(max_length=200, default="")
    client_reference = models.CharField(max_length=80, null=True)
    business_date = models.DateField()
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    coupon_code = models.CharField(max_length=40, default="", db_default="")
    # Set when a paid order is being cancelled: its goods are back, its money is on the way back, and nothing of it may leave any more.
    cancel_asked_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "order_order"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["merchant_id", "client_reference"],
                condition=models.Q(client_reference__isnull=False),
                name="order_client_reference_once",
            ),
            ORDER.check("order_status_known"),
            FULFILMENT.check("order_fulfilment_known", field="fulfilment_status"),
            models.CheckConstraint(
                condition=models.Q(captured_minor__gte=0, refunded_minor__gte=0, secured_minor__gte=0),
                name="order_projections_sane",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="order_newest"),
            models.Index(fields=["merchant_id", "status", "-id"], name="order_by_status"),
            models.Index(fields=["merchant_id", "channel", "-id"], name="order_by_channel"),
            models.Index(fields=["merchant_id", "business_date", "channel"], name="order_by_day"),
            # Paid twice and not given back: hardly any, and looked for by every page.
            models.Index(fields=["merchant_id"], condition=OVERPAID, name="order_overpaid"),
            # Waiting for money to go back: as few, and Home looks for them.
            models.Index(
                fields=["merchant_id", "-id"],
                condition=models.Q(status="open", cancel_asked_at__isnull=False),
                name="order_cancelling",
            ),
            models.Index(
                fields=["register"],
                condition=models.Q(status__in=["draft", "open"], register__isnull=False),
                name="order_unfinished",
            ),
            models.Index(
                fields=["merchant_id", "customer", "-id"],
                name="order_by_customer",
                condition=models.Q(customer__isnull=False),
            ),
            # Addresses are searched in capitals; an order without one pays nothing for it.
            models.Index("merchant_id", Upper("email"), name="order_by_email", condition=~models.Q(email="")),
        ]
        triggers = [
            ORDER.trigger("order_states"),
            FULFILMENT.trigger("order_fulfilment_states", field="fulfilment_status"),
        ]


LINE_KINDS = ["product", "shipping", "gift_card"]


class OrderLine(MerchantModel):
    """
    A snapshot of what was agreed: name, price, rate and tax of that moment. `total_minor` includes tax and is after discount.

    Unit price and discounts are with tax, or where `includes_tax` is off, without. `staff_discount_minor` is the part of the discount that people gave.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", db_index=False)
    position = models.SmallIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in LINE_KINDS], default="product")
    variant_id = models.UUIDField(null=True)
    sku = models.CharField(max_length=60, default="")
    name = models.CharField(max_length=200)
    is_stocked = models.BooleanField(default=True)
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    tax_rate_basis_points = models.IntegerField()
    tax_minor = models.BigIntegerField()
    includes_tax = models.BooleanField(default=True, db_default=True)
    staff_discount_minor = models.BigIntegerField(default=0, db_default=0)
    fulfilled_quantity = models.IntegerField(default=0)
    returned_quantity = models.IntegerField(default=0)
    # Pieces taken off a paid order before hand-over; `quantity` and the amounts are what is still agreed.
    cancelled_quantity = models.IntegerField(default=0, db_default=0)
    # The store that sends it, where that is not the place that sold it.
    source_store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(MerchantModel.Meta):
        db_table = "order_line"
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.CheckConstraint(
                condition=(models.Q(quantity__gt=0) | models.Q(quantity=0, cancelled_quantity__gt=0))
                & models.Q(cancelled_quantity__gte=0)
                & models.Q(fulfilled_quantity__range=(0, models.F("quantity")))
                & models.Q(returned_quantity__range=(0, models.F("fulfilled_quantity"))),
                name="order_line_quantities_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(staff_discount_minor__range=(0, models.F("discount_minor"))),
                name="order_line_discounts_sane",
            ),
        ]


DISCOUNT_KINDS = ["percent", "amount"]


class OrderDiscount(MerchantModel):
    """
    A discount that somebody gave: on the whole order, or on one article (`variant_id`, and which of its lines, counted from 0).

    It holds when lines are replaced, while it stays within what its giver might alone (`limit_basis_points`, and over the whole order `limit_amount_minor`; null without limit) or was approved for
    (`approved_minor`); `applied_minor` is what it takes as the lines stand. `ended_at` says it was taken back.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="discounts")
    variant_id = models.UUIDField(null=True)
    occurrence = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in DISCOUNT_KINDS])
    percent_basis_points = models.IntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    applied_minor = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=120)
    given_by = models.CharField(max_length=60)
    given_by_name = models.CharField(max_length=120)
    approval_id = models.UUIDField(null=True)
    approved_minor = models.BigIntegerField(null=True)
    limit_basis_points = models.IntegerField(null=True)
    limit_amount_minor = models.BigIntegerField(null=True)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "order_discount"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="percent", percent_basis_points__range=(1, 10_000), amount_minor=0)
                | models.Q(kind="amount", amount_minor__gt=0, percent_basis_points=0),
                name="order_discount_sane",
            )
        ]
