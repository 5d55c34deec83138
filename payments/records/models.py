"""Payments, operations and the evidence by which their outcome is known."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from merchant.core.tenancy import MerchantModel
from merchant.customers.models import Customer
from merchant.merchants.models import Register, Store
from orders.order.models import Order
from payments.gateways.models import GatewayAccount
from payments.records.states import OPEN_OPERATION, OPEN_STORED_CARD, OPERATION, OVERRIDE, PAYMENT, STORED_CARD

METHODS = [
    "cash", "card_present", "card", "wallet", "bank_transfer", "gift_card", "store_credit", "exchange", "marketplace",
]  # fmt: skip
# How far the money of a captured payment is.
MONEY_STAGES = ["taken", "settled", "paid_out", "short", "reconciled"]
# Asked for like a stage: payments of which the processor settled less than was agreed, however far the rest is.
SETTLED_SHORT = "settled_short"
# `increment` raises an authorisation, `expire` ends one whose time is over, `take_back` is the processor undoing a capture or refund that had succeeded, and
# `reclaim` brings money home that an exchange had moved to another order, so that it can go back by the way it came.
OPERATION_KINDS = ["authorise", "increment", "capture", "void", "refund", "expire", "take_back", "reclaim"]
# Who began it: the customer, the customer over the phone (keyed at a terminal), or the merchant with a stored credential.
INITIATIONS = ["customer", "phone", "merchant"]


class Payment(MerchantModel):
    """
    One tender towards one order. The amounts and `status` are projections of its operations, written by `services.project` alone; `verify` compares them.

    `amount_minor` is what was asked; `tip_minor` is the part of `authorised_minor` that is a tip; `taken_back_minor` are captures the processor undid.
    `capturing_minor` and `refunding_minor` count what was asked and not yet answered, so that the caps hold under concurrency.
    The caps are for asking: what a processor says has moved is stored, also beyond them. `money_stage`, `settled_minor`, `missing_minor` and `unsettled_minor` are those of its
    `Stage` or `CarriedStage`, on payments that `queries` reads for lists and pages.
    """

    money_stage: str
    settled_minor: int
    missing_minor: int
    unsettled_minor: int = 0

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", db_index=False)
    # Taken over from the order or the till that asks, whose own keys are checked; each check here would lock the row all tills share.
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    register = models.ForeignKey(
        Register, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, null=True, related_name="+", db_index=False)
    method = models.CharField(max_length=14, choices=[(method, method) for method in METHODS])
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=PAYMENT.choices(), default="pending")
    authorised_minor = models.BigIntegerField(default=0)
    captured_minor = models.BigIntegerField(default=0)
    capturing_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    refunding_minor = models.BigIntegerField(default=0)
    voided_minor = models.BigIntegerField(default=0)
    # At stake in disputes, or lost in them; written by `payments.disputes`.
    disputed_minor = models.BigIntegerField(default=0, db_default=0)
    tendered_minor = models.BigIntegerField(null=True)
    voucher_id = models.UUIDField(null=True)
    card_brand = models.CharField(max_length=20, default="")
    card_last4 = models.CharField(max_length=4, default="")
    gateway_reference = models.CharField(max_length=80, default="")
    auth_code = models.CharField(max_length=12, default="")
    decline_code = models.CharField(max_length=40, default="")
    business_date = models.DateField()
    created_at = models.DateTimeField()
    # What the drawer got beyond the amount because there are no smaller coins; negative where it got less.
    rounding_minor = models.BigIntegerField(default=0, db_default=0)
    # With a default of the database's own, so that the sale that never has them does not name them.
    tip_minor = models.BigIntegerField(default=0, db_default=0)
    taken_back_minor = models.BigIntegerField(default=0, db_default=0)
    initiation = models.CharField(
        max_length=8, choices=[(word, word) for word in INITIATIONS], default="customer", db_default="customer"
    )
    authorisation_ends_at = models.DateTimeField(null=True)
    end_warned_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "payment_payment"
        constraints = [
            PAYMENT.check("payment_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(condition=Q(rounding_minor=0) | Q(method="cash"), name="payment_rounds_cash_only"),
            models.CheckConstraint(
                condition=Q(
                    authorised_minor__gte=0,
                    captured_minor__gte=0,
                    refunded_minor__gte=0,
                    refunding_minor__gte=0,
                    capturing_minor__gte=0,
                    tip_minor__gte=0,
                    taken_back_minor__gte=0,
                ),
                name="payment_projections_sane",
            ),
            models.CheckConstraint(
                condition=Q(capturing_minor=0) | Q(captured_minor__lte=F("authorised_minor") - F("capturing_minor")),
                name="payment_captures_within_authorised",
            ),
            models.CheckConstraint(
                condition=Q(refunding_minor=0) | Q(refunded_minor__lte=F("captured_minor") - F("refunding_minor")),
                name="payment_refunds_within_captured",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="payment_newest"),
            models.Index(fields=["merchant_id", "status", "-id"], name="payment_by_status"),
            models.Index(fields=["merchant_id", "method", "-id"], name="payment_by_method"),
            models.Index(fields=["merchant_id", "store", "-id"], name="payment_by_store"),
            models.Index(fields=["merchant_id", "business_date", "-id"], name="payment_by_day"),
            models.Index(fields=["order"], name="payment_by_order"),
            # What people search by; a sale for cash has neither and pays nothing for it.
            models.Index(
                fields=["merchant_id", "card_last4", "-id"], name="payment_by_card", condition=~Q(card_last4="")
            ),
            models.Index(
                fields=["merchant_id", "gateway_reference"],
                name="payment_by_their_name",
                condition=~Q(gateway_reference=""),
            ),
            models.Index(
                fields=["authorisation_ends_at"],
                name="payment_authorisation_ends",
                condition=Q(status="authorised", authorisation_ends_at__isnull=False),
            ),
        ]
        triggers = [PAYMENT.trigger("payment_states")]


class Stage(MerchantModel):
    """
    How far a payment's money is, and how much of it reports have settled, refunds taken off, where it takes all its operations to tell; `reconciliation.stages`
    writes it. It goes before `CarriedStage`. Neither: taken, and nothing settled.

    `short`: its payouts came to the bank, and one of them came short. `missing_minor` is then the payment's share of what is missing; the rest of it is in the bank.
    `unsettled_minor`: what reports settled less than was agreed and nobody has decided about, but for a claim; it is with the processor however far the rest is.
    """

    id = None  # type: ignore[assignment]
    # A projection, written many rows in a statement and compared by `verify`: no key is checked row by row.
    payment = models.OneToOneField(Payment, models.PROTECT, primary_key=True, db_constraint=False, related_name="stage")
    settled_minor = models.BigIntegerField()
    money_stage = models.CharField(max_length=12)
    missing_minor = models.BigIntegerField(default=0, db_default=0)
    unsettled_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta(MerchantModel.Meta):
        db_table = "payment_stage"
        constraints = [
            models.CheckConstraint(
                condition=Q(missing_minor=0) | Q(missing_minor__gt=0, money_stage="short"),
                name="stage_missing_if_short",
            )
        ]


class CarriedStage(MerchantModel):
    """How far the money of an ordinary payment is, derived: one operation, settled by one line, which one payout carries. A view, so nothing is written when a payout arrives."""

    id = None  # type: ignore[assignment]
    payment = models.OneToOneField(
        Payment, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="carried_stage"
    )
    settled_minor = models.BigIntegerField()
    money_stage = models.CharField(max_length=12)

    class Meta(MerchantModel.Meta):
        db_table = "payment_stage_carried"
        managed = False


class Operation(MerchantModel):
    """
    One thing asked of a gateway. The row, with our own unique `reference`, is committed before the first byte is sent; the reference is the gateway's
    idempotency key and how the outcome is looked up, found in a report, and proven.

    `claim_*` is the relay's lease while sending or asking. At most one open authorisation per order and one open operation per terminal.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="operations", db_index=False)
    order_id = models.UUIDField()
    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, null=True, related_name="+", db_index=False)
    terminal_id = models.UUIDField(null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in OPERATION_KINDS])
    reference = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    instrument = models.JSONField(default=dict)
    captures_at_once = models.BooleanField(default=False)
    # A capture after which the rest of the authorisation is let go.
    is_final = models.BooleanField(default=False, db_default=False)
    reason = models.CharField(max_length=120, default="")
    status = models.CharField(max_length=16, choices=OPERATION.choices(), default="requested")
    result_minor = models.BigIntegerField(null=True)
    gateway_reference = models.CharField(max_length=80, default="")
    decline_code = models.CharField(max_length=40, default="")
    action_url = models.CharField(max_length=400, default="")
    actor_key = models.CharField(max_length=60)
    business_date = models.DateField()
    requested_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    landed_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looks = models.SmallIntegerField(default=0)
    # Somebody wants what waits for its customer ended; the gateway says whether they paid before.
    end_asked_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "payment_operation"
        constraints = [
            OPERATION.check("operation_status_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="operation_amount_positive"),
            models.UniqueConstraint(fields=["reference"], name="operation_reference_once"),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(kind__in=["authorise", "increment"], status__in=OPEN_OPERATION),
                name="one_open_authorisation_per_order",
            ),
            models.UniqueConstraint(fields=["parent"], condition=Q(kind="take_back"), name="operation_taken_back_once"),
            models.UniqueConstraint(
                fields=["terminal_id"], condition=Q(status__in=OPEN_OPERATION), name="one_open_operation_per_terminal"
            ),
        ]
        indexes = [
            models.Index(fields=["requested_at"], name="operation_to_send", condition=Q(status="requested")),
            models.Index(
                fields=["next_look_at"],
                name="operation_to_look_up",
                condition=Q(status__in=["submitted", "action_required", "unknown"]),
            ),
            models.Index(fields=["payment"], name="operation_by_payment"),
            models.Index(
                fields=["merchant_id", "gateway_reference"],
                name="operation_by_their_name",
                condition=~Q(gateway_reference=""),
            ),
            models.Index(fields=["parent"], name="operation_by_parent", condition=Q(parent__isnull=False)),
            # What a report may prove although we do not believe it (yet).
            models.Index(
                fields=["merchant_id", "reference"], name="operation_unproven", condition=~Q(status="succeeded")
            ),
            # How an account has been lately; a sale for cash has none and pays nothing for it.
            models.Index(
                fields=["gateway_account", "-id"],
                name="operation_latest_of_account",
                condition=Q(kind="authorise", gateway_account__isnull=False),
            ),
            models.Index(fields=["merchant_id", "gateway_account", "business_date"], name="operation_by_day"),
            # What processors took back later: rare, and asked for by every page.
            models.Index(fields=["merchant_id", "-id"], name="operation_taken_back", condition=Q(kind="take_back")),
        ]
        triggers = [OPERATION.trigger("operation_states")]


