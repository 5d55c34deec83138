"""feedback.csv: one row for what a customer said about an order."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orders.feedback.queries import FEEDBACK_FILTERS, find_all, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, local_time, narrowed_table, plain, text

_COLUMNS = ("id", "order_id", "rating", "text", "language", "business_date", "given_at")
_ZONE = "coalesce(s.zone, c.zone)"


def build(narrowed: Narrowed) -> Rows:
    """Return the feedback a list with these filters shows."""
    sql, parameters = narrowed_table(
        find_all(read_filters(narrowed.params, only_stores=narrowed.only_stores)), _COLUMNS
    )
    return Rows(
        columns=[
            plain("feedback_id", "f.id"),
            text("order_number", "o.number"),
            text("channel", "c.name"),
            text("store", "s.name"),
            plain("rating", "f.rating"),
            text("text", "f.text"),
            plain("language", "f.language"),
            plain("business_date", "f.business_date"),
            local_time("given_at", "f.given_at", _ZONE),
            plain("time_zone", _ZONE),
        ],
        source=(
            f"FROM ({sql}) f JOIN order_order o ON o.id = f.order_id JOIN merchant_channel c ON c.id = o.channel_id "
            "LEFT JOIN merchant_store s ON s.id = o.store_id"
        ),
        parameters=parameters,
        order="f.id",
        currency="o.currency",
        sums={},
    )


FEEDBACK = ExportFormat("feedback", _("Feedback"), "order.read", FEEDBACK_FILTERS, build)
