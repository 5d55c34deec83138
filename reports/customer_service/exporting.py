"""customers.csv: one row a customer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchant.customers.queries import CUSTOMER_FILTERS, find_customers, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, local_time, narrowed_table, plain, text

_COLUMNS = ("id", "merchant_id", "name", "email", "phone", "locale", "created_at")
_BOUGHT = """
LEFT JOIN LATERAL (SELECT count(*) AS orders FROM order_order o WHERE o.merchant_id = c.merchant_id AND o.customer_id = c.id AND o.status <> 'draft') b ON true
JOIN merchant_merchant m ON m.id = c.merchant_id
"""
_AGREED = """
coalesce((SELECT CASE WHEN s.is_given THEN 'yes' ELSE 'no' END FROM merchant_customer_consent s
WHERE s.customer_id = c.id AND s.purpose = 'marketing_mail' ORDER BY s.id DESC LIMIT 1), '')
"""


def build(narrowed: Narrowed) -> Rows:
    """Return the rows of the customers a list with these filters shows."""
    sql, parameters = narrowed_table(find_customers(read_filters(narrowed.params)), _COLUMNS)
    return Rows(
        columns=[
            plain("customer_id", "c.id"),
            text("name", "c.name"),
            text("email", "c.email"),
            text("phone", "c.phone"),
            plain("language", "c.locale"),
            local_time("since", "c.created_at", "m.zone"),
            plain("orders", "b.orders"),
            plain("news_by_email", _AGREED),
        ],
        source=f"FROM ({sql}) c {_BOUGHT}",
        parameters=parameters,
        order="c.id",
        currency="''",
        sums={},
    )


CUSTOMERS = ExportFormat("customers", _("Customers"), "customer.read", CUSTOMER_FILTERS, build, needs_all_stores=True)
