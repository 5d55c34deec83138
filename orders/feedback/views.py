"""`/feedback/`: what customers said about their orders."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.pages.frame import places_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, ListFrame
from merchant.core.pages.shell import current_locale
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from orders.feedback import queries
from orders.feedback.pages import FeedbackListPage, feedback_row, rating_words
from orders.feedback.queries import FEEDBACK_FILTERS, RATINGS, FeedbackSums


class FeedbackListView(StaffPageView):
    """The list, newest first."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of feedback, and how good all that the filters let through is."""
        here, places = Here.of(request), places_of(self.caller)
        rows = queries.find_all(
            queries.read_filters(here.joined(FEEDBACK_FILTERS), only_stores=self.caller.stores)
        ).select_related("order__channel", "order__store")
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        frame = ListFrame(
            title=_("Feedback"),
            bar=here.bar(
                here.choice("rating", _("Rating"), [(rating, rating_words(int(rating))) for rating in RATINGS]),
                here.days("date", _("Business day")),
                here.choice("store", _("Location"), [(str(place.id), place.name) for place in places.stores]),
            ),
            pager=here.pager(found),
            empty=EmptyState(
                "badge-check",
                _("No feedback yet"),
                _("After an order is paid, its page asks the customer once how it was."),
            ),
            export_url=self._export_url(here),
        )
        page = FeedbackListPage(frame, tuple(map(feedback_row, found.rows)), _summary(queries.sum_up(rows)))
        return self.page("orders/feedback/list.html", page, current="orders")

    def _export_url(self, here: Here) -> str:
        if not self.caller.has_right("export.create"):
            return ""
        return Here("/exports/new/", {"subject": ("feedback",)}).url(**here.joined(FEEDBACK_FILTERS))


def _summary(sums: FeedbackSums) -> str:
    if sums.mean_hundredths is None:
        return ""
    mean = format_decimal(Decimal(sums.mean_hundredths) / 100, format="0.00", locale=current_locale())
    return ngettext("{mean} on average of {count} rating", "{mean} on average of {count} ratings", sums.count).format(
        mean=mean, count=sums.count
    )