# `reclaim` is money of an exchange that came home to its payment.
TILL_ENTRY_KINDS = ["tender", "refund", "void", "return", "reclaim"]


class TillEntry(MerchantModel):
    """
    Money or goods that moved at a register outside a one-call sale, whose receipt says it all, and the Z that counts it.

    `amount_minor` is signed from the till's view: a tender positive; refunds, voids and returned goods negative. `tip_minor` of it is tip. `closing_id` is written once, by the closing
    that counts the row; until then the next one will, however late the row came.
    """

    register = models.ForeignKey(Register, models.PROTECT, related_name="+", db_index=False)
    # Null: goods came back without a receipt.
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in TILL_ENTRY_KINDS])
    source_id = models.UUIDField()
    method = models.CharField(max_length=14, default="")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    tip_minor = models.BigIntegerField(default=0, db_default=0)
    business_date = models.DateField()
    at = models.DateTimeField()
    closing_id = models.UUIDField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "payment_till_entry"
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="till_entry_not_zero"),
        ]
        indexes = [
            models.Index(fields=["register"], condition=Q(closing_id=None), name="till_entry_to_count"),
            models.Index(fields=["closing_id"], condition=Q(closing_id__isnull=False), name="till_entry_counted"),
            models.Index(fields=["order"], name="till_entry_by_order"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_gone", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="counted_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__closing_id__isnull=False) | pgtrigger.Q(new__closing_id__isnull=True),
            ),
            pgtrigger.ReadOnly(name="only_counted", exclude=["closing_id"]),
        ]


