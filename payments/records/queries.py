"""Reads of payments and operations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader, typed_id
from merchant.core.typed import TypedAmount, typed_amount, typed_card
from payments.records.models import METHODS, MONEY_STAGES, SETTLED_SHORT, Operation, Payment
from payments.records.states import OPEN_OPERATION, PAYMENT


def get_payment(payment_id: UUID | str) -> Payment:
    """
    Return a payment of the merchant in scope.

    :raises NotFound: if there is none.
    """
    payment = Payment.objects.select_related("order", "store", "gateway_account").filter(id=payment_id).first()
    if payment is None:
        raise NotFound()
    return payment


def get_payment_for_update(payment_id: UUID | str) -> Payment:
    """Lock a payment, after its order, until the transaction ends. :raises NotFound: if there is none."""
    payment = Payment.objects.select_for_update(no_key=True).filter(id=payment_id).first()
    if payment is None:
        raise NotFound()
    return payment


def find_open_authorisation(order_id: UUID) -> Operation | None:
    """Return the order's authorisation that has no final answer yet, if there is one."""
    open_ones = Operation.objects.filter(
        order_id=order_id, kind__in=["authorise", "increment"], status__in=OPEN_OPERATION
    )
    return open_ones.first()


def refundable_minor(payment: Payment) -> int:
    """Return what can still be refunded: captured − refunded − refunds being asked for − what the customer's bank has taken or may take."""
    kept = payment.captured_minor - payment.refunded_minor - payment.refunding_minor
    return max(0, int(kept - payment.disputed_minor))


# One name is that of one payment, or of an order's few; a gateway that names many alike is not searched further.
_NAMED_MAX = 200


@dataclass(frozen=True, slots=True)
class PaymentFilters:
    """What a payment list is narrowed by. Empty fields do not narrow. `reference` is ours or the gateway's, of any of its operations."""

    status: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    store_id: UUID | None = None
    channel_id: UUID | None = None
    register_id: UUID | None = None
    gateway_account_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    order_number: str = ""
    last4: str = ""
    currency: str = ""
    amount_minor: int | None = None
    reference: str = ""
    money_stage: tuple[str, ...] = ()
    ids: tuple[UUID, ...] = ()
    # What somebody typed: four digits of a card, an amount, an id, a reference or an order's number.
    text: str = ""
    # Limits what a caller of some stores sees; never read from a request.
    only_stores: frozenset[UUID] | None = None


PAYMENT_FILTERS = (
    "status",
    "method",
    "store",
    "channel",
    "register",
    "gateway_account",
    "date_from",
    "date_to",
    "order_number",
    "last4",
    "currency",
    "amount_minor",
    "reference",
    "money_stage",
    "ids",
    "q",
)


def read_filters(params: Mapping[str, str], *, only_stores: Collection[UUID] | None = None) -> PaymentFilters:
    """
    Return the filters written in a query string; days are business days, both inclusive.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=PAYMENT_FILTERS)
    return PaymentFilters(
        status=read.choices("status", PAYMENT.states),
        method=read.choices("method", METHODS),
        store_id=read.key("store"),
        channel_id=read.key("channel"),
        register_id=read.key("register"),
        gateway_account_id=read.key("gateway_account"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
        order_number=read.text("order_number").upper(),
        last4=read.text("last4"),
        currency=read.text("currency").upper(),
        amount_minor=read.minor("amount_minor"),
        reference=read.text("reference"),
        money_stage=read.choices("money_stage", [*MONEY_STAGES, SETTLED_SHORT]),
        ids=read.keys("ids"),
        text=read.text("q"),
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def find_payments(filters: PaymentFilters) -> QuerySet[Payment]:
    """Return the payments of the merchant in scope that the filters let through, in no order yet."""
    wanted = {
        "status__in": filters.status,
        "method__in": filters.method,
        "store_id": filters.store_id,
        "order__channel_id": filters.channel_id,
        "register_id": filters.register_id,
        "gateway_account_id": filters.gateway_account_id,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
        "order__number": filters.order_number,
        "card_last4": filters.last4,
        "currency": filters.currency,
        "amount_minor": filters.amount_minor,
        "id__in": filters.ids,
        "store_id__in": filters.only_stores,
    }
    payments: QuerySet[Payment] = with_stage(Payment.objects.all()).filter(
        **{name: value for name, value in wanted.items() if value not in (None, "", ())}
    )
    if filters.money_stage:
        payments = payments.filter(_stands_at(filters.money_stage))
    if filters.reference:
        payments = payments.filter(_has_reference(filters.reference))
    return payments.filter(_named(filters.text)) if filters.text else payments


def with_stage(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Return the payments with how far their money is: `money_stage`, `settled_minor`, what was settled short, and what is missing of the rest in the bank."""
    net = F("captured_minor") - F("refunded_minor")
    return payments.annotate(  # type: ignore[no-redef]
        money_stage=Coalesce("stage__money_stage", "carried_stage__money_stage", Value("taken")),
        settled_minor=Coalesce("stage__settled_minor", "carried_stage__settled_minor", Value(0)),
        # What was refunded since they were told is owed and missing no longer. What is taken and no more is with the processor as a whole.
        unsettled_minor=Case(
            When(stage__money_stage="taken", then=Value(0)),
            default=Least(Coalesce("stage__unsettled_minor", Value(0)), Greatest(net, Value(0))),
            output_field=BigIntegerField(),
        ),
        missing_minor=Least(Coalesce("stage__missing_minor", Value(0)), Greatest(net - F("unsettled_minor"), Value(0))),
    )


def _stands_at(stages: Collection[str]) -> Q:
    wanted = Q(money_stage__in=[stage for stage in stages if stage != SETTLED_SHORT])
    return wanted | Q(unsettled_minor__gt=0) if SETTLED_SHORT in stages else wanted


def _has_reference(reference: str) -> Exists:
    return Exists(Operation.objects.filter(_referred(reference), payment=OuterRef("pk")))


def _referred(reference: str) -> Q:
    return Q(reference=reference.upper()) | Q(gateway_reference=reference)


def _named(text: str) -> Q:
    """What a person means is told by its shape, so that each search is one look into one index, or two."""
    text = text.strip().lstrip("#")
    if (card := typed_card(text)) is not None:
        last4, amount = card
        return Q(card_last4=last4) & (_amounts_to(amount) if amount else Q())
    if (amount := typed_amount(text)) is not None:
        return _amounts_to(amount)
    if (key := typed_id(text)) is not None:
        return Q(id=key)
    return Q(id__in=_keys_of(text))


def _amounts_to(amount: TypedAmount) -> Q:
    return Q(amount_minor=amount.minor) & (Q(currency=amount.currency) if amount.currency else Q())


def _keys_of(text: str) -> list[UUID]:
    """
    The ids of payments of an order's number, of a reference of ours, and of one of the gateway's: three looks into three indexes, with one statement.

    Asked by itself: inside the list's own statement PostgreSQL would walk all payments and compare each.
    """
    of_order = Payment.objects.filter(order__number=text.upper()).values_list("id", flat=True)
    theirs = Payment.objects.filter(gateway_reference=text).values_list("id", flat=True)
    asked = Operation.objects.filter(_referred(text)).values_list("payment_id", flat=True)
    return list(of_order.union(theirs, asked)[:_NAMED_MAX])
