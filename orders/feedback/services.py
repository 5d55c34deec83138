"""Take in what a customer says."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from orders.feedback.models import RATING_MAX, RATING_MIN, Feedback
from orders.order import queries as orders

TEXT_LENGTH_MAX = 1000


class FeedbackGiven(AppError):
    """Somebody has said something about this order before."""

    code = "feedback_given"
    detail = "What you thought of order {number} has reached us already."
    next_step = "There is nothing left to do. To add something, write to the shop."


class FeedbackTooEarly(AppError):
    """Nothing was bought yet."""

    code = "feedback_too_early"
    detail = "Order {number} is not paid."
    next_step = "Tell us once you have paid for it."


@transaction.atomic
def give_feedback(*, order_id: UUID, rating: int, text: str, language: str, now: datetime) -> Feedback:
    """
    Store what the customer of a paid order says, once. Locks the order.

    :raises Invalid: unless the rating is 1 to 5 and the text has at most 1,000 characters. :raises FeedbackTooEarly: while money is missing.
    :raises FeedbackGiven: the second time.
    """
    order = orders.get_order_for_update(order_id)
    if not RATING_MIN <= rating <= RATING_MAX:
        raise Invalid(reason=_("a rating is a number from 1 to 5"))
    if len(text) > TEXT_LENGTH_MAX:
        raise Invalid(reason=_("at most {number} characters fit").format(number=TEXT_LENGTH_MAX))
    if order.status not in ("open", "completed") or orders.open_minor(order):
        raise FeedbackTooEarly(number=order.number)
    if Feedback.objects.filter(order=order).exists():
        raise FeedbackGiven(number=order.number)
    feedback: Feedback = Feedback.objects.create(
        order=order,
        rating=rating,
        text=text.strip(),
        language=language,
        business_date=orders.business_day(order, now),
        given_at=now,
    )
    audit.record("order.feedback_given", subject=f"order:{order.id}", now=now, data={"rating": rating})
    return feedback
