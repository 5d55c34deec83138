"""
What of a payment's money is tip.

A tip is the last money in and the last money out: captures and refunds count for the order first. So everything follows from the payment's own sums, in any
order of captures and refunds.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.records.models import Payment


@dataclass(frozen=True, slots=True)
class OrderShare:
    """What of a payment counts for its order, tips left out, in minor units."""

    secured_minor: int
    captured_minor: int
    refunded_minor: int


def tip_kept(payment: Payment) -> int:
    """Return the tip that was captured and not refunded."""
    return max(0, min(_tip_of(payment, payment.captured_minor), payment.captured_minor - payment.refunded_minor))


def tip_secured(payment: Payment) -> int:
    """Return the tip in what was authorised and not voided, refunded or not."""
    return _tip_of(payment, payment.authorised_minor - payment.voided_minor)


def share_of(payment: Payment) -> OrderShare:
    """Return what counts for the order."""
    secured = payment.authorised_minor - payment.voided_minor
    tip_captured = _tip_of(payment, payment.captured_minor)
    return OrderShare(
        secured_minor=secured - _tip_of(payment, secured),
        captured_minor=payment.captured_minor - tip_captured,
        refunded_minor=payment.refunded_minor - (tip_captured - tip_kept(payment)),
    )


def _tip_of(payment: Payment, minor: int) -> int:
    """The part of `minor` beyond what was authorised without the tip."""
    return max(0, minor - (payment.authorised_minor - payment.tip_minor)) if payment.tip_minor else 0
