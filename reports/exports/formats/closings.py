"""closings.csv: one row a Z."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, narrowed_table, plain, text
from terminals.pos.shifts.queries import CLOSING_FILTERS, find_closings, read_filters

_AMOUNTS = (
    "sales",
    "returns",
    "refunds",
    "grand_sales",
    "grand_returns",
    "opening_cash",
    "expected_cash",
    "counted_cash",
    "closing_cash",
)
_COLUMNS = (
    "id",
    "register_id",
    "store_id",
    "number",
    "business_date",
    "began_at",
    "closed_at",
    "person",
    "currency",
    "receipts_after",
    "receipts_until",
    *(f"{name}_minor" for name in _AMOUNTS),
    "digest",
)


def build(narrowed: Narrowed) -> Rows:
    """Return the Zs a list with these filters shows."""
    sql, parameters = narrowed_table(
        find_closings(read_filters(narrowed.params, only_stores=narrowed.only_stores)), _COLUMNS
    )
    figures = [column for name in _AMOUNTS for column in amounts(name, f"z.{name}_minor", "z.currency")]
    return Rows(
        columns=[
            plain("closing_id", "z.id"),
            text("register", "r.code"),
            plain("number", "z.number"),
            text("store", "s.name"),
            plain("business_date", "z.business_date"),
            local_time("began_at", "z.began_at", "s.zone"),
            local_time("closed_at", "z.closed_at", "s.zone"),
            plain("time_zone", "s.zone"),
            text("person", "z.person"),
            plain("receipts_after", "z.receipts_after"),
            plain("receipts_until", "z.receipts_until"),
            plain("currency", "z.currency"),
            *figures,
            *amounts("over_short", "z.counted_cash_minor - z.expected_cash_minor", "z.currency"),
            plain("digest", "z.digest"),
        ],
        source=f"FROM ({sql}) z JOIN merchant_register r ON r.id = z.register_id JOIN merchant_store s ON s.id = z.store_id",
        parameters=parameters,
        order="z.id",
        currency="z.currency",
        sums={
            "sales": "z.sales_minor",
            "returns": "z.returns_minor",
            "refunds": "z.refunds_minor",
            "over_short": "z.counted_cash_minor - z.expected_cash_minor",
        },
    )


CLOSINGS = ExportFormat("closings", _("Z reports"), "shift.read", CLOSING_FILTERS, build)
