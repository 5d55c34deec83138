"""The ways in which an order can be paid on its page, and what choosing one that asks no gateway does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.fulfilment import collecting
from orders.fulfilment.models import Pickup
from orders.order import queries as orders
from orders.order.models import Order
from payments.checkout import bank_codes, deliveries, services
from payments.checkout.models import Payee, PaymentLink
from payments.processing.refusals import PaymentInProgress
from payments.records import queries as records

# A transfer takes a working day; a page that ends sooner would end before the money is there.
TRANSFER_NEEDS = timedelta(days=1)
_SCHEMES = {"EUR": "epc", "SEK": "swish"}


class NotPaidInStore(AppError):
    """The order cannot be paid where it is collected."""

    code = "not_paid_in_store"
    detail = "Order {number} is not collected in a store, so it cannot be paid there."
    next_step = "Choose another way to pay."


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a customer's own bank app needs. `code` is what a QR code of it holds, `app_url` opens Swish on the same phone."""

    scheme: str
    name: str
    account: str
    reference: str
    code: str
    app_url: str = ""


def list_ways(link: PaymentLink, order: Order, *, now: datetime) -> tuple[str, ...]:
    """Return `card`, and `bank` and `store` where they are possible, in the order in which they are offered."""
    may_transfer = link.expires_at - now >= TRANSFER_NEEDS and find_payee(order.currency) is not None
    return ("card", *(["bank"] if may_transfer else []), *(["store"] if may_pay_in_store(order) else []))


def may_pay_in_store(order: Order) -> bool:
    """Say whether the order is collected in a store and nothing of it was paid."""
    is_collected = deliveries.is_collected(str(order.delivery.get("method", "")))
    return (
        is_collected
        and not is_paid_in_store(order)
        and not order.secured_minor
        and orders.goods_store_id(order) is not None
    )


def is_paid_in_store(order: Order) -> bool:
    """Say whether its customer pays it when collecting it."""
    return bool(order.delivery.get("payment") == "in_store")


def find_payee(currency: str) -> Payee | None:
    """Return where transfers in `currency` go, or None if nowhere."""
    payee: Payee | None = Payee.objects.filter(scheme=_SCHEMES.get(currency, "")).first()
    return payee


def transfer_of(order: Order) -> Transfer | None:
    """Return what to type into a bank app, or scan, to pay what is left; None if nobody takes transfers in the order's currency."""
    payee, due = find_payee(order.currency), Money(orders.open_minor(order), order.currency)
    if payee is None or not due.minor:
        return None
    if payee.scheme == "epc":
        code = bank_codes.epc_payload(payee, due, text=order.number)
        return Transfer("epc", payee.name, _in_fours(payee.account), order.number, code)
    code = bank_codes.swish_payload(payee, due, text=order.number)
    app_url = bank_codes.swish_address(payee, due, text=order.number)
    return Transfer("swish", payee.name, payee.account, order.number, code, app_url)


@transaction.atomic
def pay_in_store(*, link: PaymentLink, now: datetime) -> Pickup:
    """
    Keep the order for its customer, who pays when collecting it, and return its pick-up. Locks the order, which outlives the link from now on. A repeat changes nothing.

    :raises LinkClosed: if the link is over. :raises PaymentInProgress: while a payment is under way. :raises NotPaidInStore: unless it is collected.
    """
    order = orders.get_order_for_update(link.order_id)
    services.require_open(link, order, now=now)
    if records.find_open_authorisation(order.id) is not None:
        raise PaymentInProgress()
    if may_pay_in_store(order):
        order.delivery = {**order.delivery, "payment": "in_store"}
        if order.client_reference == services.born_of(link.id):
            order.client_reference = None
        order.save(update_fields=["delivery", "client_reference"])
        audit.record("order.reserved", subject=f"order:{order.id}", now=now)
    pickup = collecting.open_pickup(order_id=order.id, now=now) if is_paid_in_store(order) else None
    if pickup is None:
        raise NotPaidInStore(number=order.number)
    return pickup


def _in_fours(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
