"""Reads of what customers said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Avg, Count, QuerySet

from merchant.core.filters import FilterReader
from orders.feedback.models import RATING_MAX, RATING_MIN, Feedback

FEEDBACK_FILTERS = ("rating", "store", "channel", "date_from", "date_to")
RATINGS = tuple(str(rating) for rating in range(RATING_MAX, RATING_MIN - 1, -1))


@dataclass(frozen=True, slots=True)
class FeedbackFilters:
    """Which feedback; empty lets everything through."""

    rating: tuple[str, ...] = ()
    store_id: UUID | None = None
    channel_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    only_stores: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class FeedbackSums:
    """How many said something, and the mean of their ratings in hundredths; None where nobody did."""

    count: int
    mean_hundredths: int | None


def read_filters(params: Mapping[str, str], *, only_stores: Collection[UUID] | None = None) -> FeedbackFilters:
    """
    Return the filters written in a query string; days are business days, both inclusive.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=FEEDBACK_FILTERS)
    return FeedbackFilters(
        rating=tuple(read.choices("rating", RATINGS)),
        store_id=read.key("store"),
        channel_id=read.key("channel"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def find_all(filters: FeedbackFilters) -> QuerySet[Feedback]:
    """Return the feedback the filters let through, in no order yet."""
    wanted = {
        "rating__in": [int(rating) for rating in filters.rating],
        "order__store_id": filters.store_id,
        "order__channel_id": filters.channel_id,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
    }
    rows: QuerySet[Feedback] = Feedback.objects.filter(
        **{name: value for name, value in wanted.items() if value not in (None, [])}
    )
    return rows if filters.only_stores is None else rows.filter(order__store_id__in=filters.only_stores)


def sum_up(rows: QuerySet[Feedback]) -> FeedbackSums:
    """Return how many rows there are and their mean rating."""
    found = rows.aggregate(count=Count("id"), mean=Avg("rating"))
    return FeedbackSums(found["count"], None if found["mean"] is None else round(found["mean"] * 100))


def find_of_order(order_id: UUID) -> Feedback | None:
    """Return what was said about an order, if anything was."""
    feedback: Feedback | None = Feedback.objects.filter(order_id=order_id).first()
    return feedback
