"""orders.csv: one row a line, the order's own columns repeated. An order without lines has one row."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orders.order.queries import ORDER_FILTERS, find_orders, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text

_COLUMNS = (
    "id",
    "number",
    "channel_id",
    "store_id",
    "register_id",
    "status",
    "fulfilment_status",
    "currency",
    "total_minor",
    "tax_minor",
    "captured_minor",
    "refunded_minor",
    "email",
    "note",
    "client_reference",
    "business_date",
    "created_at",
)
_ZONE = "coalesce(s.zone, c.zone)"


def build(narrowed: Narrowed) -> Rows:
    """Return the lines of the orders a list with these filters shows."""
    sql, parameters = narrowed_table(
        find_orders(read_filters(narrowed.params, only_stores=narrowed.only_stores)), _COLUMNS
    )
    return Rows(
        columns=[
            plain("order_id", "o.id"),
            plain("order_number", "o.number"),
            plain("business_date", "o.business_date"),
            local_time("created_at", "o.created_at", _ZONE),
            plain("time_zone", _ZONE),
            text("channel", "c.name"),
            text("store", "s.name"),
            text("register", "r.code"),
            plain("status", "o.status"),
            plain("fulfilment_status", "o.fulfilment_status"),
            text("client_reference", "o.client_reference"),
            text("email", "o.email"),
            text("note", "o.note"),
            plain("currency", "o.currency"),
            *amounts("order_total", "o.total_minor", "o.currency"),
            *amounts("order_tax", "o.tax_minor", "o.currency"),
            *amounts("order_captured", "o.captured_minor", "o.currency"),
            *amounts("order_refunded", "o.refunded_minor", "o.currency"),
            plain("line", "l.position"),
            plain("line_kind", "l.kind"),
            text("sku", "l.sku"),
            text("name", "l.name"),
            plain("quantity", "l.quantity"),
            plain("fulfilled_quantity", "l.fulfilled_quantity"),
            plain("returned_quantity", "l.returned_quantity"),
            *amounts("unit_price", "l.unit_price_minor", "o.currency"),
            *amounts("line_discount", "l.discount_minor", "o.currency"),
            *amounts("line_total", "l.total_minor", "o.currency"),
            plain("tax_rate_basis_points", "l.tax_rate_basis_points"),
            *amounts("line_tax", "l.tax_minor", "o.currency"),
        ],
        source=f"FROM ({sql}) o {_JOINS}",
        parameters=parameters,
        order="o.id, l.position",
        currency="o.currency",
        sums={"line_total": "l.total_minor", "line_tax": "l.tax_minor", "line_discount": "l.discount_minor"},
    )


_JOINS = """
JOIN merchant_channel c ON c.id = o.channel_id LEFT JOIN order_line l ON l.order_id = o.id LEFT JOIN merchant_store s ON s.id = o.store_id
LEFT JOIN merchant_register r ON r.id = o.register_id
"""
ORDERS = ExportFormat("orders", _("Orders with lines"), "order.read", ORDER_FILTERS, build)
