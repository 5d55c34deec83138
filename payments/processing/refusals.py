"""Why an operation is not asked for: each says what happened to the money and what to do."""

from __future__ import annotations

from merchant.core.errors import AppError
from merchant.core.money import Money


class WrongCurrency(AppError):
    """The amount is in another currency than the payment or order it is for."""

    code = "wrong_currency"
    status = 422
    detail = "The amount is in {asked_currency}, what it is for is in {currency}."
    next_step = "Send the amount in {currency}."


def demand_currency(amount: Money, currency: str) -> None:
    """Refuse an amount in another currency than that of what it is for. :raises WrongCurrency: then."""
    if amount.currency != currency:
        raise WrongCurrency(asked_currency=amount.currency, currency=currency)


class AmountExceedsOpen(AppError):
    """More was asked than is left to pay."""

    code = "amount_exceeds_open"
    detail = "Only {left} is left to pay."
    next_step = "Ask for the rest, or for less."


class PaymentInProgress(AppError):
    """The order already has a payment that is not finished."""

    code = "payment_in_progress"
    detail = "A payment of this order is under way."
    money = "Nothing new was asked; the payment under way decides."
    next_step = "Wait for its result, or cancel it."


class PaymentOutcomeUnknown(AppError):
    """The order has a payment whose outcome nobody knows yet."""

    code = "payment_outcome_unknown"
    detail = "The outcome of an earlier payment of this order is unknown; it is being asked for."
    money = "The card may have been charged. Nothing new was asked."
    next_step = "Do not charge again. Wait until the outcome is known."


class RefundOutcomeUnknown(PaymentOutcomeUnknown):
    """The payment has a refund whose outcome nobody knows yet."""

    detail = "The outcome of an earlier refund of this payment is unknown; it is being asked for."
    money = "The customer may have the money back already. Nothing new was asked."
    next_step = "Do not refund again. Wait until the outcome is known."


class PaymentNotEndable(AppError):
    """Nobody waits on a page that could be closed: the payment is on a terminal, or its gateway cannot end it."""

    code = "payment_not_endable"
    detail = "This payment cannot be ended from here."
    money = "Nothing was changed; the payment under way decides."
    next_step = "Wait for its result. What is on a terminal is cancelled there."


class TerminalBusy(AppError):
    """The terminal is working on another payment."""

    code = "terminal_busy"
    detail = "The terminal is busy with another payment."
    next_step = "Wait, or use another terminal."


class OrderNotPayable(AppError):
    """The order is not open for payment."""

    code = "order_not_payable"
    detail = "Order {number} is {status} and cannot be paid."


class RefundExceedsCaptured(AppError):
    """The refund would return more than was captured and is still there."""

    code = "refund_exceeds_captured"
    detail = "At most {left} can be refunded."
    next_step = "Refund that much or less."


class PaymentDisputed(AppError):
    """The money is disputed at the customer's bank: a refund would give it back a second time."""

    code = "payment_disputed"
    detail = "{disputed} of this payment is disputed; besides it {left} can be refunded."
    money = "Nothing was refunded."
    next_step = (
        "Answer the dispute, or accept it: that gives the money back once. What is not disputed can be refunded."
    )


class NothingToCapture(AppError):
    """Nothing authorised is left to capture."""

    code = "nothing_to_capture"
    detail = "At most {left} can be captured."


class AuthorisationExpired(AppError):
    """The time in which the money could be captured is over."""

    code = "authorisation_expired"
    detail = "The bank held this money until {ended_at}; it does not any more, so it cannot be captured."
    next_step = "Ask the customer to pay again, for example with a payment link."


class NothingToVoid(AppError):
    """Nothing authorised is left that was not captured."""

    code = "nothing_to_void"
    detail = "The payment is {status}; there is nothing left to void."
    next_step = "Refund a captured payment instead."
