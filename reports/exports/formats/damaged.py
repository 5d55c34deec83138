"""damaged.csv: one row for the pieces of one article that came back damaged with one return."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from inventory.damaged.queries import DAMAGED_FILTERS, find_damaged, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text

_COLUMNS = (
    "id",
    "variant_id",
    "store_id",
    "quantity",
    "currency",
    "worth_minor",
    "source",
    "origin",
    "reason",
    "brought_by_name",
    "business_date",
    "brought_at",
    "status",
    "decision_reason",
    "decided_by_name",
    "decided_at",
)


def build(narrowed: Narrowed) -> Rows:
    """Return the damaged goods a list with these filters shows."""
    sql, parameters = narrowed_table(
        find_damaged(read_filters(narrowed.params, only_stores=narrowed.only_stores)), _COLUMNS
    )
    return Rows(
        columns=[
            plain("damaged_id", "d.id"),
            text("sku", "v.sku"),
            text("product", "p.name"),
            text("store", "s.name"),
            plain("quantity", "d.quantity"),
            plain("currency", "d.currency"),
            *amounts("worth", "d.worth_minor", "d.currency"),
            text("reason", "d.reason"),
            text("taken_back_by", "d.brought_by_name"),
            text("order_number", "d.origin"),
            text("return", "d.source"),
            plain("business_date", "d.business_date"),
            local_time("taken_back_at", "d.brought_at", "s.zone"),
            plain("status", "d.status"),
            text("decided_by", "d.decided_by_name"),
            text("decision_reason", "d.decision_reason"),
            local_time("decided_at", "d.decided_at", "s.zone"),
            plain("time_zone", "s.zone"),
        ],
        source=(
            f"FROM ({sql}) d JOIN catalog_variant v ON v.id = d.variant_id JOIN catalog_product p ON p.id = v.product_id "
            "JOIN merchant_store s ON s.id = d.store_id"
        ),
        parameters=parameters,
        order="d.id",
        currency="d.currency",
        sums={"worth": "d.worth_minor"},
    )


DAMAGED = ExportFormat("damaged", _("Damaged goods"), "stock.read", DAMAGED_FILTERS, build)
