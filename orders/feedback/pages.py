"""What customers said, as staff read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from merchant.core.pages.parts import ListFrame
from orders.feedback.models import RATING_MAX, Feedback


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One customer's word. `url` opens the order."""

    url: str
    number: str
    rating: int
    rating_words: str
    text: str
    place: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackListPage:
    """The list. `summary` is of all rows that the filters let through."""

    list: ListFrame
    rows: tuple[FeedbackRow, ...]
    summary: str


def feedback_row(feedback: Feedback) -> FeedbackRow:
    """Return one row; order, channel and store are loaded by the caller."""
    order = feedback.order
    return FeedbackRow(
        url=f"/orders/{order.id}/",
        number=order.number,
        rating=feedback.rating,
        rating_words=rating_words(feedback.rating),
        text=feedback.text,
        place=order.store.name if order.store else order.channel.name,
        given_at=feedback.given_at,
    )


def rating_words(rating: int) -> str:
    """Return a rating in words that need no colour."""
    return _("{rating} of {best}").format(rating=rating, best=RATING_MAX)