EVIDENCE_SOURCES = ["till", "clock", "answer", "webhook", "look_up", "terminal", "report", "person"]


class Evidence(MerchantModel):
    """What somebody told us about an operation, kept as it came (scrubbed), with what we made of it. Never changed."""

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="evidence", db_index=False)
    source = models.CharField(max_length=10, choices=[(source, source) for source in EVIDENCE_SOURCES])
    outcome = models.CharField(max_length=16)
    amount_minor = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    changed_status = models.BooleanField()
    at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "payment_evidence"
        indexes = [models.Index(fields=["operation"], name="evidence_by_operation")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class PaymentOverride(MerchantModel):
    """
    What two people said of an outcome that nobody could find out: treated as paid, or as not paid.

    It is an expectation: a settlement report, a webhook or a look-up shows it to be right (`met`) or wrong (`broken`), and until then it is shown.
    """

    operation = models.OneToOneField(Operation, models.PROTECT, related_name="override")
    is_paid = models.BooleanField()
    reason = models.CharField(max_length=200)
    said_by = models.CharField(max_length=120)
    approved_by = models.CharField(max_length=120)
    approval_id = models.UUIDField()
    status = models.CharField(max_length=6, choices=OVERRIDE.choices(), default="open")
    proof = models.CharField(max_length=200, default="")
    said_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "payment_override"
        constraints = [OVERRIDE.check("override_status_known")]
        indexes = [models.Index(fields=["merchant_id"], name="override_open", condition=Q(status="open"))]
        triggers = [OVERRIDE.trigger("override_states")]


class StoredCredential(MerchantModel):
    """
    A customer's card kept at the gateway for later payments: its token sealed, and what makes a later charge lawful.

    That is the customer's consent with its words and moment, the network's reference of the first payment, which the customer began, and the evidence of strong
    customer authentication from it. The gateway is asked for it under `reference`, with the card of `first_operation`'s payment or with an authorisation of
    nothing by `instrument`; a card that a payment brought along was asked for with it and is `stored` from the beginning.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="+")
    first_operation = models.ForeignKey(Operation, models.PROTECT, null=True, related_name="+", db_index=False)
    status = models.CharField(max_length=16, choices=STORED_CARD.choices(), default="stored")
    reference = models.CharField(max_length=40, null=True)
    instrument = models.JSONField(default=dict)
    secret = models.BinaryField(default=b"")
    card_brand = models.CharField(max_length=20, default="")
    card_last4 = models.CharField(max_length=4, default="")
    consent_text = models.CharField(max_length=400)
    consented_at = models.DateTimeField()
    network_reference = models.CharField(max_length=60, default="")
    sca_evidence = models.JSONField(default=dict)
    decline_code = models.CharField(max_length=40, default="")
    action_url = models.CharField(max_length=400, default="")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looks = models.SmallIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "payment_stored_credential"
        constraints = [
            STORED_CARD.check("stored_card_status_known"),
            models.UniqueConstraint(fields=["reference"], name="stored_card_reference_once"),
            models.UniqueConstraint(
                fields=["first_operation"],
                condition=Q(status__in=[*OPEN_STORED_CARD, "stored"]),
                name="one_stored_card_per_payment",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="credential_by_customer"),
            models.Index(
                fields=["next_look_at"], name="stored_card_to_ask_for", condition=Q(status__in=OPEN_STORED_CARD)
            ),
        ]
        triggers = [STORED_CARD.trigger("stored_card_states")]
