"""Ask for operations: guard, store the request, and let the relay send it. No request of a user waits on a gateway."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from merchant.core import notify
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.ids import readable_code
from merchant.core.money import Money
from merchant.core.tenancy import current_actor
from orders.order import queries as orders
from orders.order.models import Order
from payments.gateways.models import GatewayAccount
from payments.processing.refusals import (
    AmountExceedsOpen,
    AuthorisationExpired,
    NothingToCapture,
    NothingToVoid,
    OrderNotPayable,
    PaymentDisputed,
    PaymentInProgress,
    PaymentOutcomeUnknown,
    RefundExceedsCaptured,
    RefundOutcomeUnknown,
    TerminalBusy,
)
from payments.records import queries
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION
from payments.routing import services as routing
from payments.vouchers import offline as offline_cards
from payments.vouchers import standing

# What these give back is back at once; anybody else answers later.
_AT_ONCE = ("cash", "gift_card", "store_credit", "exchange", "marketplace")


def new_reference() -> str:
    """Return a reference that no operation ever had: 80 random bits a person can read aloud."""
    return readable_code(16)


@transaction.atomic
def request_authorisation(
    *,
    order_id: UUID,
    method: str,
    amount: Money,
    gateway_account: GatewayAccount,
    now: datetime,
    instrument: dict[str, Any] | None = None,
    terminal_id: UUID | None = None,
    register_id: UUID | None = None,
    store_id: UUID | None = None,
    return_url: str = "",
    initiation: str = "customer",
    tip_minor: int = 0,
) -> Operation:
    """
    Ask a gateway for `amount` towards an order and return the stored operation; the relay sends it after the commit.

    `tip_minor` comes on top of the amount and pays for nothing of the order. `initiation` is `phone` for a card keyed at a terminal on the phone (MOTO), and
    `merchant` for a stored card charged without its customer.

    Locks the order. At most one authorisation of an order, and one operation of a terminal, is open at a time; the database refuses a second.

    :raises OrderNotPayable: unless the order is open.
    :raises AmountExceedsOpen: if more is asked than is left.
    :raises PaymentInProgress: while an earlier authorisation has no answer; :raises PaymentOutcomeUnknown: while its outcome is unknown.
    :raises TerminalBusy: if the terminal works on something else.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    payment = Payment(
        order=order,
        store_id=store_id or order.store_id,
        register_id=register_id,
        gateway_account=gateway_account,
        method=method,
        currency=amount.currency,
        amount_minor=amount.minor + tip_minor,
        tip_minor=tip_minor,
        initiation=initiation,
        business_date=orders.business_day(order, now),
        created_at=now,
    )
    details = {"return_url": return_url, "tip_minor": tip_minor, "moto": initiation == "phone"}
    operation = Operation(
        payment=payment,
        order_id=order.id,
        gateway_account=gateway_account,
        terminal_id=terminal_id,
        kind="authorise",
        captures_at_once=gateway_account.capture_mode == "automatic",
        instrument={**(instrument or {}), **{name: value for name, value in details.items() if value}},
        **_asked(payment, payment.amount_minor, now=now),
    )
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
            operation.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal(error) from error
    _requested(operation, now=now)
    return operation


