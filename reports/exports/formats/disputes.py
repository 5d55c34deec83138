"""disputes.csv: one row a dispute."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from payments.disputes.queries import DISPUTE_FILTERS, find_disputes, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text

_COLUMNS = (
    "id",
    "merchant_id",
    "gateway_account_id",
    "payment_id",
    "external_id",
    "status",
    "phase",
    "round",
    "reason",
    "amount_minor",
    "currency",
    "held_minor",
    "lost_minor",
    "fee_minor",
    "due_at",
    "zone",
    "opened_at",
    "closed_at",
    "business_date",
)


def build(narrowed: Narrowed) -> Rows:
    """Return the rows of the disputes a list with these filters shows."""
    found = find_disputes(read_filters(narrowed.params, only_stores=narrowed.only_stores))
    sql, parameters = narrowed_table(found, _COLUMNS)
    return Rows(
        columns=[
            plain("dispute_id", "d.id"),
            text("reference", "d.external_id"),
            plain("order_number", "o.number"),
            plain("payment_id", "d.payment_id"),
            plain("business_date", "d.business_date"),
            local_time("opened_at", "d.opened_at", "d.zone"),
            local_time("due_at", "d.due_at", "d.zone"),
            local_time("closed_at", "d.closed_at", "d.zone"),
            plain("time_zone", "d.zone"),
            plain("status", "d.status"),
            plain("phase", "d.phase"),
            plain("round", "d.round"),
            plain("reason", "d.reason"),
            plain("currency", "d.currency"),
            *amounts("amount", "d.amount_minor", "d.currency"),
            *amounts("at_stake", "d.held_minor", "d.currency"),
            *amounts("lost", "d.lost_minor", "d.currency"),
            plain("fee_currency", "g.currency"),
            *amounts("fee", "d.fee_minor", "g.currency"),
            text("gateway_account", "g.name"),
        ],
        source=f"FROM ({sql}) d {_JOINS}",
        parameters=parameters,
        order="d.id",
        currency="d.currency",
        sums={"amount": "d.amount_minor", "at_stake": "d.held_minor", "lost": "d.lost_minor"},
    )


_JOINS = """
JOIN gateway_account g ON g.id = d.gateway_account_id LEFT JOIN payment_payment p ON p.id = d.payment_id LEFT JOIN order_order o ON o.id = p.order_id
"""
DISPUTES = ExportFormat("disputes", _("Disputes"), "dispute.read", DISPUTE_FILTERS, build)
