"""Money that moved, in the payment's sums and in the books. The order and the payment are locked by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg, capture_taken_back, cash_rounded, money_in, refund_succeeded, refund_taken_back
from orders.order import queries as orders
from orders.order.models import Order
from payments.records.models import Operation, Payment
from payments.records.tips import tip_kept


@dataclass(frozen=True, slots=True)
class Movement:
    """One operation whose money moved, its payment and its order."""

    order: Order
    payment: Payment
    operation: Operation
    now: datetime

    @property
    def minor(self) -> int:
        """What moved: what was approved, else what was asked."""
        return approved_minor(self.operation)


def approved_minor(operation: Operation) -> int:
    """Return what was approved of an operation, else what was asked."""
    return operation.amount_minor if operation.result_minor is None else operation.result_minor


def money_account(payment: Payment, operation: Operation) -> tuple[str, str]:
    """
    Return the account (kind, subject) an operation's money goes to or comes from.

    A transfer is on the bank account already. Cash may be given back at another register, and any payment as store credit or as the price of goods it is exchanged for. A gift card taken offline is at risk
    until it is confirmed.
    """
    if bank_account := operation.instrument.get("bank_account_id"):
        return "bank", str(bank_account)
    if operation.instrument.get("to") == "store_credit":
        return "voucher_liability", ""
    if payment.method == "exchange" or operation.instrument.get("to") == "exchange":
        return "exchanges", ""
    if payment.method == "gift_card" and operation.kind == "authorise" and operation.instrument.get("offline"):
        return "offline_gift_cards", ""
    if payment.method in ("gift_card", "store_credit"):
        return "voucher_liability", ""
    if payment.method == "cash":
        return "cash_register", str(operation.instrument.get("register_id") or payment.register_id or "")
    return "clearing", str(payment.gateway_account_id or payment.method)


def capture(moved: Movement) -> None:
    """Book money in."""
    before = tip_kept(moved.payment)
    moved.payment.captured_minor += moved.minor
    legs = money_in(
        to=money_account(moved.payment, moved.operation), minor=moved.minor, before=orders.position(moved.order),
        currency=moved.payment.currency, tip_minor=tip_kept(moved.payment) - before,
    )  # fmt: skip
    _book("money_in", moved, legs)
    _book_rounding(moved, moved.payment.rounding_minor)


def refund(moved: Movement) -> None:
    """Book money given back."""
    before = tip_kept(moved.payment)
    moved.payment.refunded_minor += moved.minor
    legs = refund_succeeded(
        from_=money_account(moved.payment, moved.operation), minor=moved.minor, before=orders.position(moved.order),
        currency=moved.payment.currency, tip_minor=before - tip_kept(moved.payment),
    )  # fmt: skip
    _book("refund", moved, legs)
    _book_rounding(moved, -int(moved.operation.instrument.get("rounding_minor", 0)))


def take_capture_back(moved: Movement, taken: Operation) -> None:
    """Book that the processor undid the capture `taken`. Its authorisation is spent: nothing of it is secured any more."""
    payment, before = moved.payment, tip_kept(moved.payment)
    payment.captured_minor -= moved.minor
    payment.taken_back_minor += moved.minor
    payment.voided_minor = max(0, payment.authorised_minor - payment.captured_minor)
    legs = capture_taken_back(
        from_=money_account(payment, taken), minor=moved.minor, before=orders.position(moved.order),
        currency=payment.currency, tip_minor=before - tip_kept(payment),
    )  # fmt: skip
    _book("capture_taken_back", moved, legs)


def take_refund_back(moved: Movement, taken: Operation) -> None:
    """Book that the refund `taken` did not reach the customer after all."""
    payment, before = moved.payment, tip_kept(moved.payment)
    payment.refunded_minor -= moved.minor
    legs = refund_taken_back(
        to=money_account(payment, taken), minor=moved.minor, before=orders.position(moved.order),
        currency=payment.currency, tip_minor=tip_kept(payment) - before,
    )  # fmt: skip
    _book("refund_taken_back", moved, legs)


def reclaim(moved: Movement) -> None:
    """Book that money an exchange had moved to another order is this order's again."""
    payment, before = moved.payment, tip_kept(moved.payment)
    payment.refunded_minor -= moved.minor
    legs = refund_taken_back(
        to=("exchanges", ""), minor=moved.minor, before=orders.position(moved.order),
        currency=payment.currency, tip_minor=tip_kept(payment) - before,
    )  # fmt: skip
    _book("exchange_reclaimed", moved, legs)


def _book(recipe: str, moved: Movement, legs: list[Leg]) -> None:
    ledger.post(
        recipe=recipe,
        source=f"operation:{moved.operation.reference}",
        about=f"order:{moved.order.id}",
        legs=legs,
        business_date=orders.business_day(moved.order, moved.now),
        now=moved.now,
    )


def _book_rounding(moved: Movement, minor: int) -> None:
    """Book what went into the drawer beyond the amount, negative out of it: cash alone has any."""
    if minor:
        _kind, register = money_account(moved.payment, moved.operation)
        _book("cash_rounding", moved, cash_rounded(register=register, minor=minor, currency=moved.payment.currency))


def has_moved_money(payment: Payment, operation: Operation) -> bool:
    """Say whether there is, or must have been, money of `operation` that can be undone."""
    if operation.kind in ("capture", "refund"):
        return True
    return operation.kind == "authorise" and (operation.status != "succeeded" or payment.captured_minor > 0)