@transaction.atomic
def request_routed(
    *, order_id: UUID, method: str, amount: Money, now: datetime, instrument: dict[str, Any], return_url: str = ""
) -> Operation:
    """
    Ask for `amount` towards an order at the account the merchant's rules choose, keep the reason, and return the stored operation. Locks the order.

    :raises NoGateway: if no account can take it. Otherwise as `request_authorisation`.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    facts = routing.facts_of(order, method=method, amount_minor=amount.minor, now=now, instrument=instrument)
    found = routing.route(facts)
    operation = request_authorisation(
        order_id=order_id, method=method, amount=amount, gateway_account=found.account, now=now, instrument=instrument,
        return_url=return_url,
    )  # fmt: skip
    routing.keep(found, payment_id=operation.payment_id, order_id=order_id, now=now)
    return operation


def require_payable(order: Order, amount: Money) -> None:
    """
    Refuse a payment an order does not need. The order is locked by the caller.

    :raises OrderNotPayable, AmountExceedsOpen, PaymentInProgress, PaymentOutcomeUnknown: see `request_authorisation`.
    """
    if order.status not in ("open", "completed") or order.cancel_asked_at is not None:
        status = "being cancelled" if order.cancel_asked_at else order.status
        raise OrderNotPayable(number=order.number, status=status)
    demand_nothing_under_way(queries.find_open_authorisation(order.id))
    left = orders.open_minor(order)
    if amount.currency != order.currency or not 0 < amount.minor <= left:
        raise AmountExceedsOpen(left_minor=left, currency=order.currency)


def demand_nothing_under_way(asked: Operation | None) -> None:
    """Refuse to go on while `asked` has no answer. :raises PaymentOutcomeUnknown: if nobody knows its outcome; :raises PaymentInProgress: while it is awaited."""
    if asked is not None:
        raise PaymentOutcomeUnknown(operation_id=asked.id) if asked.status == "unknown" else PaymentInProgress()


@transaction.atomic
def request_capture(
    *, payment_id: UUID, now: datetime, amount: Money | None = None, is_final: bool = False
) -> Operation:
    """
    Ask for the capture of an authorised payment: `amount`, or all that is left. Locks the order and the payment.

    There may be several captures. After an `is_final` one the rest of the authorisation is let go, once it has succeeded.

    :raises NothingToCapture: beyond what is authorised, not voided, captured or being captured; anything while a void is under way.
    :raises AuthorisationExpired: after the issuer has freed the money. :raises PaymentOutcomeUnknown: while anything of the payment has no answer.
    """
    payment = lock_known(payment_id)
    left = payment.authorised_minor - payment.voided_minor - payment.captured_minor - payment.capturing_minor
    if payment.status == "expired" or (
        payment.authorisation_ends_at is not None and payment.authorisation_ends_at <= now and left > 0
    ):
        raise AuthorisationExpired(ended_at=f"{payment.authorisation_ends_at or now:%Y-%m-%d %H:%M} UTC")
    if payment.operations.filter(kind="void", status__in=OPEN_OPERATION).exists():
        left = 0
    minor = left if amount is None else amount.minor
    if not 0 < minor <= left or (amount is not None and amount.currency != payment.currency):
        raise NothingToCapture(left_minor=max(0, left), currency=payment.currency)
    payment.capturing_minor += minor
    payment.save(update_fields=["capturing_minor"])
    return follow_up(payment, "capture", minor, now=now, is_final=is_final)


@transaction.atomic
def request_refund(
    *, payment_id: UUID, amount: Money, reason: str, now: datetime, instrument: dict[str, Any] | None = None
) -> Operation:
    """
    Ask for `amount` of a captured payment to be given back by the way it came, or as `instrument` says. Locks the order and the payment.

    Refunds asked and unanswered count, so two tabs cannot refund the same money; the database refuses it as well.

    :raises RefundExceedsCaptured: beyond captured − refunded − being refunded; carries the largest amount that is possible.
    :raises PaymentOutcomeUnknown: while anything of the payment has no answer.
    :raises PaymentDisputed: for what is disputed at the customer's bank. :raises GiftCardNotConfirmed: for a gift card taken offline that has not given the money.
    :raises GiftCardIsMoney: for what stands on gift cards that the order sold.
    """
    payment = lock_known(payment_id)
    left = queries.refundable_minor(payment)
    if payment.disputed_minor and left < amount.minor <= left + payment.disputed_minor:
        raise PaymentDisputed(disputed_minor=payment.disputed_minor, left_minor=left, currency=payment.currency)
    if amount.currency != payment.currency or not 0 < amount.minor <= left:
        raise RefundExceedsCaptured(left_minor=left, currency=payment.currency)
    is_answered_later = payment.method not in _AT_ONCE and "to" not in (instrument or {})
    standing.require_not_on_cards(order_id=payment.order_id, amount=amount, is_answered_later=is_answered_later)
    if payment.method == "gift_card":
        offline_cards.require_confirmed(payment, amount)
    payment.refunding_minor += amount.minor
    payment.save(update_fields=["refunding_minor"])
    return follow_up(payment, "refund", amount.minor, now=now, reason=reason, instrument=instrument)


@transaction.atomic
def request_void(*, payment_id: UUID, now: datetime, reason: str = "") -> Operation:
    """
    Ask for what is authorised and not captured to be let go: all of it, or the rest after captures. Locks the order and the payment.

    :raises NothingToVoid: if nothing is left, or something is being captured or voided. :raises PaymentOutcomeUnknown: while anything has no answer.
    :raises GiftCardIsMoney: for what is held for gift cards that were handed over.
    """
    payment = lock_known(payment_id)
    left = payment.authorised_minor - payment.captured_minor - payment.voided_minor
    is_asked = payment.operations.filter(kind="void").exclude(status__in=["declined", "failed"]).exists()
    if left <= 0 or payment.capturing_minor or is_asked:
        raise NothingToVoid(status=payment.status)
    standing.require_held_for_cards(order_id=payment.order_id, amount=Money(left, payment.currency))
    return follow_up(payment, "void", left, now=now, reason=reason)


def look_up_now(*, operation_id: UUID) -> None:
    """
    Have an unanswered operation asked about at once: the button "Ask now", or a shopper who comes back. A repeat is harmless.

    Such a look does not count: whoever presses often, or reloads, would use up the early looks and leave the next one hours away.
    """
    waiting = Operation.objects.filter(id=operation_id, status__in=["submitted", "action_required", "unknown"])
    # Pressed again before it was asked, it is one look.
    waiting.exclude(next_look_at__lte=machine_now()).update(
        next_look_at=machine_now(), looks=Greatest(F("looks") - 1, 0)
    )
    with transaction.atomic():
        notify.after_commit(notify.RELAY, "look-ups")


def lock_known(payment_id: UUID) -> Payment:
    """
    Lock a payment after its order, for the next thing to be asked of it.

    :raises PaymentOutcomeUnknown: while an earlier thing has no answer: that is found out first.
    """
    orders.get_order_for_update(queries.get_payment(payment_id).order_id)
    payment = queries.get_payment_for_update(payment_id)
    unknown = payment.operations.filter(status="unknown").order_by("id").first()
    if unknown is not None:
        refusal = RefundOutcomeUnknown if unknown.kind == "refund" else PaymentOutcomeUnknown
        raise refusal(operation_id=unknown.id)
    return payment


def follow_up(
    payment: Payment,
    kind: str,
    minor: int,
    *,
    now: datetime,
    reason: str = "",
    is_final: bool = False,
    instrument: dict[str, Any] | None = None,
) -> Operation:
    """Store the next thing to ask for a locked payment; the relay sends it after the commit. Caps are the caller's."""
    authorisation = payment.operations.filter(kind="authorise").order_by("id").last()
    instrument = instrument or {}
    operation = Operation(
        payment=payment,
        order_id=payment.order_id,
        # Store credit and exchanged goods are the merchant's own: no gateway hears of them, and no report will have them.
        gateway_account_id=None if instrument.get("to") in ("store_credit", "exchange") else payment.gateway_account_id,
        parent=authorisation,
        kind=kind,
        instrument=instrument,
        is_final=is_final,
        reason=reason[:120],
        **_asked(payment, minor, now=now),
    )
    operation.save(force_insert=True)
    _requested(operation, now=now)
    return operation


def _asked(payment: Payment, minor: int, *, now: datetime) -> dict[str, Any]:
    """What every operation says of itself when it is asked for."""
    return {
        "reference": new_reference(),
        "amount_minor": minor,
        "currency": payment.currency,
        "actor_key": current_actor().key,
        "business_date": orders.business_day(payment.order, now),
        "requested_at": now,
    }


def _requested(operation: Operation, *, now: datetime) -> None:
    audit.record(
        f"{operation.kind}.requested",
        subject=f"payment:{operation.payment_id}",
        now=now,
        data={"operation": operation.reference, "amount_minor": operation.amount_minor, "reason": operation.reason},
    )
    notify.after_commit(notify.RELAY, "operations")


def _refusal(error: IntegrityError) -> AppError:
    if "one_open_operation_per_terminal" in str(error):
        return TerminalBusy()
    if "one_open_authorisation_per_order" in str(error):
        return PaymentInProgress()
    raise error
